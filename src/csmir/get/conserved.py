"""Conserved and rewired interactions and hubs as tidy tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first
from csmir.get.edges import CELL

KINDS = ("interactions", "hubs")


@fill
def conserved(data: MuData | AnnData, *, kind: str = "interactions", regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate the conserved interactions or hub miRNAs: those that nearly all cells share.

    Requires :func:`csmir.tl.conservation`, which says how many cells that means.

    Parameters
    ----------
    %(data)s
    kind
        `"interactions"` or `"hubs"`.
    %(regulation)s

    Returns
    -------
    DataFrame `mirna`, `mrna` (interactions only), `n_cells`.

    Raises
    ------
    StepError
        :func:`csmir.tl.conservation` was not run, or without the hubs.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> cs.get.conserved(mdata, regulation="truth").columns.to_list()
    ['mirna', 'mrna', 'n_cells']
    """
    return _table(_mudata.read_regulation(data, regulation), kind, K.CONSERVED).reset_index(drop=True)


@fill
def rewired(data: MuData | AnnData, *, kind: str = "interactions", regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate the rewired interactions or hub miRNAs, those of a single cell, and which cell it is.

    Requires :func:`csmir.tl.conservation`.

    Parameters
    ----------
    %(data)s
    kind
        `"interactions"` or `"hubs"`.
    %(regulation)s

    Returns
    -------
    DataFrame `mirna`, `mrna` (interactions only), `n_cells`, `cell` (categorical). Where
    :func:`csmir.tl.conservation` was told that rewired means up to several cells, one row for each of them.

    Raises
    ------
    StepError
        :func:`csmir.tl.conservation` was not run, or without the hubs.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> cs.get.rewired(mdata, regulation="truth").columns.to_list()
    ['mirna', 'mrna', 'n_cells', 'cell']
    """
    adata = _mudata.read_regulation(data, regulation)
    table = _table(adata, kind, K.REWIRED)
    at = table.index.to_numpy()
    hubs = kind == "hubs"
    present: Any = adata.obsm[K.Obsm.HUB].to_numpy(dtype=bool) if hubs else _mudata.edges(adata).tocsc()
    row, which = present[:, at].nonzero()
    order = np.lexsort((row, which))
    out = table.iloc[which[order]].reset_index(drop=True)
    out[CELL] = pd.Categorical.from_codes(row[order], categories=adata.obs_names.astype(str))
    return out


def _table(adata: AnnData, kind: str, which: str) -> pd.DataFrame:
    """Rows of one class; the index holds their positions among the pairs or miRNAs."""
    check.choice("kind", kind, KINDS)
    if kind == "interactions":
        if K.Var.CONSERVATION not in adata.var:
            raise run_first("Conservation is not there yet", "cs.tl.conservation(mdata)")
        frame = adata.var
        names = [*_mudata.ends(adata), K.Var.N_CELLS]
    else:
        tables = adata.uns.get(K.UNS, {})
        if K.Table.HUB_CONSERVATION not in tables:
            raise run_first("Conservation of hubs is not there yet", "cs.tl.hubs(mdata)", "cs.tl.conservation(mdata)")
        frame = tables[K.Table.HUB_CONSERVATION]
        names = [_networks.source_kind(adata), K.Var.N_CELLS]
    among = np.flatnonzero(frame[K.Var.CONSERVATION] == which)
    out = frame.iloc[among][names]
    return out.set_axis(among)
