"""Blocks of a run as files: whole or not there at all, checked by their sums, read as rows by ranges of cells."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from csmir.inference.blocks import Job, Networks, Rows
from csmir.inference.execute import rows_of, spread, stacked
from csmir.kernels.packed import Packed

TEMPORARY = ".tmp"
# what numpy raises of a file that is not as it was written
BAD = (OSError, ValueError, EOFError, SyntaxError, OverflowError, MemoryError, IndexError, TypeError)


def replace(path: Path, write: Any) -> None:
    """Let `write(file)` fill a file that takes the place of `path` once it is whole and on the disk."""
    temporary = path.with_name(path.name + TEMPORARY)
    with open(temporary, "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def write_block(path: Path, block: Packed) -> None:
    """Write where each cell's entries start, the entries, and a sum over the file's name and all bytes."""
    start = np.append(0, np.cumsum(block.n_per_cell))
    arrays = [start.astype(np.int32 if start[-1] < 2**31 else np.int64), *block[1:]]

    def write(file: Any) -> None:
        total = zlib.crc32(path.name.encode())
        for array in arrays:
            array = np.ascontiguousarray(array)
            np.save(file, array, allow_pickle=False)
            total = zlib.crc32(array.reshape(-1).view(np.uint8).data, total)
        np.save(file, np.array([total], np.uint64), allow_pickle=False)

    replace(path, write)


class BlockFile:
    """A block on disk. Only what is asked for is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fields: list[tuple[int, np.dtype, int]] = []  # where the numbers start, their type, how many
        with open(path, "rb") as file:
            for _ in range(5):
                version = np.lib.format.read_magic(file)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(file)
                self._fields.append((file.tell(), dtype, shape[0]))
                file.seek(shape[0] * dtype.itemsize, os.SEEK_CUR)

    def _read(self, field: int, first: int, last: int) -> np.ndarray:
        offset, dtype, _ = self._fields[field]
        first, last = int(first), int(last)  # small types would overflow below
        with open(self.path, "rb") as file:
            return np.fromfile(file, dtype, last - first, offset=offset + first * dtype.itemsize)

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self._fields[0][2] - 1

    def n_per_cell(self) -> np.ndarray:
        """(cells,) entries of each cell."""
        return np.diff(self._read(0, 0, self.n_cells + 1)).astype(np.int64)

    def rows(self, cells: range) -> Packed:
        """The entries of some cells, with no other cells in the block."""
        start = self._read(0, cells.start, cells.stop + 1)
        return Packed(np.diff(start).astype(np.int64), *(self._read(field, start[0], start[-1]) for field in (1, 2, 3)))

    def whole(self, *, named: bool = True) -> bool:
        """Whether all bytes are as they were written, under this name: it is the number of the block.

        Runs that version 0.1.0 began have sums over the bytes alone: not `named`.
        """
        total = zlib.crc32(self.path.name.encode()) if named else 0
        for field in range(4):
            array = self._read(field, 0, self._fields[field][2])
            total = zlib.crc32(array.view(np.uint8).data, total)
        return self._read(4, 0, 1).tolist() == [total]


def is_whole(path: Path, *, named: bool = True) -> bool | None:
    """Whether the file at `path` is a block as it was written; None where there is no file."""
    try:
        return BlockFile(path).whole(named=named)
    except FileNotFoundError:
        return None
    except BAD:  # cut off, or overwritten by something else
        return False


BYTES_PER_ENTRY = 64  # while rows are put together


class Source:
    """The rows of a job whose blocks are files."""

    def __init__(self, job: Job, files: Sequence[Path], memory: int, n_threads: int | None) -> None:
        self.job, self.n_threads = job, n_threads
        self.blocks = [BlockFile(path) for path in files]
        if job.by_cells:
            self.raw = np.concatenate([block.n_per_cell() for block in self.blocks])
            self.first = np.array([task.start for task in job.tasks])
        else:
            self.raw = sum((b.n_per_cell() for b in self.blocks), np.zeros(job.n_rows, np.int64))
        if job.row_of is not None:  # few rows, which all cells share
            self.raw = np.where(job.row_of >= 0, self.raw[job.row_of], 0)
        self.at_once = max(1, memory // BYTES_PER_ENTRY)

    def read(self, cells: range) -> Networks:
        """Finished rows of some cells."""
        if self.job.row_of is not None:
            return spread(self.shared_rows, self.job.row_of[cells.start : cells.stop])
        return self.job.finish(self._rows(cells), slice(cells.start, cells.stop))

    @cached_property
    def shared_rows(self) -> Networks:
        """All rows, where cells share them."""
        return self.job.finish(self._rows(range(self.job.n_rows)), slice(0, self.job.n_rows))

    def _rows(self, cells: range) -> Rows:
        if not self.job.by_cells:
            return rows_of([b.rows(cells) for b in self.blocks], range(len(cells)), self.job.bucket, self.n_threads)
        if len(cells) == 0:
            return stacked([self.blocks[0].rows(cells)])
        first, last = np.searchsorted(self.first, [cells.start, cells.stop - 1], side="right") - 1
        parts = []
        for b in range(first, last + 1):
            own = self.job.tasks[b]
            lo, hi = max(own.start, cells.start), min(own.stop, cells.stop)
            parts.append(self.blocks[b].rows(range(lo - own.start, hi - own.start)))
        return stacked(parts)

    def spans(self, cells: range) -> Iterator[range]:
        """The cells in ranges that fit the memory, at least one at a time."""
        before = np.append(0, np.cumsum(self.raw[cells.start : cells.stop]))
        at = 0
        while at < len(cells):
            to = int(np.searchsorted(before, before[at] + self.at_once, side="right")) - 1
            to = min(max(to, at + 1), len(cells))
            yield range(cells.start + at, cells.start + to)
            at = to
