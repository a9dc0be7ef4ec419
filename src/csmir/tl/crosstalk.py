"""Which cells regulate alike: the crosstalk graph of the cells, its hubs and its modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._networks import numbered
from csmir._networks.distances import MATRIX, NEAREST, stored
from csmir.tl.hubs import TIES

KINDS = ("interactions", "hubs")


@step
def crosstalk(
    data: MuData | AnnData,
    on: str | Iterable[str] = "interactions",
    *,
    cutoff: float | str = "median",
    hub_fraction: float = 0.2,
    ties: str = "name",
    min_size: int = 3,
    inflation: float = 2.0,
    max_iter: int = 100,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Join the cells whose networks are alike, and find the hub cells and the modules of cells in that graph.

    Two cells are joined if their similarity is above the cutoff: the median over all pairs of different cells, or a
    value of yours. Edges have no weight. *Hub cells* are the first :math:`\lceil f n \rceil` by decreasing number of
    edges, n being the number of cells that have any. *Modules* are the clusters of at least `min_size` cells that
    Markov clustering finds: random walks on the graph, each cell with a loop, are spread (expansion 2) and sharpened
    (inflation) in turn until they settle. Requires :func:`csmir.tl.similarity`.

    Parameters
    ----------
    %(data)s
    on
        Join cells by their `"interactions"`, by their `"hubs"`, or both, a graph for each.
    cutoff
        `"median"`, or a similarity between 0 and 1 that joined cells exceed.
    hub_fraction
        Share of the cells with edges that are hub cells, in (0, 1].
    ties
        Which of the cells that tie at the cut are hub cells: the alphabetically first (`"name"`), the last in order
        (`"reference"`) or `"all"` of them.
    min_size
        Smallest number of cells in a module.
    inflation
        Inflation of Markov clustering, above 1; more gives smaller modules.
    max_iter
        Most rounds of expansion and inflation.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`; for hubs all names end in `_hubs`:

    - `.obsp["crosstalk"]`: CSR bool, symmetric, nothing on the diagonal;
    - `.obs["crosstalk_degree"]`: int32, cells it is joined to;
    - `.obs["hub_cell"]`: bool;
    - `.obs["crosstalk_module"]`: categorical "1", "2", ... by decreasing size, then by the cells' names; none for
      cells in no module;
    - `.uns["csmir"]["crosstalk"]`: the parameters, and in `cutoff_value` the similarity that was the cutoff (NaN if
      no two cells can be compared).

    A cell with an empty network has no similarity, is in no pair of the median, and is joined to nothing. Where
    all pairs are equally similar (identical cells) none is above the median: the graph has no edges, which is logged.
    Markov clustering of thousands of cells that are all a little alike is the long part of it: a higher cutoff, more
    inflation or pooled cells (:func:`csmir.pp.pool_cells`) shorten it.
    Markov clustering is exact for up to 400 cells; with more, only the 400 strongest flows of each are followed.

    See :func:`csmir.get.crosstalk` and :func:`csmir.get.crosstalk_graph`.

    Raises
    ------
    StepError
        :func:`csmir.tl.similarity` was not run for `on`.
    InputError
        A parameter is out of range.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.crosstalk(mdata, regulation="truth")
    >>> mdata["truth"].obsp["crosstalk"].shape
    (30, 30)

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. van Dongen S (2000), Graph clustering by flow simulation.
    """
    on = check.words("on", on)
    for word in on:
        check.choice("on", word, KINDS)
    if isinstance(cutoff, str) and cutoff != "median":
        raise InputError(f"`cutoff` must be 'median' or a similarity in [0, 1]; found {cutoff!r}.")
    if not isinstance(cutoff, str):
        cutoff = check.number("cutoff", cutoff, low=0, high=1)
    hub_fraction = check.number("hub_fraction", hub_fraction, low=0, high=1, low_open=True)
    check.choice("ties", ties, TIES)
    min_size = check.integer("min_size", min_size, low=1)
    inflation = check.number("inflation", inflation, low=1, low_open=True)
    max_iter = check.integer("max_iter", max_iter, low=1)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    values = {}
    for word in on:
        graph, values[word] = _joined(adata, word, cutoff)
        degree = np.diff(graph.indptr).astype(np.int32)
        is_hub = _hub_cells(adata, degree, hub_fraction, ties)
        modules = _modules(graph, adata.obs_names, min_size, inflation, max_iter)
        adata.obsp[named(K.Obsp.CROSSTALK, word)] = graph
        adata.obs[named(K.Obs.CROSSTALK_DEGREE, word)] = degree
        adata.obs[named(K.Obs.HUB_CELL, word)] = is_hub
        adata.obs[named(K.Obs.CROSSTALK_MODULE, word)] = modules
        columns = [named(c, word) for c in (K.Obs.CROSSTALK_DEGREE, K.Obs.HUB_CELL, K.Obs.CROSSTALK_MODULE)]
        made_of.mark(adata, "cells", "pairs", obsp=named(K.Obsp.CROSSTALK, word), obs=columns)
        _report(word, values[word], degree, is_hub, modules)
    options = {"hub_fraction": hub_fraction, "ties": ties, "min_size": min_size, "inflation": inflation}
    _mudata.record(adata, "crosstalk", on=on, cutoff=cutoff, cutoff_value=values, max_iter=max_iter, **options)
    return data if copy else None


def named(name: str, on: str) -> str:
    """Name of a column or matrix: as it is for interactions, with an ending for hubs."""
    return name if on == "interactions" else f"{name}_{on}"


def _joined(adata: AnnData, on: str, cutoff: float | str) -> tuple[sparse.csr_matrix, float]:
    """The graph, from all similarities or from those to the most similar cells, and the cutoff as a number."""
    if MATRIX[on] in adata.obsp or NEAREST[on] not in adata.obsp:
        return _graph(stored(adata, on), cutoff)
    if isinstance(cutoff, str):
        raise InputError(
            f"By {on}, only the most similar cells of each are there, and the median is over all pairs. Give `cutoff` "
            f"a number, or run cs.tl.similarity(mdata, on={on!r}) without `n_neighbors`."
        )
    found = sparse.csr_matrix(adata.obsp[NEAREST[on]])
    over = sparse.csr_matrix((found.data > cutoff, found.indices, found.indptr), shape=found.shape)
    kept = np.diff(found.indptr)
    n_cut = int(((np.asarray(over.sum(axis=1)).ravel() == kept) & (kept > 0)).sum())
    over.eliminate_zeros()
    if n_cut:
        logger.warning(
            "crosstalk: by %s: %d cells are joined to all the cells that were kept as most similar, and may lack "
            "edges: raise the cutoff, or n_neighbors of cs.tl.similarity",
            on,
            n_cut,
        )
    graph = sparse.csr_matrix(over + over.T, dtype=bool)
    graph.sort_indices()
    return graph, cutoff


def _graph(similarity: np.ndarray, cutoff: float | str) -> tuple[sparse.csr_matrix, float]:
    """The graph over the cells, and the similarity above which they are joined."""
    different = ~np.eye(len(similarity), dtype=bool) & ~np.isnan(similarity)
    if isinstance(cutoff, str):  # each pair is there twice, which does not move the median
        cutoff = float(np.median(similarity[different])) if different.any() else float("nan")
    joined = np.zeros(similarity.shape, bool)
    joined[different] = similarity[different] > cutoff
    return sparse.csr_matrix(joined), cutoff


def _hub_cells(adata: AnnData, degree: np.ndarray, fraction: float, ties: str) -> np.ndarray:
    order = np.arange(len(degree))
    if ties == "name":
        order = np.argsort(adata.obs_names.to_numpy(dtype=object), kind="stable")
    elif ties == "reference":
        order = order[::-1]
    is_hub, _ = _networks.first_by_degree(degree[None], fraction, order, keep_ties=ties == "all")
    return is_hub[0]


def _modules(
    graph: sparse.csr_matrix, cells: pd.Index, min_size: int, inflation: float, max_iter: int
) -> pd.Categorical[str]:
    from csmir.kernels.mcl import mcl

    labels = mcl(graph.astype(float), inflation=inflation, max_iter=max_iter)
    return numbered.by_size(labels, cells, smallest=min_size)


def _report(on: str, cutoff: float, degree: np.ndarray, is_hub: np.ndarray, modules: Any) -> None:
    sizes = pd.Series(modules).value_counts(sort=False).tolist()
    logger.info(
        "crosstalk: by %s: %d pairs of cells above %.4f, %d hub cells of %d with edges, %d modules of %s cells",
        on, degree.sum() // 2, cutoff, is_hub.sum(), (degree > 0).sum(), len(sizes), ", ".join(map(str, sizes)) or "no",
    )  # fmt: skip
    if degree.sum() == 0:
        logger.warning(
            "crosstalk: by %s: no two cells are more similar than the cutoff: no edge, hub cell or module", on
        )
