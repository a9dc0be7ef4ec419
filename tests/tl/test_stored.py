"""Expression is read some genes at a time where it is sparse or large: the networks do not depend on it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import csmir as cs
from csmir.inference.expression import Stored


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=100, n_mirnas=12, n_mrnas=1300, seed=3)
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"keep": "all"},
        {"statistic": "exact", "expressed_only": True, "keep": "all"},
        {"statistic": "exact", "neighbors": "expression", "keep": "all"},
        {"statistic": "local"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, "little memory"])
def test_the_same_bytes(mdata, options, kind):
    other, memory = mdata.copy(), "1GB"
    if kind == "little memory":
        memory = "1MB"
    else:
        for key in ("mirna", "mrna"):
            other[key].X = kind(other[key].X)
    a, b = (
        cs.tl.regulation(m, m.uns["prior"], copy=True, memory=size, **options)["regulation"]
        for m, size in ((mdata, "1GB"), (other, memory))
    )
    for part in ("data", "indices", "indptr"):
        assert getattr(a.X, part).tobytes() == getattr(b.X, part).tobytes()


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_blocks_are_the_columns(kind):
    values = np.array([[0, 1.5, 2], [3, 0, 0.5]], np.float32)
    stored = Stored("mRNA", kind(values))
    assert stored.shape == (3, 2)
    found = stored[np.array([2, 0])]
    assert found.dtype == np.float64
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, [[2, 0.5], [0, 3]])
    np.testing.assert_array_equal(stored.seen(), [[False, True], [True, False], [True, True]])


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_what_is_missing_is_refused(kind):
    with pytest.raises(cs.InputError, match="missing"):
        Stored("mRNA", kind(np.array([[0, np.nan]])))
