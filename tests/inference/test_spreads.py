"""The spread of genes around their local mean, by its formula."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from csmir._mudata import Paired
from csmir.inference import detectable
from csmir.inference.pairs import Pairs


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("most_cells", [4000, 40])
def test_spreads_are_those_of_values_less_their_local_mean(is_sparse, most_cells, monkeypatch):
    rng = np.random.default_rng(0)
    mirna, mrna = rng.gamma(2, size=(120, 3)), rng.gamma(2, 0.5, size=(120, 4))
    near = np.array([[i, *rng.choice(120, 5, replace=False)] for i in range(120)])
    smoother = sparse.csr_matrix((np.full(near.size, 1 / 6), near.ravel(), np.arange(121) * 6), shape=(120, 120))
    pairs = Pairs(np.array([0, 2, 1], np.int32), np.array([3, 0, 1], np.int32), 3, 4)
    kind = sparse.csr_matrix if is_sparse else np.asarray
    names = [pd.Index([f"{c}{i}" for i in range(k)]) for c, k in (("c", 120), ("a", 3), ("b", 4))]
    fields = {
        "cells": names[0],
        "mirna": kind(mirna),
        "mrna": kind(mrna),
        "mirna_names": names[1],
        "mrna_names": names[2],
    }
    data = Paired(**{f: fields.get(f, 0) for f in Paired._fields})
    monkeypatch.setattr(detectable, "MOST_CELLS", most_cells)
    some = range(120) if most_cells > 120 else sorted({int(119 * i / 39) for i in range(40)})
    found = detectable.spreads(data, pairs, (smoother,))
    for at, (r, t) in enumerate(zip(pairs.mirna, pairs.mrna, strict=True)):
        left = [[v[c, g] - v[near[c], g].mean() for c in some] for v, g in ((mirna, r), (mrna, t))]
        assert found[at] == pytest.approx(np.std(left[1]) / np.std(left[0]), rel=1e-9)
