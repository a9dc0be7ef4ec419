from __future__ import annotations

import logging

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

import csmir as cs

RELATED = ["m0", "m2", "m5", "m14", "g3", "g4", "g5", "g17", "g30", "g39", "not in the data"]


def by_fisher(members, related, universe):
    members, related = set(members) & set(universe), set(related) & set(universe)
    s = len(members & related)
    rest = len(universe) - len(members | related)
    table = [[s, len(members) - s], [len(related) - s, rest]]
    return s, fisher_exact(table, alternative="greater").pvalue


def test_modules_agree_with_fisher_and_statsmodels(random_networks, caplog):
    cs.tl.modules(random_networks, ["c9", "c11"])
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.enrich_disease(random_networks, RELATED)
    assert "10 of 11 disease-related names are in the universe: 4 miRNAs, 6 mRNAs" in caplog.text
    table, modules = cs.get.enrichment(random_networks, key="disease_enrichment"), cs.get.modules(random_networks)
    universes = {k: list(random_networks[k].var_names) for k in ("mirna", "mrna")}
    universes["all"] = universes["mirna"] + universes["mrna"]
    assert len(table) == 3 * modules["module"].nunique()
    for kind, universe in universes.items():
        rows = table[table["kind"] == kind]
        expected = [
            by_fisher(m["feature"].astype(str), RELATED, universe) for _, m in modules.groupby("module", observed=True)
        ]
        np.testing.assert_array_equal(rows["overlap"], [s for s, _ in expected])
        np.testing.assert_allclose(rows["pvalue"], [p for _, p in expected], rtol=1e-10)
        np.testing.assert_allclose(rows["qvalue"], multipletests(rows["pvalue"], method="fdr_bh")[1], rtol=1e-10)
        assert set(rows["universe_size"]) == {len(universe)}
        assert set(rows["disease_size"]) == {len(set(RELATED) & set(universe))}
    first = table.iloc[0]
    assert set(first["features"].split(";")) - {""} <= set(RELATED)
    assert len(first["features"].split(";")) == max(first["overlap"], 1)
    np.testing.assert_allclose(
        first["fold"], first["overlap"] / first["query_size"] / (first["disease_size"] / first["universe_size"])
    )
    frame = cs.tl.enrich_disease(modules, RELATED, universe={k: universes[k] for k in ("mirna", "mrna")})
    pd.testing.assert_frame_equal(frame, table)


def test_cells_count_mirnas_and_mrnas_with_an_interaction(make_networks):
    mdata = make_networks({"a": [("m0", "g0"), ("m1", "g1")], "b": [("m1", "g0")], "c": []}, n_mirnas=4, n_mrnas=6)
    cs.tl.enrich_disease(mdata, ["m0", "g0", "g5"], of="cells")
    table = cs.get.enrichment(mdata, key="disease_enrichment").set_index(["query", "kind"])
    # cell a: m0 m1 g0 g1, of 4 miRNAs and 6 mRNAs of which 3 are related: P(X >= 2) = (3 * 21 + 7) / 210
    row = table.loc[("a", "all")]
    assert (row["overlap"], row["query_size"], row["disease_size"], row["universe_size"]) == (2, 4, 3, 10)
    np.testing.assert_allclose(row["pvalue"], (3 * 21 + 7) / 210)
    np.testing.assert_allclose(table.loc[("a", "mirna"), "pvalue"], 2 / 4)
    np.testing.assert_allclose(table.loc[("b", "mirna"), "pvalue"], 1)
    np.testing.assert_allclose(table.loc[("b", "mrna"), "pvalue"], 2 / 6)
    assert table.loc["c", ["pvalue", "qvalue", "fold"]].isna().all(axis=None)
    assert (table.loc["c", "overlap"] == 0).all()
    cs.tl.enrich_disease(mdata, ["m0"], of="mirnas", share=0, universe="pairs")
    table = cs.get.enrichment(mdata, key="disease_enrichment").set_index(["query", "kind"])
    np.testing.assert_allclose(table.loc[("m0", "all"), "pvalue"], 2 / 4)  # m0 g0 of m0 m1 g0 g1
    assert table.loc[("m0", "mrna"), "pvalue"] != table.loc[("m0", "mrna"), "pvalue"]  # no mRNA is related


def test_a_name_of_a_mirna_and_an_mrna_is_not_mixed_up():
    table = pd.DataFrame({"module": [0, 0], "kind": ["mirna", "mrna"], "feature": ["x", "y"]})
    found = cs.tl.enrich_disease(table, ["y"], universe={"mirna": ["x", "y"], "mrna": ["x", "y"]})
    assert found["overlap"].to_list() == [1, 0, 1]
    assert found["disease_size"].to_list() == [2, 1, 1]


def test_results_survive_h5mu(random_networks, tmp_path):
    cs.tl.enrich_disease(random_networks, RELATED, of=["c0", "c11"])
    random_networks.write_h5mu(tmp_path / "a.h5mu")
    read = mudata.read_h5mu(tmp_path / "a.h5mu")
    before = cs.get.enrichment(random_networks, key="disease_enrichment")
    pd.testing.assert_frame_equal(cs.get.enrichment(read, key="disease_enrichment"), before)
    changed = cs.tl.enrich_disease(
        read, pd.DataFrame({"gene": RELATED}), of=["c0", "c11"], key_added="again", copy=True
    )
    pd.testing.assert_frame_equal(cs.get.enrichment(changed, key="again"), before)


@pytest.mark.parametrize(
    ("disease", "options", "message"),
    [
        (["TP53"], {}, r"None of the 1 disease-related names.*arms of miRNAs"),
        ("m0", {}, r"`disease` must be a list.*found str"),
        (["m0"], {"universe": "mrnas"}, r"'pairs'"),
        (["m0"], {"universe": ["m0"]}, r"\{'mirna': names, 'mrna': names\}; found list"),
        (["m0"], {"of": "cel"}, r"Did you mean"),
    ],
)
def test_what_cannot_be_asked_for(random_networks, disease, options, message):
    with pytest.raises(cs.InputError, match=message):
        cs.tl.enrich_disease(random_networks, disease, **({"of": "cells"} | options))


def test_steps_out_of_order(random_networks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.modules"):
        cs.tl.enrich_disease(random_networks, RELATED)
    with pytest.raises(cs.StepError, match=r"cs\.tl\.enrich_disease first"):
        cs.get.enrichment(random_networks, key="disease_enrichment")
    with pytest.raises(cs.InputError, match=r"only the MuData knows"):
        cs.tl.enrich_disease(random_networks["regulation"], RELATED, of="cells")
    cs.tl.enrich_disease(random_networks["regulation"], RELATED, of="cells", universe="pairs")
