"""Agreement between seeds of the bootstrap."""

from __future__ import annotations

import mudata
import numpy as np
import pytest

import csmir as cs


@pytest.fixture
def mdata():
    mdata = cs.datasets.simulated(n_cells=14, n_mirnas=10, n_mrnas=40, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=8, n_between=4, seed=3)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.2)
    return mdata


def test_each_row_is_the_inference_with_that_seed(mdata, tmp_path):
    mdata.write_h5mu(tmp_path / "m.h5mu")
    read = mudata.read_h5mu(tmp_path / "m.h5mu")
    before = read["regulation"].X.copy()
    cs.tl.stability(read, n_seeds=3, first_seed=2)
    assert (before != read["regulation"].X).nnz == 0
    table = read["regulation"].uns["csmir"]["stability_seeds"].set_index("seed")
    note = read["regulation"].uns["csmir"]["stability"]
    conserved = {}
    for seed in (2, 3, 4):
        cs.pp.bootstrap_cells(mdata, n_runs=8, n_between=4, seed=seed)
        cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.2)
        cs.tl.conservation(mdata)
        conserved[seed] = set(cs.get.conserved(mdata)[["mirna", "mrna"]].itertuples(index=False, name=None))
        assert table.loc[seed, "conserved"] == len(conserved[seed])
        assert table.loc[seed, "n_interactions"] == (mdata["regulation"].var["n_cells"] > 0).sum()
    a, b, c = conserved.values()
    expected = np.mean([len(p & q) / len(p | q) for p, q in ((a, b), (a, c), (b, c)) if p | q])
    assert note["conserved"] == pytest.approx(expected, nan_ok=True)
    read.write_h5mu(tmp_path / "again.h5mu")


def test_no_seed_no_stability(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact")
    with pytest.raises(cs.InputError, match="depend on no seed"):
        cs.tl.stability(mdata)
    with pytest.raises(cs.InputError, match="`n_seeds`"):
        cs.tl.stability(mdata, n_seeds=1)
    del mdata.mod["regulation"]
    with pytest.raises(cs.StepError, match=r"Run cs\.tl\.regulation"):
        cs.tl.stability(mdata)
