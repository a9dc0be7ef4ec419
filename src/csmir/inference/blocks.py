"""An inference as blocks of pairs that know nothing of each other, to be computed here, by others, or onto a disk.

An engine (`statistics.csn`, `statistics.exact`, ...) makes a `Job`. `block(shared, part)` is a function of a module, so
that it can be called in another process; `shared` goes there once, a `part` holds its own pairs and their mRNAs.
`execute.py` computes the blocks and puts what they bring together to the rows of cells; `finish` makes them `Networks`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from csmir.inference.pairs import Pairs
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.kernels.fdr import PairSums

T = TypeVar("T")
SMALLEST_P = 1e-300  # that is told from others
BYTES_PER_ENTRY = 40  # of a block that is being put in order


class Tile(NamedTuple):
    """A block of pairs: those of some miRNAs with some mRNAs, given as ranges of positions."""

    x: range
    y: range


class Part(NamedTuple):
    """What a block needs beside what all share."""

    x: range  # its tile of miRNAs
    at: np.ndarray  # (pairs,) positions among all pairs
    pair_x: np.ndarray  # (pairs,) miRNA of each, as a position in the data
    pair_y: np.ndarray  # (pairs,) mRNA of each, as a row of `y`
    y: np.ndarray  # (genes, cells) values of its mRNAs
    genes: np.ndarray  # (genes,) their positions in the data


class Shared:
    """What the blocks of a job have in common. What a process makes of it for itself does not travel."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.lock = threading.Lock()
        self.own = threading.local()  # memory that a thread fills for block after block
        self._made: tuple[Hashable, Any] = (None, None)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` makes for `key`, made by whoever asks first and kept until another key is asked for."""
        with self.lock:
            if self._made[0] != key:
                self._made = (None, None)
                self._made = (key, make())
            return self._made[1]

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("lock", "own", "_made")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()


class Job(NamedTuple):
    """One inference. A block brings the pairs of each cell and miRNA in ascending order, and so do the tasks."""

    block: Callable[[Any, Any], Packed]
    shared: Any
    tasks: Sequence[Any]
    part: Callable[[Any], Any]  # what `block` needs for a task; runs here, where the data are
    finish: Callable[[Rows, slice], Networks]  # of whole rows: those of the cells of the slice
    n_cells: int
    bucket: np.ndarray  # (pairs,) ascending: the miRNA of each pair
    by_cells: bool = False  # tasks are ranges of cells, one after the other, and a block has no other cells
    row_of: np.ndarray | None = None  # (cells,) the row of each cell where cells share rows, -1 for none

    @property
    def n_rows(self) -> int:
        """Rows that blocks and `finish` speak of."""
        return self.n_cells if self.row_of is None else int(self.row_of.max(initial=-1)) + 1


def part_of(tile: Tile, pairs: Pairs, mrna: Any) -> Part:
    """Pairs and values of a tile; `mrna[genes]` gives (genes, cells)."""
    at = pairs.tile(tile.x, tile.y)
    genes, pair_y = np.unique(pairs.mrna[at], return_inverse=True)
    if len(pairs) < 2**31:
        at = at.astype(np.int32)
    return Part(tile.x, at, pairs.mirna[at], pair_y, mrna[genes], genes)


def tiles(pairs: Pairs, x_at_once: int, y_at_once: int, pairs_at_once: int) -> list[Tile]:
    """Tiles of at most so many miRNAs and mRNAs that have pairs, and of so many pairs unless one mRNA has more."""
    used_x = np.unique(pairs.mirna)
    out = []
    for x in _ranges(used_x, np.arange(0, len(used_x), x_at_once)):
        first, last = np.searchsorted(pairs.mirna, [x.start, x.stop])
        n_of_y = np.bincount(pairs.mrna[first:last], minlength=pairs.n_mrnas)
        used_y = np.flatnonzero(n_of_y)
        starts, held = [0], 0
        for i, n in enumerate(n_of_y[used_y].tolist()):
            if i - starts[-1] == y_at_once or (held and held + n > pairs_at_once):
                starts.append(i)
                held = 0
            held += n
        out += [Tile(x, y) for y in _ranges(used_y, np.array(starts))]
    return out


def _ranges(used: np.ndarray, starts: np.ndarray) -> list[range]:
    """Ranges of positions that begin at these of the used ones."""
    if len(used) == 0:
        return []
    first = used[starts].tolist()
    return [range(a, b) for a, b in zip(first, [*first[1:], int(used[-1]) + 1], strict=True)]


class Rows(NamedTuple):
    """Stored entries of some cells: CSR rows, and a second number beside each value."""

    indptr: np.ndarray
    indices: np.ndarray
    value: np.ndarray  # float32
    extra: np.ndarray


def index_type_of(n_entries: int, n_pairs: int) -> type:
    """Type of positions, as scipy would choose."""
    return np.int32 if max(n_entries, n_pairs) < 2**31 else np.int64


def neg_log10(p: np.ndarray) -> np.ndarray:
    """-log10 p, float32, at most 300."""
    return -np.log10(np.clip(p, SMALLEST_P, 1)).astype(np.float32)


class Networks(NamedTuple):
    """One CSR pattern, cells x pairs, and the values on it."""

    indptr: np.ndarray
    indices: np.ndarray
    value: np.ndarray  # float32
    layers: dict[str, np.ndarray]  # each with one entry per stored value
    sums: PairSums | None = None  # evidence of each pair over all rows, where the statistic gives it
