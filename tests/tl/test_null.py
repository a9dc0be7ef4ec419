"""Both nulls through the public interface: counts by hand, confounded data, and what the verdict says."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from tests.kernels.worlds import world

import csmir as cs
from csmir.inference import shuffled
from csmir.inference.non_targets import Counts
from csmir.inference.verdict import pairing_p, verdict
from csmir.kernels.decoys import Signature


def mdata_of(w) -> mudata.MuData:
    """A world as MuData with its prior."""
    names = [f"miR-{i}" for i in range(len(w.x))], [f"G{i}" for i in range(len(w.y))]
    cells = [f"c{i}" for i in range(w.x.shape[1])]
    x, y = (pd.DataFrame(v.T, cells, n) for v, n in zip((w.x, w.y), names, strict=True))
    out = cs.io.make_mudata(x, y)
    out.obs["type"] = pd.Categorical.from_codes(w.types, list("abcd"))
    out.obs["batch"] = w.known[:, 0]
    out.uns["prior"] = pd.DataFrame({"source": np.array(names[0])[w.pair_x], "target": np.array(names[1])[w.pair_y]})
    return out


def noted(out) -> dict:
    return out["regulation"].uns["csmir"]["null"]


def test_confounding_makes_no_positive_verdict(tmp_path):
    out = mdata_of(world(0, n=200, n_x=20, n_y=120, n_pairs=200, batch=0.8))
    cs.tl.regulation(out, out.uns["prior"], statistic="local", groups="type", factors=0)
    cs.tl.null(out, n_permutations=20)
    note = noted(out)
    assert note["n_interactions"] > 500
    assert note["pvalue"] <= 0.05  # the pairing sees nothing
    assert note["empirical_fdr"] < 0.1
    assert note["decoy_share"] > 0.5
    assert note["decoy_interval"][0] < note["decoy_share"] < note["decoy_interval"][1]
    assert not note["positive"]
    assert note["signature"].loc["repression", "ratio"] < 1.5
    assert note["signature"].loc["activation", "decoys"] > 0.05
    assert "non-targets as well" in note["verdict"]
    assert note["degrees"].shape == (20, 20)
    assert note["recurrence"].shape == (201, 20)
    np.testing.assert_array_equal(note["degrees"].sum(), note["null_interactions"])
    assert out["regulation"].var["n_null"].sum() == pytest.approx(note["null_interactions"].mean())
    last, first = note["rewired_cells"], note["conserved_cells"]
    assert (last, first) == (1, 180)
    np.testing.assert_array_equal(note["rewired"].sum(), note["recurrence"].iloc[1 : last + 1].sum())
    np.testing.assert_array_equal(note["conserved"].sum(), note["recurrence"].iloc[first:].sum())
    assert note["hub_recurrence"].shape == (201, 20)
    assert (note["hub_recurrence"].sum() == 20).all()  # each miRNA is a hub in some number of cells, 0 of them maybe
    out.write_h5mu(tmp_path / "m.h5mu")
    again = noted(mudata.read_h5mu(tmp_path / "m.h5mu"))
    assert again["verdict"] == note["verdict"]
    pd.testing.assert_frame_equal(again["degrees"], note["degrees"], check_names=False)


@pytest.mark.parametrize("option", ["sample", "groups"])
def test_what_samples_differ_in_stays_in_a_null_within_them(option):
    out = mdata_of(world(0, n=200, n_x=20, n_y=120, n_pairs=200, batch=1.2))
    out.obs["donor"] = pd.Categorical(out.obs["batch"].astype(str))
    cs.tl.regulation(out, out.uns["prior"], statistic="local", groups="type", factors=0)
    cs.tl.null(out, n_permutations=3)
    assert noted(out)["empirical_fdr"] < 0.1
    cs.tl.null(out, n_permutations=3, **{option: "donor"})
    assert noted(out)[option] == "donor"
    assert noted(out)["empirical_fdr"] > 0.5
    with pytest.raises(cs.InputError, match="no column 'donors'"):
        cs.tl.null(out, n_permutations=3, **{option: "donors"})


def test_regulation_makes_a_positive_one():
    out = mdata_of(world(1, n=300, n_x=20, n_y=120, n_pairs=200, slope=1.5))
    cs.tl.regulation(out, out.uns["prior"], statistic="local", groups="type")
    cs.tl.null(out, n_permutations=20)
    assert noted(out)["positive"]
    assert noted(out)["decoy_share"] < 0.3
    sides = noted(out)["signature"]
    assert sides.loc["repression", "z"] > 3 > abs(sides.loc["activation", "z"])
    assert sides.loc["repression", "targets"] > 0.02 > sides.loc["repression", "decoys"]
    assert sides.loc["repression", "ratio"] - 2 * sides.loc["repression", "ratio_se"] > 1
    assert "more than either gives" in noted(out)["verdict"]


@pytest.mark.parametrize("options", [{"statistic": "exact", "alpha": 0.3}, {"statistic": "csn", "pseudo_cells": False}])
def test_decoys_are_counted_as_by_hand(options):
    from csmir import _mudata
    from csmir.inference import non_targets
    from csmir.inference.alignment import align

    out = mdata_of(world(2, n=60, n_x=6, n_y=40, n_pairs=50))
    cs.tl.regulation(out, out.uns["prior"], **options)
    cs.tl.null(out, n_permutations=1, seed=5)
    adata = out["regulation"]
    drawn = non_targets.draw(align(out, adata), per_pair=2, seed=5)
    net = pd.DataFrame({"source": out["mirna"].var_names[drawn.mirna], "target": out["mrna"].var_names[drawn.mrna]})
    loose = {"adjust": None, "alpha": 0.999} if options["statistic"] == "exact" else {}
    other = cs.tl.regulation(out, net.drop_duplicates(), **(options | loose), copy=True)["regulation"]
    at = pd.MultiIndex.from_frame(other.var[["mirna", "mrna"]].astype(str)).get_indexer(pd.MultiIndex.from_frame(net))
    hits = other.X.toarray()[:, at]
    if options["statistic"] == "exact":
        edges = adata.X.toarray()
        least = np.where(edges > 0, edges, np.inf).min(axis=1)
        hits = hits >= least[:, None]
    expected = (hits > 0).sum(axis=0) @ drawn.weight
    assert noted(out)["decoy_interactions"] == pytest.approx(expected)
    assert noted(out)["decoy_pairs"] == pytest.approx(((hits > 0).any(axis=0)) @ drawn.weight)
    assert expected > 0
    assert noted(out)["decoy_share"] == pytest.approx(expected / _mudata.edges(adata).sum())


def test_without_a_prior_or_decoys_it_says_so():
    out = mdata_of(world(3, n=60, n_x=4, n_y=12, n_pairs=20))
    cs.tl.regulation(out, pseudo_cells=False)
    cs.tl.null(out, n_permutations=2)
    assert "decoy_share" not in noted(out)
    cs.tl.regulation(out, out.uns["prior"], pseudo_cells=False)
    cs.tl.null(out, n_permutations=2, n_decoys=0)
    assert "decoy_share" not in noted(out)


def test_p_counts_shuffles_with_as_many():
    assert pairing_p(10, np.array([3, 10, 11, 4])) == pytest.approx(3 / 5)
    assert pairing_p(12, np.array([3, 10, 11, 4])) == pytest.approx(1 / 5)


MANY = np.arange(20)  # shuffles with 0 to 19 interactions, 9.5 on average


@pytest.mark.parametrize(
    ("observed", "null", "share", "words", "positive"),
    [
        (0, MANY, 0.1, "nothing was found", False),
        (15, MANY, 0.1, "no more than chance gives", False),
        (18, np.r_[MANY[:19], 0], 0.1, "no more than chance gives", False),  # one of 20 has as many: p = 2 / 21
        (30, np.full(20, 20), 0.1, "most of them (67%) are what chance gives", False),
        (1000, MANY, 0.7, "non-targets as well", False),
        (1000, MANY, 0.5, "non-targets as well", False),
        (1000, MANY, 0.2, "more than either gives", True),
        (1000, MANY, None, "is not known, since the networks have no prior", False),
        (1000, MANY[:5], 0.1, "5 shuffles cannot tell", False),
    ],
)
def test_a_verdict_says_what_the_counts_say(observed, null, share, words, positive):
    decoys = None if share is None else Counts(1.0, 1.0, share, (0.5 * share, 2 * share), 0)
    said = verdict(observed, null, decoys, "the networks have no prior")
    assert words in said.text
    assert said.positive == positive
    if decoys is not None and observed:
        assert f"non-targets give {share:.0%} as many" in said.text


@pytest.mark.parametrize(
    ("interval", "small", "positive"),
    [
        ((0.1, 0.4), None, True),
        ((0.1, 0.4), (0.04, 0.008, 5.0), True),
        ((0.1, 0.5), (0.04, 0.008, 5.0), False),  # as many as half cannot be ruled out
        ((0.0, np.inf), (0.04, 0.008, 5.0), False),
        ((np.nan, np.nan), (0.04, 0.008, 5.0), False),
        ((0.1, 0.4), (0.012, 0.008, 0.3), True),  # few pairs are regulated, and nothing moves non-targets
        ((0.1, 0.4), (0.04, 0.012, 1.9), False),  # something does, and targets hardly differ from them
        ((0.1, 0.4), (0.04, 0.012, np.nan), False),
        ((0.1, 0.4), (0.061, 0.044, 2.6), False),  # 3.4 points over nominal, of the targets' 5.1
        ((0.1, 0.4), (0.061, 0.034, 2.6), True),  # 2.4 of 5.1
        ((0.1, 0.4), (0.012, 0.012, 2.6), False),  # no more than they
    ],
)
def test_few_interactions_are_no_evidence(interval, small, positive):
    if small is not None:
        targets, decoys, z = small
        small = Signature(targets, decoys, targets / decoys, 0.1, z)
    said = verdict(1000, MANY, Counts(1.0, 1.0, 0.2, interval, 0), small=small)
    assert said.positive == positive
    assert ("too few to be told" in said.text) == (not positive)
    if small is not None and not positive:
        assert f"p < 1 % for {small.targets:.1%} of targets, {small.decoys:.1%} of these" in said.text


def test_summaries_of_a_shuffle_by_hand():
    from scipy import sparse

    edges = sparse.csr_matrix(np.array([[1, 1, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0]]))
    degree = np.array([[2, 0, 0], [1, 1, 0], [0, 0, 0]])
    hub = np.array([[True, False, False], [True, True, False], [False, False, False]])
    mirna, limits = np.array([0, 0, 1, 1]), {"rewired_cells": 1, "conserved_cells": 2}
    found = shuffled.summary(edges, degree, hub, mirna, **limits)
    assert found["recurrence"].tolist() == [1, 2, 1, 0]
    assert found["hub_recurrence"].tolist() == [1, 1, 1, 0]
    assert found["degrees"].tolist() == [3, 1, 0]
    assert found["rewired"].tolist() == [1, 1, 0]  # the second pair and the fourth; the third is in no cell
    assert found["conserved"].tolist() == [1, 0, 0]
    assert found["similarity"].tolist() == [0.5] * 5
    none = shuffled.summary(edges[2:], degree[2:], hub[2:], mirna, **limits)
    assert np.isnan(none["similarity"]).all()
    assert none["rewired"].tolist() == none["conserved"].tolist() == [0, 0, 0]
