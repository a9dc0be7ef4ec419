"""The crosstalk graph of the cells, as a table and as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first
from csmir.get.edges import CELL

if TYPE_CHECKING:
    import networkx as nx

KINDS = ("interactions", "hubs")


@fill
def crosstalk(data: MuData | AnnData, on: str = "interactions", *, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate the cells of the crosstalk graph: how many cells each is joined to, hub or not, and its module.

    Requires :func:`csmir.tl.crosstalk`.

    Parameters
    ----------
    %(data)s
    on
        The graph by `"interactions"` or by `"hubs"`.
    %(regulation)s

    Returns
    -------
    DataFrame `cell` (categorical), `degree` (int32), `hub_cell` (bool), `module` (categorical), one row for each cell.

    Raises
    ------
    StepError
        :func:`csmir.tl.crosstalk` was not run for `on`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.crosstalk(mdata, regulation="truth")
    >>> cs.get.crosstalk(mdata, regulation="truth").columns.to_list()
    ['cell', 'degree', 'hub_cell', 'module']
    """
    adata, end = _found(data, on, regulation)
    return pd.DataFrame({
        CELL: pd.Categorical(adata.obs_names, categories=adata.obs_names),
        "degree": adata.obs[K.Obs.CROSSTALK_DEGREE + end].to_numpy(),
        "hub_cell": adata.obs[K.Obs.HUB_CELL + end].to_numpy(),
        "module": adata.obs[K.Obs.CROSSTALK_MODULE + end].array,
    })  # fmt: skip


@fill
def crosstalk_graph(data: MuData | AnnData, on: str = "interactions", *, regulation: str = K.REGULATION) -> nx.Graph:
    """Build the crosstalk graph of the cells.

    Requires :func:`csmir.tl.crosstalk`.

    Parameters
    ----------
    %(data)s
    on
        The graph by `"interactions"` or by `"hubs"`.
    %(regulation)s

    Returns
    -------
    :class:`networkx.Graph` of all cells. Nodes carry `hub_cell` (bool) and `module` (text, "" for none), edges the
    `similarity` that joined them. The graph itself is unweighted.

    Raises
    ------
    StepError
        :func:`csmir.tl.crosstalk` was not run for `on`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.crosstalk(mdata, regulation="truth")
    >>> cs.get.crosstalk_graph(mdata, regulation="truth").number_of_nodes()
    30
    """
    import networkx as nx

    adata, end = _found(data, on, regulation)
    cells = crosstalk(adata, on)
    out: nx.Graph = nx.Graph()
    module = cells["module"].astype(object).where(cells["module"].notna(), "")
    for cell, hub, part in zip(cells[CELL], cells["hub_cell"].tolist(), module, strict=True):
        out.add_node(str(cell), hub_cell=hub, module=str(part))
    joined = sparse.triu(sparse.csr_matrix(adata.obsp[K.Obsp.CROSSTALK + end])).tocoo()
    matrix = _mudata.dense(adata.obsp[K.Obsp.HUBS if on == "hubs" else K.Obsp.INTERACTIONS])
    names = adata.obs_names.astype(str)
    values = matrix[joined.row, joined.col].tolist()
    for i, j, value in zip(joined.row, joined.col, values, strict=True):
        out.add_edge(names[i], names[j], similarity=value)
    return out


def _found(data: MuData | AnnData, on: str, regulation: str) -> tuple[AnnData, str]:
    """The networks, and the ending of the graph's names."""
    check.choice("on", on, KINDS)
    adata = _mudata.read_regulation(data, regulation)
    end = "" if on == "interactions" else f"_{on}"
    if K.Obsp.CROSSTALK + end not in adata.obsp:
        raise run_first(f"There is no crosstalk graph by {on} yet", f"cs.tl.crosstalk(mdata, {on!r})")
    return adata, end
