"""Complex numbers are no expression, and their imaginary part is not dropped in silence."""

from __future__ import annotations

import numpy as np
import pytest

import csmir as cs


def test_one_pair():
    with pytest.raises(cs.InputError, match="`x` holds complex numbers"):
        cs.tl.csn_statistic(np.arange(5) + 1j, np.arange(5))


def test_a_modality():
    mdata = cs.datasets.simulated(n_cells=10, n_mirnas=6, n_mrnas=20, seed=1)
    mdata["mrna"].X = mdata["mrna"].X + 1j
    for step in (cs.pp.recipe_csmir, lambda m: cs.tl.regulation(m, None)):
        with pytest.raises(cs.InputError, match=r"holds complex numbers|values that are not numbers"):
            step(mdata)
