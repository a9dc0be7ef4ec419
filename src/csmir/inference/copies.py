"""Cells whose profiles another cell has too, number by number: one measurement that would count as several."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.cells import may_be_copies
from csmir.inference.options import Request

ROWS_AT_ONCE = 256


def copies_of(mdata: MuData, data: _mudata.Paired, groups: str | None) -> Copies:
    """The copies among these cells; in groups, among the cells of each."""
    if groups is None:
        return Copies(data)
    values = check.groups(f"mdata.obs[{groups!r}]", mdata.obs.loc[data.cells, groups])
    return Copies(data, pd.factorize(values)[0])


def not_to_count(
    mdata: MuData, data: _mudata.Paired, request: Request, pseudo_cells: bool | None, *, on_disk: bool
) -> Copies | None:
    """Say how many cells are copies of others; return them if they are not to count."""
    way = request.duplicates
    if request.groups is not None and request.groups not in mdata.obs:
        return None  # an error that is to come
    if (
        way is not None
        and "pseudo_cells" in request.of.options
        and pseudo_cells is not False
        and K.BOOTSTRAP in mdata.obsm
    ):
        raise InputError(
            "`duplicates` and pseudo-cells do not go together: copies were drawn among all cells. Leave copies out of "
            "the MuData before cs.pp.bootstrap_cells, or give pseudo_cells=False."
        )
    if way == "weigh" and on_disk:
        raise InputError("duplicates='weigh' needs the networks in memory: leave `out` out, or give 'drop'.")
    same = copies_of(mdata, data, request.groups)
    same.tell(way)
    return None if way is None else same


class Copies:
    """Which cells are copies: `first` are those unlike all before them, and `of` says for each cell which it equals."""

    def __init__(self, data: _mudata.Paired, labels: np.ndarray | None = None) -> None:
        likely = may_be_copies(data)
        keys: list[bytes] = [str(cell).encode() for cell in range(len(data.cells))]
        digests = {cell: hashlib.blake2b(digest_size=16) for cell in np.flatnonzero(likely).tolist()}
        for matrix in (data.mirna, data.mrna):
            for cell, row in zip(digests, _rows(matrix[likely]), strict=True):
                digests[cell].update(row)
        for cell, digest in digests.items():
            keys[cell] = b"copy " + digest.digest()
        if labels is not None:  # the same profile in another group is compared with other cells
            keys = [key + str(label).encode() for key, label in zip(keys, labels.tolist(), strict=True)]
        self.of, _ = pd.factorize(np.array(keys, dtype=object))
        self.first = np.unique(self.of, return_index=True)[1]
        self.cells = data.cells

    @property
    def n(self) -> int:
        """Cells that are copies of one before them."""
        return len(self.of) - len(self.first)

    def unlike(self, data: _mudata.Paired) -> _mudata.Paired:
        """The data of the first cell of each profile."""
        return data._replace(
            cells=data.cells[self.first],
            mirna=data.mirna[self.first],
            mrna=data.mrna[self.first],
        )

    def counted(self, counted: pd.Index, names: pd.Index) -> np.ndarray:
        """For each of `names`, which of the `counted` cells has its profile; -1 where none has."""
        counted_for = np.full(len(self.first) + 1, -1)  # and -1 for cells that are not there
        counted_for[self.of[self.cells.get_indexer(counted)]] = np.arange(len(counted))
        at = self.cells.get_indexer(names)
        return counted_for[np.where(at < 0, -1, self.of[at])]

    def expanded(self, adata: AnnData, obs: pd.DataFrame) -> AnnData:
        """The networks of the first cells, for all their copies too; `obs` are the columns of all cells."""
        out = AnnData(
            X=adata.X[self.of],
            obs=obs.assign(**{name: adata.obs[name].to_numpy()[self.of] for name in adata.obs if name not in obs}),
            var=adata.var.copy(),
            layers={name: adata.layers[name][self.of] for name in adata.layers if name is not None},
            uns=dict(adata.uns),
        )
        out.var[K.Var.N_CELLS] = _mudata.edges(out).getnnz(axis=0).astype(np.int32)
        return out

    def tell(self, way: str | None) -> None:
        """Say how many there are, and what is done with them."""
        if not self.n:
            return
        done = {
            None: "Each counts as a measurement of its own, so that chance finds more: two to five times as much "
            "with 30% copies. Were cells merged twice? Give duplicates='drop' or 'weigh'",
            "drop": "They are left out and have no network",
            "weigh": "Each profile counts once, and its copies share its network",
        }
        names = self.cells[np.setdiff1d(np.arange(len(self.of)), self.first)]
        logger.warning(
            "%d of %d cells are exact copies of another cell in both modalities: %s. %s",
            *(self.n, len(self.of), check.listing(names), done[way]),
        )


def _rows(matrix: Any) -> Iterator[bytes]:
    """Each row's numbers; equal numbers give equal bytes."""
    for start in range(0, matrix.shape[0], ROWS_AT_ONCE):
        part = matrix[start : start + ROWS_AT_ONCE]
        if sparse.issparse(part):
            part = sparse.csr_matrix(part, dtype=np.float64)
            part.eliminate_zeros()
            ends = part.indptr
            indices = part.indices.astype(np.int64)
            for a, b in pairwise(ends):
                yield indices[a:b].tobytes() + part.data[a:b].tobytes()
        else:
            for row in np.ascontiguousarray(part, np.float64) + 0.0:  # -0 is 0
                yield row.tobytes()
