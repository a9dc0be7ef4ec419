"""The way from cell-cell similarity of networks to scanpy: a neighbourhood graph."""

from __future__ import annotations

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir.tl._distances import MATRIX, distances


@fill
def neighbors(
    data: MuData | AnnData,
    on: str = "interactions",
    *,
    n_neighbors: int = 15,
    seed: int = 0,
    key_added: str | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    """Join every cell to the cells with the most similar networks, so that scanpy clusters and draws them.

    Distances are 1 - similarity for interactions and hubs, and the scaled expression distance as it is; the graph and
    its weights are those of :func:`scanpy.pp.neighbors`. Then `sc.tl.leiden(mdata["regulation"],
    neighbors_key="interactions_neighbors")` and `sc.tl.umap` with the same key work on it. Requires
    :func:`csmir.tl.similarity`.

    Parameters
    ----------
    %(data)s
    on
        `"interactions"`, `"hubs"` or `"expression"`.
    n_neighbors
        Neighbours of a cell, itself counted as scanpy does; at most the number of cells.
    seed
        Seed of scanpy's step.
    key_added
        Name of the entry; None names it `interactions_neighbors`, `hubs_neighbors` or `expression_neighbors`.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`: `.obsp[key + "_distances"]` and `.obsp[key + "_connectivities"]` (CSR, cells x
    cells) and `.uns[key]`, the entry that scanpy reads. A cell without similarity (an empty network) has no
    neighbours: leiden gives it a cluster of its own, umap a place without meaning.

    Raises
    ------
    StepError
        :func:`csmir.tl.similarity` was not run for `on`.
    InputError
        Fewer than three cells have a network.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.neighbors(mdata, n_neighbors=5, regulation="truth")
    >>> sorted(mdata["truth"].uns["interactions_neighbors"])
    ['connectivities_key', 'distances_key', 'params']

    References
    ----------
    McInnes L et al. (2018), UMAP, arXiv:1802.03426. Wolf FA et al. (2018), Genome Biology 19:15.
    """
    import scanpy as sc
    from sklearn.neighbors import KNeighborsTransformer

    check.choice("on", on, MATRIX)
    n_neighbors = check.integer("n_neighbors", n_neighbors, low=2)
    seed = check.integer("seed", seed, low=0)
    data = _mudata.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    square, known = distances(adata, on, "neighbors")
    if len(square) < 3:
        raise InputError(f"A graph of neighbours needs at least 3 cells with a network; found {len(square)}.")
    if n_neighbors > len(square):
        logger.info("neighbors: n_neighbors=%d is more than the cells; took %d", n_neighbors, len(square))
        n_neighbors = len(square)
    cells = AnnData(square.astype(np.float32))
    nearest = KNeighborsTransformer(mode="distance", n_neighbors=n_neighbors - 1, metric="precomputed")
    sc.pp.neighbors(cells, n_neighbors=n_neighbors, use_rep="X", transformer=nearest, random_state=seed)
    key = key_added or f"{on}_neighbors"
    keys = {}
    for part in ("distances", "connectivities"):
        keys[f"{part}_key"] = f"{key}_{part}"
        adata.obsp[f"{key}_{part}"] = _among_all(cells.obsp[part], known)
    # umap looks at the data itself only to place parts of the graph that do not hang together
    params = {"n_neighbors": n_neighbors, "method": "umap", "random_state": seed, "metric": "euclidean", "use_rep": "X"}
    adata.uns[key] = keys | {"params": params}
    _mudata.record(adata, key, kind="neighbors", on=on, n_neighbors=n_neighbors, seed=seed)
    return data if copy else None


def _among_all(graph: sparse.spmatrix, known: np.ndarray) -> sparse.csr_matrix:
    """The graph over all cells; those left out have no edge, and no cell has one to itself."""
    at = np.flatnonzero(known)
    graph = sparse.coo_matrix(graph)
    other = graph.row != graph.col
    row, col = at[graph.row[other]], at[graph.col[other]]
    return sparse.csr_matrix((graph.data[other], (row, col)), shape=(len(known), len(known)))
