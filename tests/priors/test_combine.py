"""Union, intersection and filter, and the provenance that must survive them."""

from __future__ import annotations

import functools
import warnings

import mudata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import csmir as cs
from csmir import InputError


def prior(name, pairs, **columns):
    return pd.DataFrame(pairs, columns=["source", "target"]).assign(prior=name, **columns)


SCAN = prior("TargetScan", [("m1", "A"), ("m1", "B"), ("m2", "A")], pct=[0.9, 0.1, np.nan], n_sites=[2, 1, 1])
MTB = prior("miRTarBase", [("m1", "B"), ("m3", "C")], evidence=["strong", "weak"], n_papers=[3, 1])
TAR = prior("TarBase", [("m3", "C"), ("m1", "B")], evidence=["direct", "weak"], n_papers=[1, 5])


def test_union_by_hand():
    net = cs.priors.union(SCAN, MTB, TAR)
    assert net[["source", "target", "prior", "evidence"]].to_numpy().tolist() == [
        ["m1", "A", "TargetScan", ""],
        ["m1", "B", "miRTarBase;TarBase;TargetScan", "strong;weak"],
        ["m2", "A", "TargetScan", ""],
        ["m3", "C", "miRTarBase;TarBase", "direct;weak"],
    ]
    np.testing.assert_array_equal(net["pct"], [0.9, 0.1, np.nan, np.nan])
    np.testing.assert_array_equal(net["n_papers"], [np.nan, 5, np.nan, 1])


def test_intersection_by_hand():
    net = cs.priors.intersection(SCAN, MTB, TAR)
    assert net[["source", "target", "prior", "evidence", "n_papers"]].to_numpy().tolist() == [
        ["m1", "B", "miRTarBase;TarBase;TargetScan", "strong;weak", 5]
    ]
    with pytest.raises(InputError, match=r"2 priors have no pair in common.*reconcile"):
        cs.priors.intersection(SCAN.iloc[:1], MTB)


def test_smallest_context_score_first_weight():
    a = prior("a", [("m", "A")], context_score=[-0.2], weight=[-1.0])
    b = prior("b", [("m", "A")], context_score=[-0.7], weight=[1.0])
    net = cs.priors.union(a, b)
    assert (net["context_score"][0], net["weight"][0]) == (-0.7, -1.0)


def test_priors_without_a_name_and_of_any_dtype():
    a = SCAN[["source", "target"]].astype("category")
    b = MTB[["source", "target"]].astype("string")
    net = cs.priors.union(a, b)
    assert net["prior"].tolist() == ["prior 1", "prior 1;prior 2", "prior 1", "prior 2"]
    assert len(cs.priors.intersection(a, b)) == 1


def test_no_pandas_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cs.priors.union(SCAN, MTB, TAR)
        cs.priors.intersection(SCAN, MTB, TAR)


def test_bad_input():
    with pytest.raises(InputError, match=r"Expected two or more priors; found 1"):
        cs.priors.union(SCAN)
    with pytest.raises(InputError, match=r"`prior 2` lacks the column 'source'"):
        cs.priors.union(SCAN, MTB.rename(columns={"source": "mirna"}))
    with pytest.raises(InputError, match=r"`prior 1` must be a DataFrame"):
        cs.priors.intersection([SCAN, MTB], TAR)


def test_many_words_and_none():
    """More databases than bits in a byte or a word."""
    nets = [prior(f"db{i:03d}", [("m", "A")]) for i in range(80)]
    assert cs.priors.union(*nets)["prior"][0] == ";".join(f"db{i:03d}" for i in range(80))
    nothing = prior("", [("m", "A")])
    assert cs.priors.union(nothing, nothing)["prior"].tolist() == [""]


nets = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("XYZ")), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.lists(nets, min_size=2, max_size=4))
def test_sets(lists):
    """What union and intersection say about pairs and databases is what Python's sets say."""
    priors = [prior(f"db{i}", pairs) for i, pairs in enumerate(lists)]
    where: dict[tuple[str, str], set[str]] = {}
    for i, pairs in enumerate(lists):
        for p in pairs:
            where.setdefault(p, set()).add(f"db{i}")
    union = cs.priors.union(*priors)
    found = {(s, t): set(p.split(";")) for s, t, p in union[["source", "target", "prior"]].to_numpy()}
    assert found == where
    assert len(union) == len(where)
    shuffled = cs.priors.union(*priors[::-1])
    pd.testing.assert_frame_equal(*(u.sort_values(["source", "target"], ignore_index=True) for u in (union, shuffled)))
    pd.testing.assert_frame_equal(functools.reduce(cs.priors.union, priors), union)
    common = {p for p, dbs in where.items() if len(dbs) == len(lists)}
    if common:
        both = cs.priors.intersection(*priors)
        assert set(zip(both["source"], both["target"], strict=True)) == common
    else:
        with pytest.raises(InputError, match=r"no pair in common"):
            cs.priors.intersection(*priors)


class TestFilter:
    NET = prior(
        ["TargetScan", "miRTarBase;TarBase", "TarBase", "TargetScan"],
        [("hsa-miR-1", "A"), ("hsa-miR-2", "B"), ("mmu-miR-1", "C"), ("miR-5", "D")],
        evidence=["", "strong;weak", "weak", ""],
        pct=[0.9, np.nan, 0.5, 0.2],
    )

    @pytest.mark.parametrize(
        ("arguments", "targets"),
        [
            ({}, "ABCD"),
            ({"species": "human"}, "ABD"),
            ({"species": 10090}, "CD"),
            ({"prior": "TarBase"}, "BC"),
            ({"prior": ["TarBase", "TargetScan"]}, "ABCD"),
            ({"evidence": "weak"}, "BC"),
            ({"evidence": "strong"}, "B"),
            ({"min_score": 0.5}, "AC"),
            ({"max_score": 0.5, "score": "pct"}, "CD"),
            ({"min_score": 0.5, "species": "hsa"}, "A"),
        ],
    )
    def test_choices(self, arguments, targets):
        net = cs.priors.filter(self.NET, **arguments)
        assert net["target"].tolist() == list(targets)
        assert net.index.tolist() == list(range(len(targets)))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"prior": "TarBas"},
                r"`prior` must be one of 'TarBase', 'TargetScan', 'miRTarBase'.*Did you mean 'TarBase'",
            ),
            ({"evidence": "clip"}, r"`evidence` must be one of 'strong', 'weak'"),
            ({"score": "pc", "min_score": 1}, r"`score` must name a column of numbers.*Did you mean 'pct'"),
            ({"score": "prior", "min_score": 1}, r"`score` must name a column of numbers"),
            ({"min_score": "high"}, r"`min_score` must be a number"),
            ({"min_score": 2}, r"No pair is left of 4 \(4 with another pct, or none\)"),
            ({"species": "vertebrate"}, r"`species` must be a scientific name"),
            ({"species": 4932}, r"miRNA names carry no prefix for 4932"),
        ],
    )
    def test_bad_input(self, arguments, message):
        with pytest.raises(InputError, match=message):
            cs.priors.filter(self.NET, **arguments)

    def test_several_or_no_scores(self):
        with pytest.raises(InputError, match=r"has 2 score columns \('pct', 'n_papers'\); name the one"):
            cs.priors.filter(self.NET.assign(n_papers=1), min_score=0)
        with pytest.raises(InputError, match=r"has 0 score columns \(none\)"):
            cs.priors.filter(self.NET[["source", "target"]], min_score=0)
        with pytest.raises(InputError, match=r"has no column 'prior'"):
            cs.priors.filter(self.NET[["source", "target"]], prior="x")


def test_provenance_survives_concat_and_h5mu(tmp_path):
    net = cs.priors.union(SCAN, MTB, TAR)
    both = pd.concat([net, prior("ENCORI", [("m9", "Z")])])
    assert both["prior"].iloc[-1] == "ENCORI"
    mdata = cs.datasets.simulated(n_cells=6, n_mirnas=3, n_mrnas=5)
    mdata.uns["prior"] = net
    mdata.write_h5mu(tmp_path / "x.h5mu")
    back = mudata.read_h5mu(tmp_path / "x.h5mu").uns["prior"]
    pd.testing.assert_frame_equal(back.reset_index(drop=True), net, check_dtype=False, check_categorical=False)
    assert len(cs.priors.filter(back, prior="TarBase")) == 2
