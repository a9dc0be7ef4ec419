"""Precision and recall where the truth is known, against scikit-learn and by hand."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import average_precision_score, roc_auc_score

import csmir as cs
from csmir.get import curves as public
from csmir.get.curves import POINTS


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.semi_synthetic(n_cells=120, n_mirnas=8, n_mrnas=50, effect=1.0, seed=2)
    cs.pp.recipe_csmir(mdata)
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic="local", groups="group", keep="all", regulation="local", n_threads=1)
    cs.tl.regulation(mdata, net, statistic="exact", regulation="exact", n_threads=1)
    cs.tl.comparator(mdata, net, method="lioness_spearman", keep="all", n_threads=1)
    return mdata


def dense(mdata, name, layer=None):
    """Cells x pairs in the order of the truth."""
    adata = mdata[name]
    at = [f"{a}|{b}" for a, b in mdata["truth"].var[["mirna", "mrna"]].astype(str).to_numpy()]
    names = [f"{a}|{b}" for a, b in adata.var[["mirna", "mrna"]].astype(str).to_numpy()]
    values = (adata.X if layer is None else adata.layers[layer]).toarray()
    out = np.zeros((mdata.n_obs, len(at)))
    known = [i for i, name in enumerate(at) if name in names]
    out[:, known] = values[:, [names.index(at[i]) for i in known]]
    return out


@pytest.mark.parametrize(
    ("name", "layer", "to"), [("local", "neg_log10_p", 1), ("exact", None, 1), ("lioness_spearman", None, -1)]
)
def test_areas_are_those_of_scikit_learn(mdata, name, layer, to):
    truth = (mdata["truth"].X.toarray() != 0).ravel()
    score = to * dense(mdata, name, layer).ravel()
    if name == "exact":  # what is no edge is in no order, below all that is
        score[dense(mdata, name).ravel() == 0] = -1
    (row,) = cs.get.curves(mdata, name, summary=True).itertuples()
    assert row.auprc == pytest.approx(average_precision_score(truth, score), abs=1e-9)
    assert row.auroc == pytest.approx(roc_auc_score(truth, score), abs=1e-9)
    assert row.share_regulated == pytest.approx(truth.mean())
    edge = cs.get.edges(mdata, regulation=name)
    assert row.n_edges == len(edge)


def tiny(make_networks):
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": [("m0", "g1")], "c": []})
    networks = mdata["regulation"]
    networks.X.data[:] = [5, 3, 3]
    truth = networks.copy()
    truth.X = sparse.csr_matrix(np.array([[1, 0], [1, 0], [0, 1]], np.float32))
    truth.uns, truth.layers = {}, {}
    mdata.mod["truth"] = truth
    return mdata


def test_by_hand(make_networks):
    """Found first: a-g0, regulated. Then, tied, a-g1 and b-g1, which are not. Then the three others, two regulated."""
    mdata = tiny(make_networks)
    table = cs.get.curves(mdata)
    assert table["n_found"].tolist() == [0, 1, 3, 6]
    np.testing.assert_allclose(table["recall"], [0, 1 / 3, 1 / 3, 1])
    np.testing.assert_allclose(table["precision"], [1, 1, 1 / 3, 1 / 2])
    np.testing.assert_allclose(table["false_positive_rate"], [0, 0, 2 / 3, 1])
    assert table["ranked"].tolist() == [True, True, True, False]
    (row,) = cs.get.curves(mdata, summary=True).itertuples()
    assert (row.edge_recall, row.edge_precision, row.edge_false_positive_rate) == (
        pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(2 / 3),
    )  # fmt: skip
    assert row.auprc == pytest.approx(1 / 3 + 2 / 3 / 2)


def test_of_a_ranking_that_knows_nothing_p_is_uniform(mdata):
    """And its area is that of the exchanged truth."""
    other = mdata.copy()
    rng = np.random.default_rng(0)
    p = []
    for seed in range(30):
        other["local"].layers["neg_log10_p"].data = rng.exponential(size=other["local"].X.nnz).astype(np.float32)
        (row,) = cs.get.curves(other, "local", summary=True, seed=seed).itertuples()
        p.append(row.pvalue)
    assert 0.25 < np.mean(p) < 0.75
    assert row.chance_auprc == pytest.approx(row.share_regulated, rel=0.2)


def test_many_points_are_thinned_and_keep_their_ends(mdata):
    table = cs.get.curves(mdata, ["local", "exact"])
    sizes = table.groupby("network").size()
    assert sizes.max() <= 2 * POINTS + 2
    part = table[table["network"] == "local"]
    assert part["recall"].iloc[[0, -1]].tolist() == [0, 1]
    assert (np.diff(part["n_found"]) > 0).all()


def test_errors(mdata, make_networks, monkeypatch):
    with pytest.raises(cs.StepError):
        public(mdata, "missing")
    with pytest.raises(cs.InputError, match=r"no modality 'known'.*cs.datasets.simulated\(\).*truth="):
        cs.get.curves(mdata, truth="known")
    nothing = tiny(make_networks)
    nothing["truth"].X = sparse.csr_matrix((3, 2), dtype=np.float32)
    with pytest.raises(cs.InputError, match="none of the pairs"):
        public(nothing)
    other = tiny(make_networks)
    other["truth"].var["mirna"] = "elsewhere"
    with pytest.raises(cs.InputError, match="0 pairs in common"):
        public(other)
    monkeypatch.setattr(sys.modules["csmir.get.curves"], "MOST", 5)  # the package has the function under this name
    with pytest.raises(cs.InputError, match="too many to be ranked"):
        public(tiny(make_networks))
