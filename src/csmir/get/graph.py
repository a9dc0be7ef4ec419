"""One cell's network as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.get.edges import CELL, edges

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

KIND = "kind"


@fill
def graph(data: MuData | AnnData, cell: str, *, regulation: str = K.REGULATION) -> nx.DiGraph:
    """Build the network of one cell as a directed graph from miRNAs to their targets.

    Nodes are the miRNAs and mRNAs that have an edge in this cell, with the attribute `kind` ("mirna" or "mrna"). Edges
    carry the value (`z`) and each layer, such as `support`, as attributes: `weight="z"` makes networkx use them.

    Parameters
    ----------
    %(data)s
    cell
        Name of the cell.
    %(regulation)s

    Returns
    -------
    :class:`networkx.DiGraph` with the cell's name as its `name`.

    Raises
    ------
    StepError
        There are no networks yet.
    InputError
        There is no such cell, or a miRNA and an mRNA have one name.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> network = cs.get.graph(mdata, mdata.obs_names[0], regulation="truth")
    >>> network.is_directed()
    True
    """
    if not isinstance(cell, str):
        raise InputError(f"`cell` must be the name of one cell; found {cell!r}. For several, see cs.get.edges.")
    return from_edges(edges(_mudata.regulation(data, regulation), cell=cell), name=cell)


def from_edges(frame: pd.DataFrame, name: str) -> nx.DiGraph:
    """The graph of a table that `edges` made."""
    import networkx as nx

    out: nx.DiGraph = nx.DiGraph(name=name)
    sources, targets = frame[K.Var.MIRNA].astype(str).tolist(), frame[K.Var.MRNA].astype(str).tolist()
    both = set(sources) & set(targets)
    if both:
        raise InputError(
            f"{check.listing(sorted(both))} are names of a miRNA and of an mRNA at once, so a graph would merge them. "
            "Rename them."
        )
    out.add_nodes_from(dict.fromkeys(sources), **{KIND: "mirna"})
    out.add_nodes_from(dict.fromkeys(targets), **{KIND: "mrna"})
    attributes = [c for c in frame.columns if c not in (CELL, K.Var.MIRNA, K.Var.MRNA)]
    values = zip(*(frame[c].tolist() for c in attributes), strict=True)
    out.add_edges_from(
        (s, t, dict(zip(attributes, v, strict=True))) for s, t, v in zip(sources, targets, values, strict=True)
    )
    return out
