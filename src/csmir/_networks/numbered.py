"""Groups of cells that a step made, numbered so that the order of the cells does not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd


def by_size(codes: np.ndarray, cells: pd.Index, *, smallest: int = 1) -> pd.Categorical[str]:
    """Groups "1", "2", ... from the largest on, equally large ones in the order of their first name.

    `codes` (cells,) say who is together, -1 for a cell in no group; groups of fewer cells than `smallest` are none.
    """
    found = pd.DataFrame({"cell": cells.to_numpy(dtype=object)}).groupby(codes)["cell"].agg(["size", "min"])
    found = found[(found.index >= 0) & (found["size"] >= smallest)]
    found = found.sort_values(["size", "min"], ascending=[False, True])
    names = pd.Index([str(i + 1) for i in range(len(found))], dtype=str)
    return pd.Categorical.from_codes(found.index.get_indexer(pd.Index(codes)), categories=names)
