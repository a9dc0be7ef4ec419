"""Expression as matrices or as it is stored, read some features at a time; and which values say "not detected"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger

if TYPE_CHECKING:
    from csmir.inference.options import Request

Matrix = Any  # (features, cells) float64, or `Stored`
FEATURES_AT_ONCE = 256

# a smallest value that this share of a matrix has stands for "not detected"; measurements do not repeat so often
RECURS = 0.01


class Stored:
    """A matrix cells x features as it is stored, read some features at a time: what is sparse stays so."""

    def __init__(self, name: str, values: Any, *, negative: bool = False) -> None:
        values = values.tocsc() if sparse.issparse(values) else _mudata.dense(values)
        entries = values.data if sparse.issparse(values) else values
        check.finite_numbers(f"The {name} matrix", entries, negative=negative)
        self.values = values
        # ranks and boxes are the same over 0, where nothing is taken for "not detected" any more
        self.shift = shift_of(f"The {name} matrix", entries) if negative else 0.0
        self.floor = stored_floor(values) if not self.shift else 0.0

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.values.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Features and cells, as of an array that is indexed by features."""
        return int(self.values.shape[1]), self.n_cells

    def __len__(self) -> int:
        return self.shape[0]

    def take(self, order: np.ndarray) -> Stored:
        """The cells in another order."""
        out = object.__new__(Stored)
        out.values, out.floor, out.shift = self.values[order], self.floor, self.shift
        return out

    def block(self, features: np.ndarray) -> np.ndarray:
        """(features, cells) float64."""
        if sparse.issparse(self.values):
            out = np.ascontiguousarray(self.values[:, features].toarray(order="F").T, dtype=np.float64)
        else:
            from csmir.kernels.sparse_rows import features_first

            out = features_first(self.values, features)
        return out + self.shift if self.shift else out

    __getitem__ = block

    def bits(self) -> np.ndarray:
        """(cells, words) uint64: whether a gene that varies is detected, 64 genes a word."""
        from csmir.kernels.local_candidates import pack_genes

        words = []
        for first in range(0, len(self), FEATURES_AT_ONCE):
            values = self.block(np.arange(first, min(first + FEATURES_AT_ONCE, len(self))))
            varies = values.min(axis=1, keepdims=True) < values.max(axis=1, keepdims=True)
            words.append(pack_genes((values > self.floor) & varies))
        return np.concatenate(words, axis=1)

    def seen(self) -> np.ndarray:
        """(features, cells) whether a gene is detected."""
        out = np.empty(self.shape, bool)
        for first in range(0, len(self), FEATURES_AT_ONCE):
            part = np.arange(first, min(first + FEATURES_AT_ONCE, len(self)))
            out[part] = self.block(part) > self.floor
        return out


def matrices(data: _mudata.Paired, *, negative: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Both matrices, features x cells, float64, checked."""
    from csmir.kernels.sparse_rows import features_first

    out = []
    for name, values in (("The miRNA matrix", data.mirna), ("The mRNA matrix", data.mrna)):
        v = check.finite_matrix(name, _mudata.dense(values), negative=negative)
        v = features_first(v, np.arange(v.shape[1]))
        out.append(v + shift_of(name, v) if negative else v)
    return out[0], out[1]


def shift_of(name: str, values: np.ndarray) -> float:
    """What brings corrected values over 0, where no value means "not detected": 0 if none is negative."""
    smallest = float(values.min()) if values.size else 0.0
    if smallest >= 0:
        return 0.0
    logger.info("%s holds negative values: taken for corrected ones, of which every one counts as detected", name)
    return 1.0 - smallest


def readable(data: _mudata.Paired, request: Request) -> tuple[Matrix, Matrix]:
    """Both matrices as the statistic of this request reads them."""
    from csmir.kernels.pseudo_cells import MAX_CELLS

    n_cells = len(data.cells)
    n_bytes = 8 * n_cells * (len(data.mirna_names) + len(data.mrna_names))
    large = n_bytes > request.memory or sparse.issparse(data.mrna)
    if request.of.reads_blocks or request.near or (large and n_cells > MAX_CELLS):
        own = {"negative": request.of.takes_negative}
        return Stored("miRNA", data.mirna, **own), Stored("mRNA", data.mrna, **own)
    return matrices(data, negative=request.of.takes_negative)


def reordered(values: Matrix, order: np.ndarray) -> Matrix:
    """The same matrix with its cells in another order."""
    return values.take(order) if isinstance(values, Stored) else np.ascontiguousarray(values[:, order])


def seen(values: Matrix) -> np.ndarray:
    """(features, cells) whether a gene is detected."""
    return values.seen() if isinstance(values, Stored) else values > detection_floor(values)


def detection_floor(values: np.ndarray) -> float:
    """Largest value that means not detected: 0, or the matrix' smallest value where it recurs all over it.

    An undetected miRNA of the K562 half-cells is 1e-4 of the reads, not 0.
    """
    smallest = float(values.min()) if values.size else 0.0
    if smallest < 0:  # corrected values
        return -np.inf
    return smallest if smallest > 0 and (values == smallest).mean() >= RECURS else 0.0


def stored_floor(values: Any) -> float:
    """The same of a matrix that may be sparse; one that holds zeros needs no floor."""
    if not sparse.issparse(values):
        return detection_floor(values)
    if values.nnz and values.data.min() < 0:
        return -np.inf
    return detection_floor(values.data) if values.nnz == values.shape[0] * values.shape[1] else 0.0


def by_columns(values: Any, read: Any) -> Any:
    """Sparse `values` as the statistic reads them, column by column; others as they are."""
    return read.values if isinstance(read, Stored) and sparse.issparse(read.values) else values


def n_detected(stored: Any, floor: float) -> np.ndarray:
    """How many cells detect each gene of cells x genes."""
    if not sparse.issparse(stored):
        return (stored > floor).sum(axis=0)
    if stored.format != "csc" or (len(stored.data) and stored.data.min() <= floor):
        return np.asarray((stored > floor).sum(axis=0)).ravel()
    return np.diff(stored.indptr)


def most_detected(stored: Any, n_genes: int, some: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, float]:
    """The genes of cells x genes that the most cells detect, ascending, dense genes x cells (or `some`), the floor."""
    stored = stored if sparse.issparse(stored) else _mudata.dense(stored)
    floor = stored_floor(stored)
    if floor < 0:
        stored = _mudata.dense(stored)
    share = n_detected(stored, floor)
    genes = np.sort(np.argsort(-share, kind="stable")[:n_genes])
    chosen = (stored if some is None else stored[some])[:, genes]
    return genes, np.ascontiguousarray(_mudata.dense(chosen).T, dtype=np.float64), floor


def blocks_of(stored: Any, genes: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """What reads some of `genes` (by position among them) of cells x genes: dense, genes x cells."""
    chosen = stored[:, genes].tocsc() if sparse.issparse(stored) else _mudata.dense(stored)

    def read(part: np.ndarray) -> np.ndarray:
        columns = chosen[:, part] if sparse.issparse(chosen) else chosen[:, genes[part]]
        return np.ascontiguousarray(_mudata.dense(columns).T, dtype=np.float64)

    return read
