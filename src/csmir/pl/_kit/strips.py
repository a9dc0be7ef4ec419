"""Groups of cells as a strip of colours above a raster."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir.pl._kit import style
from csmir.pl._kit.legends import patch


def strip(ax: Any, adata: AnnData, groups: pd.Series) -> list[Any]:
    """A row of coloured squares above the raster, and their legend; none for numbers, which are only sorted by."""
    if pd.api.types.is_numeric_dtype(groups) and not pd.api.types.is_bool_dtype(groups):
        return []
    of = style.category_colours(adata, str(groups.name))
    names = groups.astype("category").astype(str).where(groups.notna(), "none")
    if (names == "none").any():
        of = of | {"none": style.GREY}
    n_rows = ax.get_ylim()[0] + 0.5
    thick = max(0.03 * n_rows, min(0.5, 0.15 * n_rows))
    runs = np.flatnonzero(np.r_[True, names.to_numpy()[1:] != names.to_numpy()[:-1], True])
    for start, stop in pairwise(runs):
        ax.barh(
            -0.5 - 0.8 * thick, stop - start, left=start - 0.5, height=thick, color=of[names.iloc[start]], linewidth=0,
            gid="csmir-strip",
        )  # fmt: skip
    ax.set_ylim(n_rows - 0.5, -0.5 - 1.4 * thick)
    prefix = {name: f"{groups.name} {name}" if name.isdigit() else name for name in of}
    return [patch(prefix[name], colour) for name, colour in of.items() if (names == name).any()]
