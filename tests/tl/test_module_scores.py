"""Scores of modules against a regression by hand, and what is told of them."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import csmir as cs

pytestmark = pytest.mark.filterwarnings("ignore:In .* of .* cells, a cell's own bootstrapped copies")


@pytest.fixture
def scored(make_networks):
    """Three modules, two of them with the same mRNAs, one too small."""
    cells = {f"c{k}": [("m0", "g0")] for k in range(9)}
    mdata = make_networks(cells, n_mrnas=20, seed=2)
    members = [("a", "g0 g1 g2 g3"), ("a", "g5 g6"), ("b", "g4 g7 g8"), ("b", "g3 g2 g1 g0")]
    rows = [
        (network, n, kind, feature)
        for n, (network, mrnas) in enumerate(members)
        for kind, features in (("mirna", [f"m{n}"]), ("mrna", mrnas.split()))
        for feature in features
    ]
    table = pd.DataFrame(rows, columns=["network", "module", "kind", "feature"])
    for column in ("network", "kind", "feature"):
        table[column] = table[column].astype("category")
    mdata["regulation"].uns["csmir"]["modules"] = table
    return mdata


def test_scores_are_t_values_of_a_regression(scored, tmp_path):
    cs.tl.module_scores(scored, regulation="regulation")
    adata = scored["module_scores"]
    assert adata.var_names.tolist() == ["module:0", "module:2"]
    assert adata.var["n_mrnas"].tolist() == [4, 3]
    assert adata.var["mirnas"].tolist() == ["m0", "m2"]
    assert adata.var["network"].tolist() == ["a", "b"]
    for j, genes in enumerate((["g0", "g1", "g2", "g3"], ["g4", "g7", "g8"])):
        inside = scored["mrna"].var_names.isin(genes).astype(float)
        for k in range(9):
            fit = stats.linregress(inside, scored["mrna"].X[k])
            assert adata.X[k, j] == pytest.approx(fit.slope / fit.stderr, rel=1e-4, abs=1e-5)
    scored.write_h5mu(tmp_path / "m.h5mu")
    np.testing.assert_array_equal(mudata.read_h5mu(tmp_path / "m.h5mu")["module_scores"].X, adata.X)


def test_a_module_is_high_where_its_genes_are(scored):
    at = scored["mrna"].var_names.isin(["g4", "g7", "g8"])
    scored["mrna"].X[3, at] += 50
    for method in ("ulm", "zscore"):
        cs.tl.module_scores(scored, method=method, min_size=2, regulation="regulation", key_added=f"by_{method}")
        found = scored[f"by_{method}"]
        assert found.var_names.tolist() == [f"by_{method}:0", f"by_{method}:1", f"by_{method}:2"]
        assert found.X[:, 2].argmax() == 3, method


def test_sponge_modules_name_the_mirnas_of_their_pairs():
    mdata = cs.datasets.simulated(n_cells=40, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.sponge(mdata, min_shared=2, adjust=False, alpha_shared=0.3, regulation="truth", progress=False)
    sponge = mdata["sponge"]
    cs.tl.conservation(mdata, conserved=0.05, rewired=1, regulation="sponge")
    cs.tl.modules(mdata, "conserved", regulation="sponge")
    cs.tl.module_scores(mdata)
    adata = mdata["module_scores"]
    assert adata.n_obs == 40
    for row in adata.var.itertuples():
        genes, count = set(row.mrnas.split(";")), {}
        for pair in sponge.var.itertuples():
            if {pair.mrna_a, pair.mrna_b} <= genes:
                for name in pair.shared_mirnas.split(";"):
                    count[name] = count.get(name, 0) + 1
        assert row.shared_mirnas == ";".join(sorted(count, key=lambda name: (-count[name], name)))
        assert row.shared_mirnas


def test_errors(scored):
    with pytest.raises(cs.StepError, match="no modality 'sponge'"):
        cs.tl.module_scores(scored)
    with pytest.raises(cs.InputError, match="None of 4 modules has 9 mRNAs"):
        cs.tl.module_scores(scored, min_size=9, regulation="regulation")
    with pytest.raises(cs.InputError, match="2 modules, more than max_modules=1"):
        cs.tl.module_scores(scored, max_modules=1, regulation="regulation")
    with pytest.raises(cs.InputError, match="'mrna' holds something else"):
        cs.tl.module_scores(scored, key_added="mrna", regulation="regulation")
    with pytest.raises(cs.InputError, match="`method` must be one of"):
        cs.tl.module_scores(scored, method="mean", regulation="regulation")
    scored.mod["other"] = scored["regulation"].copy()
    del scored["other"].uns["csmir"]["modules"]
    with pytest.raises(cs.StepError, match=r"Run cs.tl.modules\(mdata, regulation='other'\) first"):
        cs.tl.module_scores(scored, regulation="other")
    with pytest.raises(cs.StepError, match="no modules under 'mine'"):
        cs.tl.module_scores(scored, modules="mine", regulation="regulation")
    cs.tl.module_scores(scored, network="b", regulation="regulation")
    assert scored["module_scores"].var["module"].tolist() == [2, 3]
