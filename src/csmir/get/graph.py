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
from csmir.get.edges import edges

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

KIND = "kind"


@fill
def graph(
    data: MuData | AnnData, cell: str, *, q_pair: float | None = None, regulation: str = K.REGULATION
) -> nx.Graph:
    """Build the network of one cell as a directed graph from miRNAs to their targets.

    Nodes are the miRNAs and mRNAs that have an edge in this cell, with the attribute `kind` ("mirna" or "mrna"). Edges
    carry the value (`z`) and each layer, such as `support`, as attributes: `weight="z"` makes networkx use them.

    Networks among miRNAs (synergy) or among mRNAs (sponges) have no direction and make undirected graphs.

    Parameters
    ----------
    %(data)s
    cell
        Name of the cell.
    %(q_pair)s
    %(regulation)s

    Returns
    -------
    A :class:`networkx.DiGraph` (or :class:`networkx.Graph`) with the cell's name as its `name`.

    Raises
    ------
    StepError
        There are no networks yet, or `q_pair` is given and they have no q-values of pairs.
    InputError
        There is no such cell, a miRNA and an mRNA have one name, or `q_pair` is outside (0, 1].

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
    return from_edges(edges(_mudata.read_regulation(data, regulation), cell=cell, q_pair=q_pair), name=cell)


def from_edges(frame: pd.DataFrame, name: str) -> nx.Graph:
    """The graph of a table that `edges` made: its second and third column are the ends."""
    import networkx as nx

    ends = frame.columns[1:3]
    directed = tuple(ends) == (K.Var.MIRNA, K.Var.MRNA)
    out: nx.Graph = nx.DiGraph(name=name) if directed else nx.Graph(name=name)
    sources, targets = (frame[end].astype(str).tolist() for end in ends)
    both = set(sources) & set(targets)
    if both and directed:
        raise InputError(
            f"{check.listing(sorted(both))} are names of a miRNA and of an mRNA at once, so a graph would merge them. "
            "Rename them."
        )
    for end, names in zip(ends, (sources, targets), strict=True):
        out.add_nodes_from(dict.fromkeys(names), **{KIND: K.Var.MRNA if end.startswith(K.Var.MRNA) else K.Var.MIRNA})
    attributes = list(frame.columns[3:])
    values = zip(*(frame[c].tolist() for c in attributes), strict=True)
    out.add_edges_from(
        (s, t, dict(zip(attributes, v, strict=True))) for s, t, v in zip(sources, targets, values, strict=True)
    )
    return out
