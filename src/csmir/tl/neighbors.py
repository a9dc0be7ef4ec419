"""The way from cell-cell similarity of networks to scanpy: a neighbourhood graph."""

from __future__ import annotations

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._networks.distances import MATRIX, NEAREST, by_name, distances


@step
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

    Distances are 1 - similarity, and for expression the scaled distance as it is; the graph and its weights are those
    of :func:`scanpy.pp.neighbors`. Then `sc.tl.leiden(mdata["regulation"], neighbors_key="interactions_neighbors")` and
    `sc.tl.umap` with the same key work on it. Requires :func:`csmir.tl.similarity`.

    Parameters
    ----------
    %(data)s
    on
        `"interactions"`, `"hubs"`, `"modules"` (:func:`csmir.tl.module_similarity`) or `"expression"`.
    n_neighbors
        Neighbours of a cell, itself counted as scanpy does; at most the number of cells.
    seed
        Seed of scanpy's step.
    key_added
        Name of the entry; None names it after `on`: `interactions_neighbors`.
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
        :func:`csmir.tl.similarity` was not run for `on`, or the expression changed since.
    InputError
        Fewer than three cells have a network, or fewer neighbours were kept than are asked for.

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

    import csmir.kernels  # noqa: F401 - a folder for compiled functions where there is none

    check.choice("on", on, MATRIX)
    n_neighbors = check.integer("n_neighbors", n_neighbors, low=2)
    seed = check.seed(seed, bits=32)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    few = MATRIX[on] not in adata.obsp and NEAREST.get(on) in adata.obsp
    values, at = _kept(adata, on) if few else distances(data, adata, on, "neighbors")
    n_known = values.shape[0]
    if n_known < 3:
        raise InputError(f"A graph of neighbours needs at least 3 cells with a network; found {n_known}.")
    if n_neighbors > n_known:
        logger.info("neighbors: n_neighbors=%d is more than the cells; took %d", n_neighbors, n_known)
        n_neighbors = n_known
    if few:
        n_kept = sparse.csr_matrix(values).nnz // n_known
        if n_neighbors - 1 > n_kept:
            raise InputError(
                f"n_neighbors={n_neighbors} needs the {n_neighbors - 1} most similar cells of each, and {n_kept} were "
                f"kept. Run cs.tl.similarity(mdata, on={on!r}, n_neighbors={n_neighbors}) first."
            )
        cells, nearest = AnnData(np.zeros((n_known, 1), np.float32)), _Nearest(values, n_neighbors - 1)
    else:
        from sklearn.neighbors import KNeighborsTransformer

        cells = AnnData(values.astype(np.float32))
        nearest = KNeighborsTransformer(mode="distance", n_neighbors=n_neighbors - 1, metric="precomputed")
    sc.pp.neighbors(cells, n_neighbors=n_neighbors, use_rep="X", transformer=nearest, random_state=seed)
    key = assemble.entry(adata, f"{on}_neighbors" if key_added is None else key_added, kind="neighbors")
    keys = {f"{part}_key": f"{key}_{part}" for part in ("distances", "connectivities")}
    for part in ("distances", "connectivities"):
        adata.obsp[f"{key}_{part}"] = _among_all(cells.obsp[part], at, adata.n_obs)
    # umap looks at the data itself only to place parts of the graph that do not hang together
    params = {"n_neighbors": n_neighbors, "method": "umap", "random_state": seed, "metric": "euclidean", "use_rep": "X"}
    adata.uns[key] = keys | {"params": params}
    _mudata.record(adata, key, kind="neighbors", on=on, n_neighbors=n_neighbors, seed=seed)
    made_of.mark(adata, *(("cells",) if on == "expression" else ("cells", "pairs")), obsp=keys.values(), uns=key)
    return data if copy else None


class _Nearest:
    """Neighbours that are known, in the form in which scanpy asks for them."""

    def __init__(self, similarity: sparse.csr_matrix, n_neighbors: int) -> None:
        self.similarity, self.n_neighbors = similarity, n_neighbors

    def get_params(self, deep: bool = True) -> dict[str, int]:
        return {"n_neighbors": self.n_neighbors}

    def fit_transform(self, _: np.ndarray) -> sparse.csr_matrix:
        """Distances of each cell to itself and to its neighbours, the nearest first."""
        n, k = self.similarity.shape[0], self.n_neighbors
        value = self.similarity.data.reshape(n, -1)
        order = np.argsort(-value, axis=1, kind="stable")[:, :k]
        near = np.take_along_axis(self.similarity.indices.reshape(n, -1), order, axis=1)
        far = 1.0 - np.take_along_axis(value, order, axis=1)
        column = np.hstack([np.arange(n)[:, None], near])
        distance = np.hstack([np.zeros((n, 1)), far]).astype(np.float32)
        return sparse.csr_matrix((distance.ravel(), column.ravel(), np.arange(n + 1) * (k + 1)), shape=(n, n))


def _kept(adata: AnnData, on: str) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Similarities to the nearest cells, among the cells that have any, and where these are, by name."""
    found = sparse.csr_matrix(adata.obsp[NEAREST[on]])
    known = np.diff(found.indptr) > 0
    if not known.all():
        logger.warning("neighbors: %d cells without %s are left out", int((~known).sum()), on)
    at = by_name(adata, known)
    return sparse.csr_matrix(found[at][:, at]), at


def _among_all(graph: sparse.spmatrix, at: np.ndarray, n_cells: int) -> sparse.csr_matrix:
    """The graph over all cells; those left out have no edge, and no cell has one to itself."""
    graph = sparse.coo_matrix(graph)
    other = graph.row != graph.col
    row, col = at[graph.row[other]], at[graph.col[other]]
    return sparse.csr_matrix((graph.data[other], (row, col)), shape=(n_cells, n_cells))
