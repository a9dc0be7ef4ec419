from __future__ import annotations

import gzip
import logging

import decoupler as dc
import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, fisher_exact
from statsmodels.stats.multitest import multipletests

import csmir as cs


@pytest.fixture
def gene_sets():
    """25 overlapping sets over the 40 mRNAs of `random_networks` and 10 genes that are not in the data."""
    rng = np.random.default_rng(5)
    genes = [f"g{i}" for i in range(40)] + [f"x{i}" for i in range(10)]
    rows = [(f"s{i}", g) for i in range(25) for g in rng.choice(genes, rng.integers(6, 20), replace=False)]
    return pd.DataFrame(rows, columns=["source", "target"])


def by_fisher(genes, gene_sets, universe, min_size=5):
    """Every set by scipy's Fisher test, over sets of Python: set -> (overlap, p)."""
    universe, genes = set(universe), set(genes) & set(universe)
    out = {}
    for name, rows in gene_sets.groupby("source", sort=False):
        members = set(rows["target"]) & universe
        if len(members) >= min_size:
            a = len(genes & members)
            rest = len(universe) - len(genes | members)
            table = [[a, len(genes) - a], [len(members) - a, rest]]
            out[name] = genes & members, fisher_exact(table, alternative="greater").pvalue
    return out


def check_against_fisher(rows, genes, gene_sets, universe):
    expected = by_fisher(genes, gene_sets, universe)
    q = dict(zip(expected, multipletests([p for _, p in expected.values()], method="fdr_bh")[1], strict=True))
    assert set(rows["gene_set"]) == {name for name, (shared, _) in expected.items() if shared}
    for row in rows.itertuples():
        shared, p = expected[row.gene_set]
        assert set(row.genes.split(";")) == shared
        assert row.overlap == len(shared)
        np.testing.assert_allclose([row.pvalue, row.qvalue], [p, q[row.gene_set]], rtol=1e-10)
        np.testing.assert_allclose(
            row.fold, (row.overlap / row.query_size) / (row.set_size / row.universe_size), rtol=1e-12
        )


def test_cells_agree_with_fisher_and_statsmodels(random_networks, gene_sets):
    cs.tl.enrich(random_networks, gene_sets, of="cells", alpha=None)
    table = cs.get.enrichment(random_networks)
    edges = cs.get.edges(random_networks)
    universe = random_networks["mrna"].var_names
    for cell in ("c3", "c11"):
        genes = edges.loc[edges["cell"] == cell, "mrna"].astype(str)
        rows = table[table["query"] == cell]
        check_against_fisher(rows, genes, gene_sets, universe)
        assert rows["pvalue"].is_monotonic_increasing
    assert set(table["universe_size"]) == {40}


def test_agrees_with_decoupler(random_networks, gene_sets):
    genes = ["g1", "g2", "g3", "g4", "g5", "g6", "g10"]
    universe = [f"g{i}" for i in range(40)]
    inside = gene_sets[gene_sets["target"].isin(universe)]
    theirs = dc.mt.query_set(features=genes, net=inside, n_bg=len(universe), tmin=5).set_index("source")
    ours = cs.tl.enrich({"mine": genes}, gene_sets, universe=universe, alpha=None).set_index("gene_set")
    both = theirs.loc[ours.index]
    np.testing.assert_allclose(ours["pvalue"], both["pval"], rtol=1e-10)
    np.testing.assert_allclose(ours["qvalue"], both["padj"], rtol=1e-10)
    assert (theirs.drop(ours.index.astype(str))["pval"] == 1).all()


def test_modules_by_the_table_and_by_the_frame(random_networks, gene_sets):
    cs.tl.modules(random_networks, ["c10", "c11"])
    cs.tl.enrich(random_networks, gene_sets, alpha=None)
    table = cs.get.enrichment(random_networks)
    assert table.columns[:3].to_list() == ["network", "query", "gene_set"]
    modules = cs.get.modules(random_networks)
    universe = random_networks["mrna"].var_names
    for module in modules["module"].unique()[[0, -1]]:
        rows = modules[modules["module"] == module]
        genes = rows.loc[rows["kind"] == "mrna", "feature"].astype(str)
        found = cs.get.enrichment(random_networks, query=int(module))
        check_against_fisher(found, genes, gene_sets, universe)
        assert set(found["network"]) <= set(rows["network"])
    frame = cs.tl.enrich(modules, gene_sets, universe=universe, alpha=None)
    pd.testing.assert_frame_equal(frame, table)


def test_mirnas_and_groups_count_interactions_in_enough_cells(make_networks):
    cells = {
        "a": [("m0", "g0"), ("m0", "g1"), ("m1", "g5")],
        "b": [("m0", "g0"), ("m0", "g2")],
        "c": [("m0", "g0"), ("m1", "g3")],
        "d": [],
    }
    mdata = make_networks(cells)
    mdata["regulation"].obs["cluster"] = pd.Categorical(["x", "x", "y", "y"], categories=["x", "y", "z"])
    sets = {"all": [f"g{i}" for i in range(6)]}

    def genes(**options):
        cs.tl.enrich(mdata, sets, min_size=1, alpha=None, **options)
        table = cs.get.enrichment(mdata)
        return dict(zip(table["query"], table["genes"], strict=True))

    assert genes(of="mirnas", share=0) == {"m0": "g0;g1;g2", "m1": "g3;g5"}
    assert genes(of="mirnas", share=0.5) == {"m0": "g0"}
    assert genes(of="cluster", share=1) == {"x": "g0"}
    assert genes(of="cluster", share=0.5) == {"x": "g0;g1;g2;g5", "y": "g0;g3"}
    assert genes(of=["c", "a"]) == {"c": "g0;g3", "a": "g0;g1;g5"}
    cs.tl.conservation(mdata, conserved=0.75)
    assert genes(of="conserved") == {"conserved": "g0"}
    assert genes(of="rewired") == {"rewired": "g1;g2;g3;g5"}
    assert genes(of={"mine": ["g4", "g4", "g0"]}) == {"mine": "g0;g4"}


def test_universe_decides(random_networks, gene_sets, caplog):
    cs.tl.enrich(random_networks, gene_sets, of="cells", alpha=None, universe="pairs")
    tested = random_networks["regulation"].var["mrna"].nunique()
    assert set(cs.get.enrichment(random_networks)["universe_size"]) == {tested}
    some = [f"g{i}" for i in range(30)]
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.enrich(random_networks, gene_sets, of="c11", alpha=None, universe=some)
    genes = cs.get.edges(random_networks, cell="c11")["mrna"].astype(str)
    check_against_fisher(cs.get.enrichment(random_networks), genes, gene_sets, some)
    outside = set(random_networks["regulation"].var["mrna"]) - set(some)
    assert f"{len(outside)} targets are not in the universe" in caplog.text
    recorded = random_networks["regulation"].uns["csmir"]["enrichment_parameters"]
    assert (recorded["universe"], recorded["universe_size"]) == ("given", 30)


def test_alpha_keeps_the_significant(random_networks):
    target = cs.get.edges(random_networks, mirna="m3")["mrna"].astype(str).unique()
    others = [f"g{i}" for i in range(40) if f"g{i}" not in set(target)]
    sets = {"hit": target, "miss": others}
    cs.tl.enrich(random_networks, sets, of="mirnas", share=0)
    found = cs.get.enrichment(random_networks, query="m3")
    assert found["gene_set"].to_list() == ["hit"]
    cs.tl.enrich(random_networks, sets, of="mirnas", share=0, alpha=None)
    loose = cs.get.enrichment(random_networks)
    assert len(loose) > len(found)
    kept = cs.get.enrichment(random_networks, alpha=0.05)
    assert (kept["qvalue"] < 0.05).all()
    p = loose.loc[loose["query"] == "m0", "pvalue"].to_numpy()
    every = np.r_[p, np.ones(2 - len(p))]
    np.testing.assert_allclose(loose.loc[loose["query"] == "m0", "qvalue"], false_discovery_control(every)[: len(p)])


def test_gene_sets_from_gmt_mapping_and_resource_frames_agree(random_networks, gene_sets, tmp_path):
    lines = [f"{name}\ta description\t" + "\t".join(r["target"]) for name, r in gene_sets.groupby("source", sort=False)]
    plain, packed = tmp_path / "a.gmt", tmp_path / "a.gmt.gz"
    plain.write_text("\n".join(lines) + "\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    mapping = {name: rows["target"].to_list() for name, rows in gene_sets.groupby("source", sort=False)}
    resource = gene_sets.set_axis(["geneset", "genesymbol"], axis=1).assign(collection="c")
    tables = []
    for sets in (gene_sets, str(plain), packed, mapping, resource, pd.concat([gene_sets, gene_sets.iloc[:9]])):
        cs.tl.enrich(random_networks, sets, of="cells", alpha=None)
        tables.append(cs.get.enrichment(random_networks))
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


def test_blocks_do_not_matter(random_networks, gene_sets, monkeypatch):
    cs.tl.enrich(random_networks, gene_sets, of="mirnas", share=0, alpha=None)
    whole = cs.get.enrichment(random_networks)
    monkeypatch.setattr("csmir.tl._enrichment.scores.AT_ONCE", 60)
    monkeypatch.setattr("csmir.tl._enrichment.scores.NAMES_AT_ONCE", 7)
    cs.tl.enrich(random_networks, gene_sets, of="mirnas", share=0, alpha=None)
    pd.testing.assert_frame_equal(cs.get.enrichment(random_networks), whole)


def test_results_survive_h5mu(random_networks, gene_sets, tmp_path):
    cs.tl.modules(random_networks, "cells")
    cs.tl.enrich(random_networks, gene_sets, alpha=0.5)
    cs.tl.enrich(random_networks, gene_sets, of="c0", alpha=1e-12, key_added="none")
    assert cs.get.enrichment(random_networks, key="none").empty
    random_networks.write_h5mu(tmp_path / "a.h5mu")
    read = mudata.read_h5mu(tmp_path / "a.h5mu")
    for key in ("enrichment", "none"):
        pd.testing.assert_frame_equal(
            cs.get.enrichment(read, key=key), cs.get.enrichment(random_networks, key=key), check_dtype=False
        )
    cs.tl.enrich(read, gene_sets, alpha=0.5)
    pd.testing.assert_frame_equal(cs.get.enrichment(read), cs.get.enrichment(random_networks))


def test_empty_networks_are_counted_and_have_no_result(make_networks, caplog):
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": []})
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.enrich(mdata, {"s": ["g0", "g2"]}, of="cells", min_size=1, alpha=None)
    assert "1 of 2 queries have no mRNA" in caplog.text
    assert set(cs.get.enrichment(mdata)["query"]) == {"a"}
    with pytest.raises(cs.InputError, match=r"the queries hold no mRNA"):
        cs.tl.enrich({"a": []}, {"s": ["g0"]}, universe=["g0"], min_size=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"of": "module"}, r"Did you mean 'modules'"),
        ({"of": "cells", "gene_sets": {"s": ["TP53"] * 5}}, r"No gene of the 1 gene sets.*species"),
        ({"of": "cells", "min_size": 30}, r"No gene set has at least 30 genes.*`min_size`"),
        ({"of": "cells", "universe": []}, r"`universe` holds no gene"),
        ({"of": "cells", "universe": "genes"}, r"'mrnas', 'pairs'"),
        ({"of": "cells", "gene_sets": 3}, r"dc\.op\.hallmark\(\)"),
        ({"of": "cells", "gene_sets": "nowhere.gmt"}, r"nowhere\.gmt does not exist"),
        ({"of": "cells", "gene_sets": pd.DataFrame({"set": ["a"]})}, r"'source', 'target'"),
        ({"of": {}}, r"holds no list"),
        ({"of": {"a": "g0"}}, r"lists of names; 'a' is str"),
        ({"of": {"a": ["TP53"]}}, r"No target is in the universe"),
        ({"of": "cells", "alpha": 0}, r"`alpha`"),
        ({"of": "cells", "share": 2}, r"`share`"),
    ],
)
def test_what_cannot_be_asked_for(random_networks, gene_sets, options, message):
    options = {"gene_sets": gene_sets} | options
    with pytest.raises(cs.InputError, match=message):
        cs.tl.enrich(random_networks, **options)


def test_steps_out_of_order(random_networks, gene_sets):
    with pytest.raises(cs.StepError, match=r"Run cs\.tl\.enrich first"):
        cs.get.enrichment(random_networks)
    with pytest.raises(cs.StepError, match=r"Run cs\.tl\.modules\(mdata\) first"):
        cs.tl.enrich(random_networks, gene_sets)
    with pytest.raises(cs.StepError, match=r"cs\.tl\.conservation"):
        cs.tl.enrich(random_networks, gene_sets, of="conserved")
    with pytest.raises(cs.InputError, match=r"only the MuData knows"):
        cs.tl.enrich(random_networks["regulation"], gene_sets, of="cells")
    cs.tl.enrich(random_networks["regulation"], gene_sets, of="cells", universe="pairs")


def test_no_query_gives_an_empty_table():
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=6, n_mrnas=20, seed=1)
    genes = mdata["mrna"].var_names[:8].tolist()
    cs.tl.enrich(mdata, {"set": genes}, of="mirnas", min_size=1, share=1, regulation="truth")
    table = cs.get.enrichment(mdata, regulation="truth")
    assert table.shape == (0, 10)
