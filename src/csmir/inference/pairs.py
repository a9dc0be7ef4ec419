"""The pairs to test, of a prior or all, and which of them a tile of miRNAs x mRNAs holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csmir import _mudata
from csmir._names.totals import warn_of_totals

if TYPE_CHECKING:
    from csmir.inference.target_sets import Sides


class Pairs:
    """Pairs in the order of the result: by miRNA, then by mRNA, as positions in the data."""

    def __init__(
        self, mirna: np.ndarray, mrna: np.ndarray, n_mirnas: int, n_mrnas: int, *, complete: bool = False
    ) -> None:
        self.mirna, self.mrna = mirna, mrna
        self.n_mirnas, self.n_mrnas = n_mirnas, n_mrnas
        self.complete = complete  # every miRNA with every mRNA
        self._by_mrna: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    @classmethod
    def every(cls, n_mirnas: int, n_mrnas: int) -> Pairs:
        """All pairs."""
        mirna = np.repeat(np.arange(n_mirnas, dtype=np.int32), n_mrnas)
        mrna = np.tile(np.arange(n_mrnas, dtype=np.int32), n_mirnas)
        return cls(mirna, mrna, n_mirnas, n_mrnas, complete=True)

    def __len__(self) -> int:
        return len(self.mirna)

    def tile(self, x: range, y: range) -> np.ndarray:
        """Positions of the pairs of some miRNAs and some mRNAs, by mRNA, then by miRNA."""
        if self.complete:
            at = np.asarray(x)[None, :] * self.n_mrnas + np.asarray(y)[:, None]
            return at.ravel()
        key = (x.start, x.stop)
        if key not in self._by_mrna:
            first, last = np.searchsorted(self.mirna, [x.start, x.stop])
            at = first + np.argsort(self.mrna[first:last], kind="stable")
            self._by_mrna[key] = at, self.mrna[at]
        at, mrna = self._by_mrna[key]
        first, last = np.searchsorted(mrna, [y.start, y.stop])
        return at[first:last]


def pairs_to_test(net: pd.DataFrame | None, data: _mudata.Paired | Sides) -> Pairs:
    """Every pair, or those of the prior that the data has."""
    n_mirnas, n_mrnas = len(data.mirna_names), len(data.mrna_names)
    if net is None:
        for side, names in (("miRNA", data.mirna_names), ("mRNA", data.mrna_names)):
            warn_of_totals(side, names, "a total goes with everything, and would be a hub.")
        return Pairs.every(n_mirnas, n_mrnas)
    from csmir._names.aligned import aligned_pairs

    found = aligned_pairs(net, data.mirna_names, data.mrna_names)
    return Pairs(found.mirna_idx, found.mrna_idx, n_mirnas, n_mrnas)
