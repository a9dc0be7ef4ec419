"""Synergy and sponge: one mechanism from both sides, against sets of Python and the oracle of the statistic."""

from __future__ import annotations

import logging
from itertools import combinations

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, hypergeom, norm

import csmir as cs

pytestmark = pytest.mark.filterwarnings("ignore:In .* of .* cells, a cell's own bootstrapped copies")


@pytest.fixture
def mdata(make_networks):
    """12 cells, 15 miRNAs, 40 mRNAs; two planted blocks in 150 random pairs, half of all validated; 11 runs."""
    rng = np.random.default_rng(3)
    blocks = [(f"m{i + 5 * b}", f"g{j + 12 * b}") for b in range(2) for i in range(4) for j in range(8)]
    random = [(f"m{i // 40}", f"g{i % 40}") for i in rng.choice(600, 150, replace=False)]
    pairs = sorted({*blocks, *random})
    share = {p: 0.9 if p in set(blocks) else 0.3 for p in pairs}
    cells = {f"c{k}": [p for p in pairs if rng.random() < share[p]] for k in range(12)}
    out = make_networks(cells, pairs=pairs, n_mirnas=15, n_mrnas=40)
    factor = rng.gamma(2.0, size=(12, 4))
    for key in ("mirna", "mrna"):
        mix = rng.dirichlet(np.full(4, 0.3), size=out[key].n_vars)
        x = factor @ mix.T + rng.gamma(0.3, size=(12, out[key].n_vars))
        x[rng.random(x.shape) < 0.1] = 0
        out[key].X = np.round(x, 2)
    out["regulation"].var["validated"] = rng.random(len(pairs)) < 0.5
    cs.pp.bootstrap_cells(out, n_runs=11, seed=1)
    return out


SIDES = {"synergy": ("mirna", "mrna"), "sponge": ("mrna", "mirna")}
LOOSE = {"min_shared": 1, "alpha_shared": 0.3, "adjust": False, "alpha": 0.1}


def expected_edges(mdata, oracle, step, *, validated, min_shared, alpha_shared, adjust, alpha, universe="network"):
    """{cell: {(a, b): (z, shared)}} from sets, scipy and the slow statistic."""
    own, other = SIDES[step]
    reg, x = mdata["regulation"], mdata[own]
    runs = np.asarray(mdata.obsm["csmir_bootstrap"]).T
    present = reg.X.toarray() != 0
    if validated:
        present = present & reg.var["validated"].to_numpy()
    names = list(x.var_names)
    z = {}
    out = {}
    for k, cell in enumerate(reg.obs_names):
        rows = reg.var[present[k]]
        partners = rows.astype(str).groupby(own)[other].agg(set).to_dict()
        n = rows[other].nunique() if universe == "network" else mdata[other].n_vars
        tested = []
        for a, b in combinations(sorted(partners, key=names.index), 2):
            s = len(partners[a] & partners[b])
            tested.append((a, b, s, hypergeom.sf(s - 1, n, len(partners[a]), len(partners[b]))))
        q = false_discovery_control(np.clip([t[3] for t in tested], 0, 1)) if tested else []
        out[cell] = {}
        for (a, b, s, p), adjusted in zip(tested, q, strict=True):
            if s < min_shared or (adjusted if adjust else p) >= alpha_shared:
                continue
            if (a, b) not in z:
                z[a, b] = oracle.median_z(x.X[:, names.index(a)], x.X[:, names.index(b)], runs)
            if z[a, b][k] > norm.isf(alpha):
                out[cell][a, b] = (z[a, b][k], s)
    return out


def stored_edges(adata, step):
    ends = [f"{SIDES[step][0]}_{end}" for end in "ab"]
    out = {}
    for k, cell in enumerate(adata.obs_names):
        row, shared = adata.X[[k]].tocoo(), adata.layers["shared"][[k]].toarray().ravel()
        pairs = zip(*(adata.var[e].astype(str).iloc[row.col] for e in ends), strict=True)
        out[cell] = {pair: (z, shared[at]) for pair, z, at in zip(pairs, row.data, row.col, strict=True)}
    return out


@pytest.mark.parametrize("step", ["synergy", "sponge"])
@pytest.mark.parametrize(
    "options",
    [
        LOOSE | {"validated": True},
        LOOSE | {"validated": False, "universe": "data"},
        LOOSE | {"validated": False, "min_shared": 2, "alpha_shared": 0.2, "adjust": True},
    ],
)
def test_agrees_with_sets_scipy_and_the_slow_statistic(mdata, oracle, step, options):
    getattr(cs.tl, step)(mdata, **options)
    expected = expected_edges(mdata, oracle, step, **options)
    found = stored_edges(mdata[step], step)
    assert sum(map(len, expected.values())) > 10
    for cell, edges in expected.items():
        assert set(found[cell]) == set(edges), cell
        for pair, (z, shared) in edges.items():
            np.testing.assert_allclose(found[cell][pair][0], z, rtol=1e-6)
            assert found[cell][pair][1] == shared
    adata = mdata[step]
    np.testing.assert_array_equal(adata.obs["n_interactions"], [len(edges) for edges in expected.values()])
    assert (adata.var["n_cells"] > 0).all()
    for layer in adata.layers.values():
        np.testing.assert_array_equal(layer.indices, adata.X.indices)
    assert ("shared_qvalue" in adata.layers) == options["adjust"]


def test_validated_interactions_are_used_only_where_asked_for(mdata, caplog):
    """Nothing hangs on whether cs.tl.validate was run before."""
    known = mdata["regulation"].var["validated"]
    del mdata["regulation"].var["validated"]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.validate"):
        cs.tl.synergy(mdata, validated=True)
    cs.tl.synergy(mdata, **LOOSE)
    mdata["regulation"].var["validated"] = known
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.synergy(mdata, **LOOSE, key_added="again")
    assert "(validated=False)" in caplog.text
    assert "11 runs" in caplog.text
    assert (mdata["again"].X != mdata["synergy"].X).nnz == 0
    assert mdata["again"].var_names[0] == "again:" + mdata["synergy"].var_names[0]
    assert not mdata["again"].uns["csmir"]["synergy"]["validated"]
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.synergy(mdata, **LOOSE, validated=True, key_added="fewer")
    assert "validated ones are used" in caplog.text
    assert mdata["fewer"].uns["csmir"]["synergy"]["validated"]
    assert 0 < mdata["fewer"].X.nnz < mdata["synergy"].X.nnz


@pytest.mark.parametrize("step", ["synergy", "sponge"])
def test_the_other_tools_work_on_them_after_a_reload(mdata, step, tmp_path):
    getattr(cs.tl, step)(mdata, **LOOSE, validated=False)
    before = stored_edges(mdata[step], step)
    for tool in (cs.tl.hubs, cs.tl.conservation, cs.tl.similarity, cs.tl.crosstalk):
        mdata.write_h5mu(tmp_path / "a.h5mu")
        mdata = mudata.read_h5mu(tmp_path / "a.h5mu")
        tool(mdata, regulation=step)
    cs.tl.modules(mdata, "cells", regulation=step, min_size=2)
    assert stored_edges(mdata[step], step) == before
    adata = mdata[step]
    # an edge has no direction and counts at both ends
    np.testing.assert_array_equal(adata.obsm["out_degree"].sum(axis=1), 2 * adata.obs["n_interactions"])
    frame = cs.get.edges(mdata, regulation=step)
    ends = [f"{SIDES[step][0]}_{end}" for end in "ab"]
    assert frame.columns[:4].to_list() == ["cell", *ends, "z"]
    cell = adata.obs["n_interactions"].idxmax()
    graph = cs.get.graph(mdata, cell, regulation=step)
    assert not graph.is_directed()
    assert {frozenset(e) for e in graph.edges} == {frozenset(e) for e in before[cell]}
    modules = cs.get.modules(mdata, network=cell, regulation=step)
    assert set(modules["kind"]) == {SIDES[step][0]}
    assert set(modules["feature"].astype(str)) <= set(graph)


def test_sponges_can_be_enriched_and_synergy_cannot(mdata):
    cs.tl.sponge(mdata, **LOOSE)
    cs.tl.enrich(mdata, {"s": [f"g{i}" for i in range(20)]}, of="cells", alpha=None, regulation="sponge")
    frame, table = cs.get.edges(mdata, regulation="sponge"), cs.get.enrichment(mdata, regulation="sponge")
    for cell, size in zip(table["query"], table["query_size"], strict=True):
        rows = frame[frame["cell"] == cell]
        assert size == len(set(rows["mrna_a"]) | set(rows["mrna_b"]))
    cs.tl.synergy(mdata, **LOOSE)
    with pytest.raises(cs.InputError, match=r"the queries hold no mRNA"):
        cs.tl.enrich(mdata, {"s": [f"g{i}" for i in range(20)]}, of="cells", regulation="synergy")
    with pytest.raises(cs.InputError, match=r"among features of one kind"):
        cs.tl.enrich(mdata, {"s": ["g0"] * 5}, of="mirnas", regulation="synergy")


def test_max_pairs_keeps_those_of_the_most_cells(mdata, caplog):
    cs.tl.sponge(mdata, **LOOSE | {"alpha": 0.999}, validated=False)
    every = mdata["sponge"]
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.sponge(mdata, **LOOSE | {"alpha": 0.999}, validated=False, max_pairs=50)
    few = mdata["sponge"]
    assert "only the 50 pairs" in caplog.text
    assert few.n_vars <= 50
    assert set(few.var_names) <= set(every.var_names)
    at = every.var_names.get_indexer(few.var_names)
    assert (every[:, at].X != few.X).nnz == 0
    left_out = every.var["n_cells"].drop(few.var_names)
    assert few.var["n_cells"].median() > left_out.median()


def test_threads_do_not_matter_and_copy_leaves_the_data_alone(mdata):
    changed = cs.tl.sponge(mdata, **LOOSE, n_threads=1, copy=True)
    assert "sponge" not in mdata.mod
    cs.tl.sponge(mdata, **LOOSE, n_threads=3)
    for name in ("X", "support", "shared"):
        one, two = ((a.X if name == "X" else a.layers[name]) for a in (changed["sponge"], mdata["sponge"]))
        np.testing.assert_array_equal(one.toarray(), two.toarray())
    pd.testing.assert_frame_equal(changed["sponge"].var, mdata["sponge"].var)


def test_many_cells_without_pseudo_cells():
    mdata = cs.datasets.simulated(n_cells=110, seed=2)
    cs.tl.synergy(mdata, alpha_shared=0.5, regulation="truth")
    adata = mdata["synergy"]
    assert adata.X.nnz > 20
    assert (adata.layers["support"].data == 1).all()
    x = mdata["mirna"]
    for at in range(0, adata.n_vars, 10):
        ends = [x[:, str(adata.var[c].iloc[at])].X.ravel() for c in ("mirna_a", "mirna_b")]
        z = cs.tl.csn_statistic(*ends)
        found = adata.X[:, [at]].toarray().ravel()
        np.testing.assert_allclose(found[found != 0], z[found != 0], rtol=1e-6)
        assert (found[found != 0] > norm.isf(0.05)).all()
    cs.tl.synergy(mdata, alpha_shared=1e-9, regulation="truth")
    assert mdata["synergy"].n_vars == 0


def test_empty_networks_give_empty_networks(make_networks, caplog):
    mdata = make_networks({"a": [("m0", "g0"), ("m1", "g0")], "b": [], "c": [("m0", "g0")]})
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.synergy(mdata, validated=False)
    assert mdata["synergy"].shape == (3, 0)  # one mRNA, shared for certain: p = 1
    assert "3 of 3 cells have an empty network" in caplog.text
    assert mdata["synergy"].obs["n_interactions"].to_list() == [0, 0, 0]
    cs.tl.modules(mdata, "cells", regulation="synergy")
    assert cs.get.modules(mdata, regulation="synergy").empty


def test_what_cannot_be_asked_for(mdata):
    cs.tl.synergy(mdata, **LOOSE)
    for options, message in (
        ({"min_shared": 0}, r"`min_shared`"),
        ({"alpha": 1}, r"`alpha`"),
        ({"alpha_shared": 0}, r"`alpha_shared`"),
        ({"universe": "all"}, r"'network', 'data'"),
        ({"regulation": "synergy"}, r"among features of one kind; cs\.tl\.sponge starts from regulation"),
        ({"max_pairs": 0}, r"`max_pairs`"),
        ({"mirna": "mir"}, r"no modality 'mir'"),
    ):
        with pytest.raises(cs.InputError, match=message):
            cs.tl.sponge(mdata, **options)
    with pytest.raises(cs.InputError, match=r"found AnnData"):
        cs.tl.sponge(mdata["regulation"])
    del mdata.mod["regulation"]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.regulation"):
        cs.tl.sponge(mdata)


@pytest.mark.parametrize("validated", [False, True])
def test_sponge_pairs_name_what_they_share(mdata, validated, tmp_path):
    cs.tl.sponge(mdata, validated=validated, **LOOSE)
    reg, adata = mdata["regulation"], mdata["sponge"]
    present = reg.X.toarray() != 0
    if validated:
        present = present & reg.var["validated"].to_numpy()
    targets = [reg.var[present[k]].astype(str).groupby("mrna")["mirna"].agg(set).to_dict() for k in range(12)]
    has = adata.X.toarray() != 0
    assert adata.n_vars > 20
    for j, row in enumerate(adata.var.itertuples()):
        count: dict[str, int] = {}
        for k in np.flatnonzero(has[:, j]):
            both = targets[k][row.mrna_a] & targets[k][row.mrna_b]
            assert len(both) == adata.layers["shared"][k, j]
            for name in both:
                count[name] = count.get(name, 0) + 1
        assert row.shared_mirnas == ";".join(sorted(count, key=lambda name: (-count[name], name)))
    mdata.write_h5mu(tmp_path / "m.h5mu")
    read = mudata.read_h5mu(tmp_path / "m.h5mu")
    assert read["sponge"].var["shared_mirnas"].tolist() == adata.var["shared_mirnas"].tolist()
    edges = cs.get.edges(read, columns="shared_mirnas", regulation="sponge")
    assert edges["shared_mirnas"].str.len().min() > 0
    cs.io.write_tables(read, tmp_path / "out", regulation="sponge")
    pairs = pd.read_csv(tmp_path / "out" / "pairs.tsv", sep="\t")
    assert pairs["shared_mirnas"].tolist() == adata.var["shared_mirnas"].tolist()
    cs.tl.synergy(mdata, validated=validated, **LOOSE)
    assert "shared_mirnas" not in mdata["synergy"].var


@pytest.mark.parametrize("step", ["synergy", "sponge"])
def test_values_that_changed_since_the_networks_are_refused(step):
    own = SIDES[step][0]
    mdata = cs.datasets.simulated(30, 6, 20, seed=4, prior_density=0.5)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.2, alpha=0.2)
    was = mdata[own].X.copy()
    mdata[own].layers["other"] = was[::-1].copy()
    call = getattr(cs.tl, step)
    call(mdata, **LOOSE)
    before = stored_edges(mdata[step], step)
    assert sum(map(len, before.values())) > 10
    mdata[own].X = was[::-1].copy()
    with pytest.raises(cs.StepError, match="changed since the networks were inferred"):
        call(mdata, **LOOSE)
    mdata[own].X = was
    order = np.random.default_rng(0).permutation(mdata.n_obs)
    mdata.mod[own] = mdata[own][order].copy()
    call(mdata, **LOOSE)
    assert stored_edges(mdata[step], step) == before
    call(mdata, **LOOSE, layer="other")  # asked for by name, other values are taken
    assert stored_edges(mdata[step], step) != before


def test_pseudo_cells_that_were_drawn_anew_are_refused():
    mdata = cs.datasets.simulated(30, 6, 20, seed=4, prior_density=0.5)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=3, seed=1)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.2, alpha=0.2)
    cs.tl.synergy(mdata, **LOOSE)
    before = stored_edges(mdata["synergy"], "synergy")
    for seed, n_runs in ((2, 3), (1, 2)):
        cs.pp.bootstrap_cells(mdata, n_runs=n_runs, seed=seed)
        for step in (cs.tl.synergy, cs.tl.sponge):
            with pytest.raises(cs.StepError, match="pseudo-cells changed since the networks were inferred"):
                step(mdata, **LOOSE)
    cs.tl.synergy(mdata, **LOOSE, pseudo_cells=False)  # asked for
    cs.pp.bootstrap_cells(mdata, n_runs=3, seed=1)
    mdata.mod["regulation"] = mdata["regulation"][::-1].copy()
    cs.tl.synergy(mdata, **LOOSE)
    assert stored_edges(mdata["synergy"], "synergy") == before


@pytest.mark.parametrize(("key", "axis"), [("mrna", "var_names"), ("mrna", "obs_names"), ("regulation", "obs_names")])
def test_cells_and_features_of_one_name_are_refused(mdata, key, axis):
    names = list(getattr(mdata[key], axis))
    setattr(mdata[key], axis, [names[1], *names[1:]])
    with pytest.raises(cs.InputError, match=r"duplicated|more than one cell"):
        cs.tl.sponge(mdata, **LOOSE)
    if axis == "obs_names":
        step = cs.tl.hubs if key == "regulation" else cs.pp.covariates
        with pytest.raises(cs.InputError, match=r"duplicated|more than one cell"):
            step(mdata)
