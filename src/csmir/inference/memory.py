"""Refuse, with numbers, what would not fit in memory, before hours of work."""

from __future__ import annotations

from csmir._errors import InputError
from csmir.inference.free_memory import available

BYTES_PER_ENTRY = 24  # value, position and support of a stored entry, while the matrix is put together
BYTES_PER_PAIR = 400  # a pair's name and columns, in the networks and in the MuData's index


def refuse_if_too_large(
    n_cells: int, n_pairs: int, *, keep_all: bool, share: float, on_disk: bool = False, free: int | None = None
) -> None:
    """Raise if the networks need more memory than there is; `share` of all (pair, cell) is stored, roughly.

    On a disk, entries take none, but names and columns do.
    """
    free = available() if free is None else free
    share = 0.0 if on_disk else 1.0 if keep_all else share
    needed = int(n_cells * n_pairs * share * BYTES_PER_ENTRY + n_pairs * BYTES_PER_PAIR)
    if free is None or needed <= free:
        return
    advice = ("keep='significant', " if keep_all else "") + ("" if on_disk else "out='run.zarr' (onto the disk), ")
    raise InputError(
        f"Networks of {n_cells:,} cells over {n_pairs:,} pairs need about {needed / 1e9:,.0f} GB of memory; "
        f"{free / 1e9:,.1f} GB are free. Use {advice}a prior (fewer pairs), or fewer cells (cs.pp.pool_cells)."
    )
