"""The hub miRNAs as a tidy table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir._docs import fill
from csmir._errors import run_first
from csmir.get.edges import CELL


@fill
def hubs(
    data: MuData | AnnData, *, cell: str | Iterable[str] | None = None, regulation: str = K.REGULATION
) -> pd.DataFrame:
    """Tabulate the hub miRNAs of one, some or all cells, those with the most targets first.

    Requires :func:`csmir.tl.hubs`.

    Parameters
    ----------
    %(data)s
    cell
        Only the hubs of these cells (a name or several); None takes all.
    %(regulation)s

    Returns
    -------
    DataFrame `cell`, `mirna` (both categorical), `out_degree` (int32). A cell with an empty network has no row.

    Raises
    ------
    StepError
        :func:`csmir.tl.hubs` was not run.
    InputError
        There is no such cell.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> cs.get.hubs(mdata, regulation="truth").columns.to_list()
    ['cell', 'mirna', 'out_degree']
    """
    adata = _mudata.read_regulation(data, regulation)
    if K.Obsm.HUB not in adata.obsm or K.Obsm.OUT_DEGREE not in adata.obsm:
        raise run_first("Hub miRNAs are not there yet", "cs.tl.hubs(mdata)")
    rows = _networks.cell_positions(adata, cell)
    is_hub = adata.obsm[K.Obsm.HUB]
    degree = adata.obsm[K.Obsm.OUT_DEGREE].to_numpy()[rows]
    row, column = np.nonzero(is_hub.to_numpy(dtype=bool)[rows])
    degree = degree[row, column]
    order = np.lexsort((column, -degree, row))
    return pd.DataFrame({
        CELL: pd.Categorical.from_codes(row[order], categories=adata.obs_names[rows].astype(str)),
        _networks.source_kind(adata): pd.Categorical.from_codes(column[order], categories=is_hub.columns.astype(str)),
        "out_degree": degree[order],
    })  # fmt: skip
