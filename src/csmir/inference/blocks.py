"""An inference as blocks of pairs that know nothing of each other: in this process, in others, or onto a disk.

An engine (`statistics.csn`, `statistics.exact`, ...) makes a `Job`. `block(shared, part)` is a function of a module, so
that it can be called in another process; `shared` goes there once, a `part` holds its own pairs and their mRNAs. What
blocks bring is put together to the rows of cells, and rows are finished to `Networks`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from csmir.inference.pairs import Pairs
from csmir.inference.threads import run_blocks, thread_count
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.kernels.fdr import PairSums

T = TypeVar("T")
BYTES_PER_ENTRY = 40  # of a block that is being put in order
ENTRIES_AT_ONCE = 1 << 19  # of whole rows that are finished at once: some 100 bytes each


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


def stacked(blocks: Sequence[Packed]) -> Rows:
    """The rows of blocks of cells, one below the other."""
    n_per_cell, pair, value, extra = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    indptr = np.append(0, np.cumsum(n_per_cell))
    index_type = index_type_of(indptr[-1], 0) if pair.dtype == np.int32 else np.int64
    return Rows(indptr.astype(index_type), pair.astype(index_type, copy=False), value, extra)


def index_type_of(n_entries: int, n_pairs: int) -> type:
    """Type of positions, as scipy would choose."""
    return np.int32 if max(n_entries, n_pairs) < 2**31 else np.int64


def rows_of(blocks: Sequence[Packed], cells: range, bucket: np.ndarray, n_threads: int | None) -> Rows:
    """The rows of some cells, out of blocks that hold all cells; each thread puts some of them together."""
    from csmir.kernels.sparse_rows import assemble

    n_per_cell = np.zeros(len(cells), np.int64)
    starts = np.zeros(len(blocks), np.int64)
    for b, block in enumerate(blocks):
        n_per_cell += block.n_per_cell[cells.start : cells.stop]
        starts[b] = block.n_per_cell[: cells.start].sum()
    indptr = np.append(0, np.cumsum(n_per_cell))
    index_type = index_type_of(indptr[-1], len(bucket))
    rows = Rows(
        indptr.astype(index_type),
        np.empty(indptr[-1], index_type),
        np.empty(indptr[-1], np.float32),
        np.empty(indptr[-1], blocks[0].extra.dtype if len(blocks) else np.uint8),
    )
    # as many cells for each thread as hold its share of the entries
    cuts = np.searchsorted(indptr, np.linspace(0, indptr[-1], thread_count(n_threads) + 1)[1:-1])
    bounds = np.unique(np.concatenate([[0], cuts, [len(cells)]])) + cells.start

    def work(some: range) -> None:
        skipped = [block.n_per_cell[cells.start : some.start].sum() for block in blocks]
        first, last = some.start - cells.start, some.stop - cells.start
        assemble(blocks, starts + np.array(skipped, np.int64), some, bucket, indptr[first : last + 1], *rows[1:])

    spans = [range(a, b) for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    for _ in run_blocks(work, spans, n_threads=n_threads, desc="", progress=False):
        pass
    return rows


def spans(n_per_row: np.ndarray, at_once: int = ENTRIES_AT_ONCE) -> Iterator[range]:
    """All rows, in ranges of so many entries or of one row."""
    before = np.append(0, np.cumsum(n_per_row))
    start = 0
    while start < len(n_per_row) or start == 0:
        stop = int(np.searchsorted(before, before[start] + at_once, side="right")) - 1
        stop = min(max(stop, start + 1), len(n_per_row))
        yield range(start, stop)
        start = max(stop, 1)


def joined(parts: Sequence[Networks]) -> Networks:
    """Networks of ranges of rows, one below the other; the evidence of pairs is added up."""
    if len(parts) == 1:
        return parts[0]
    n_per_row = np.concatenate([np.diff(part.indptr) for part in parts])
    indptr = np.append(0, np.cumsum(n_per_row, dtype=np.int64))
    index_type = index_type_of(indptr[-1], 0) if parts[0].indices.dtype == np.int32 else np.int64
    sums = parts[0].sums
    for part in parts[1:]:
        sums = sums if sums is None or part.sums is None else sums.more(part.sums)
    return Networks(
        indptr.astype(index_type),
        np.concatenate([part.indices for part in parts]).astype(index_type, copy=False),
        np.concatenate([part.value for part in parts]),
        {name: np.concatenate([part.layers[name] for part in parts]) for name in parts[0].layers},
        sums,
    )


def spread(networks: Networks, row_of: np.ndarray) -> Networks:
    """A row for each cell, from the rows that cells share; empty for cells without one."""
    indptr, at = spread_rows(networks.indptr, row_of)
    layers = {name: values[at] for name, values in networks.layers.items()}
    index_type = index_type_of(indptr[-1], 0) if networks.indices.dtype == np.int32 else np.int64
    indices = networks.indices[at].astype(index_type, copy=False)
    return Networks(indptr.astype(index_type), indices, networks.value[at], layers, networks.sums)


def spread_rows(indptr: np.ndarray, row_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the row of each cell starts, and which entries it has."""
    n = np.where(row_of >= 0, np.diff(indptr)[row_of], 0)
    starts = np.append(0, np.cumsum(n))
    at = np.arange(starts[-1]) + np.repeat(np.asarray(indptr, np.int64)[row_of] - starts[:-1], n)
    return starts, at


class Networks(NamedTuple):
    """One CSR pattern, cells x pairs, and the values on it."""

    indptr: np.ndarray
    indices: np.ndarray
    value: np.ndarray  # float32
    layers: dict[str, np.ndarray]  # each with one entry per stored value
    sums: PairSums | None = None  # evidence of each pair over all rows, where the statistic gives it


def over_cutoff(above: np.ndarray, n_runs: int, median: np.ndarray, cutoff: float) -> np.ndarray:
    """Whether the median over the runs is over the cutoff: by the count of runs, and by value where that is even."""
    return (2 * above.astype(np.int64) > n_runs) | ((2 * above.astype(np.int64) == n_runs) & (median > cutoff))
