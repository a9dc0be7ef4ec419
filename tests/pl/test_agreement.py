from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit import chance


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=24, seed=1)
    networks = mdata["truth"]
    cs.tl.similarity(mdata, on=["interactions", "expression"], regulation="truth")
    cs.tl.cluster(mdata, ["interactions", "expression"], regulation="truth")
    cs.tl.cluster(mdata, key_added="again", regulation="truth")
    assert len(cs.get.agreement(networks)) == 3
    return mdata


def test_dots_are_the_indices(mdata):
    ax = cs.pl.agreement(mdata, regulation="truth")
    table = cs.get.agreement(mdata, regulation="truth").sort_values("adjusted_rand", ascending=False)
    (dots,) = [c for c in ax.collections if c.get_gid() == "csmir-agreement"]
    np.testing.assert_allclose(dots.get_offsets()[:, 0], table["adjusted_rand"])
    assert ax.get_yticklabels()[0].get_text() == "again : cluster"  # the same clusters
    filled = ~np.all(dots.get_facecolor()[:, :3] == 1, axis=1)
    assert filled[0]


def test_the_band_is_of_shuffled_clusters(mdata):
    """Other shuffles, drawn plainly: 95 of 100 of them lie in the band."""
    from sklearn.metrics import adjusted_rand_score

    ax = cs.pl.agreement(mdata, n_shuffles=500, regulation="truth")
    bands = [p for p in ax.patches if p.get_gid() == "csmir-null"]
    first, second = ax.get_yticklabels()[0].get_text().split(" : ")
    obs = mdata["truth"].obs
    rng = np.random.default_rng(99)
    index = np.array([adjusted_rand_score(obs[first], rng.permutation(obs[second])) for _ in range(1000)])
    low, high = bands[0].get_x(), bands[0].get_x() + bands[0].get_width()
    assert 0.90 < ((index >= low) & (index <= high)).mean() < 0.99


def test_clusters_that_have_nothing_to_do_with_each_other_say_chance(mdata):
    other = mdata.copy()
    networks = other["truth"]
    del networks.uns["csmir"]["cluster"], networks.uns["csmir"]["again"]
    rng = np.random.default_rng(3)
    for name in ("one", "two"):
        networks.obs[name] = rng.permutation(networks.obs["cluster_expression"])
        networks.uns["csmir"][name] = dict(networks.uns["csmir"]["cluster_expression"])
    table = networks.uns["csmir"]["cluster_agreement"].iloc[:1].assign(first="one", second="two", adjusted_rand=0.01)
    networks.uns["csmir"]["cluster_agreement"] = table
    fig = cs.pl.agreement(other, regulation="truth", return_fig=True)
    (text,) = fig.findobj(lambda part: part.get_gid() == chance.GID)
    assert text.get_text().startswith("No more than chance gives")
    assert not cs.pl.agreement(other, regulation="truth", n_shuffles=0, return_fig=True).findobj(
        lambda part: part.get_gid() == chance.GID
    )


def test_one_clustering_is_not_enough(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")], "c": [("m0", "g1")]})
    with pytest.raises(cs.StepError, match=r"cs\.tl\.cluster"):
        cs.pl.agreement(mdata)
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.cluster(mdata, k=2)
    with pytest.raises(cs.StepError, match="one clustering"):
        cs.pl.agreement(mdata)
