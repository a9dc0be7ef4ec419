"""Names that anndata cannot write as columns of a frame, asked before the work."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def refused(names: Iterable[str]) -> list[str]:
    """Those of the names that h5ad and h5mu take for no column: "." and "..", and from anndata 0.13 on any with "/"."""
    names = [str(name) for name in names]
    return [name for name in names if name in (".", "..") or ("/" in name and not _is_taken(name))]


def _is_taken(name: str) -> bool:
    """Whether a column of that name is written and found again."""
    import h5py
    from anndata.io import read_elem, write_elem

    with h5py.File("probe", "w", driver="core", backing_store=False) as file:
        try:
            write_elem(file, "frame", pd.DataFrame({name: [1]}))
            return list(read_elem(file["frame"]).columns) == [name]
        except (ValueError, TypeError, KeyError):
            return False
