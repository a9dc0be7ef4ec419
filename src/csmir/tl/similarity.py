"""How alike the cells are: in their interactions, in their hubs, in their expression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError, run_first
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._networks.distances import MATRIX, NEAREST, by_name
from csmir._networks.expression import VALUES, expression, expression_key
from csmir._networks.nearest_cells import nearest_cells, refuse_if_too_large

KINDS = ("interactions", "hubs", "expression")
METRICS = ("overlap", "jaccard")
# up to this many cells distances are taken pair by pair; above, by matrix products
PAIRWISE_CELLS = 500


@step
def similarity(
    data: MuData | AnnData,
    *,
    on: str | Iterable[str] | None = None,
    metric: str = "overlap",
    n_neighbors: int | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    layer: str | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Compare every two cells by their interactions, their hub miRNAs and their expression.

    With A and B the interactions (hubs) of two cells, `"overlap"` is the overlap coefficient
    :math:`|A \cap B| / \min(|A|, |B|)` and `"jaccard"` is :math:`|A \cap B| / |A \cup B|`. An empty network is
    similar to nothing: its row and column are NaN, the diagonal included.

    For comparison, the expression distance is the Euclidean distance d over all miRNAs and all mRNAs, scaled as
    :math:`(d - d_{min}) / (d_{max} - d_{min})` over the pairs of different cells; the diagonal is 0. Requires
    :func:`csmir.tl.regulation`, and :func:`csmir.tl.hubs` for the hubs.

    Parameters
    ----------
    %(data)s
    on
        Any of `"interactions"`, `"hubs"`, `"expression"`; None takes all that `data` allows and logs the rest.
    metric
        `"overlap"`, as the paper, or `"jaccard"`, which also counts it when one network is larger than the other. The
        expression distance is the same for both.
    n_neighbors
        None compares every two cells. A number keeps, of interactions and hubs, the similarity to so many most similar
        cells of each cell, for data whose full matrix would not fit; :func:`csmir.tl.neighbors` and
        :func:`csmir.tl.crosstalk` with a cutoff of yours go on from there. There is no expression distance then, which
        is scaled by all.
    %(modalities)s
    %(layer)s
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`, cells x cells, dense float64:

    - `.obsp["interaction_similarity"]`, `.obsp["hub_similarity"]`: in [0, 1], or NaN;
    - `.obsp["expression_distance"]`: in [0, 1]. Cells that are all equal have distance 0; where all pairs have one
      distance above 0 (always so with two cells) there is nothing to scale by, and all but the diagonal is NaN;
    - with `n_neighbors`, `.obsp["interaction_nearest"]`, `.obsp["hub_nearest"]` in their place: CSR, in row k the
      cells most similar to cell k, of equal ones the alphabetically first; nothing for an empty network;
    - `.uns["csmir"]["similarity"]`: the parameters; `.uns["csmir"]["expression_distance"]`: which values were compared.

    One cell gives matrices of one value. Interactions cost one step per 64 pairs and two cells at most: half a minute
    for 10,000 cells and 60,000 pairs. Each matrix takes 8 bytes per two cells: 0.8 GB for 10,000.

    Raises
    ------
    StepError
        There are no networks yet, or hubs are asked for before :func:`csmir.tl.hubs`.
    InputError
        The expression distance is asked for and `data` is not a MuData, or cells of the networks lack a modality, or
        the expression is not finite; the matrices would not fit in memory.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> mdata["truth"].obsp["interaction_similarity"].shape
    (30, 30)

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    check.choice("metric", metric, METRICS)
    if n_neighbors is not None:
        n_neighbors = check.integer("n_neighbors", n_neighbors, low=1)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    on = _which(data, adata, on, nearest=n_neighbors is not None)
    if n_neighbors is not None:
        nearest = {NEAREST[word]: _nearest(adata, word, metric, n_neighbors) for word in on}
        adata.obsp.update(nearest)
        made_of.mark(adata, "cells", "pairs", obsp=nearest)
        _mudata.record(adata, "similarity", on=on, metric=metric, n_neighbors=n_neighbors)
        return data if copy else None
    refuse_if_too_large(adata.n_obs, len(on))
    found = {}  # all of it before any is written
    if "expression" in on:
        values = _expression(data, adata, mirna, mrna, layer)
        found[K.Obsp.EXPRESSION] = _scaled(_distances(values))
        noted = {"mirna": mirna, "mrna": mrna, "layer": layer, VALUES: expression_key(values, adata)}
        del values
    if "interactions" in on:
        found[K.Obsp.INTERACTIONS] = _similarity("interactions", _present(adata, "interactions"), metric)
    if "hubs" in on:
        found[K.Obsp.HUBS] = _similarity("hub miRNAs", _present(adata, "hubs"), metric)
    adata.obsp.update(found)
    made_of.mark(adata, "pairs", obsp=[MATRIX[word] for word in on if word != "expression"])
    if "expression" in on:
        made_of.mark(adata, "cells", obsp=K.Obsp.EXPRESSION)
        _mudata.record(adata, K.Obsp.EXPRESSION, **noted)
    _mudata.record(adata, "similarity", on=on, metric=metric, layer=layer)
    return data if copy else None


def _nearest(adata: AnnData, on: str, metric: str, n_neighbors: int) -> sparse.csr_matrix:
    """The most similar cells of each; of equal ones the alphabetically first."""
    at = by_name(adata, np.ones(adata.n_obs, bool))
    back = np.argsort(at)
    found = nearest_cells(on, sparse.csr_matrix(_present(adata, on)[at]), metric, n_neighbors)
    out = sparse.csr_matrix(found[back][:, back])
    out.sort_indices()
    return out


def _present(adata: AnnData, on: str) -> sparse.csr_matrix:
    """Cells x interactions, or cells x miRNAs."""
    if on == "interactions":
        return _mudata.edges(adata)
    return sparse.csr_matrix(adata.obsm[K.Obsm.HUB].to_numpy(dtype=bool))


def _which(data: MuData | AnnData, adata: AnnData, on: str | Iterable[str] | None, *, nearest: bool) -> list[str]:
    has_hubs, has_expression = K.Obsm.HUB in adata.obsm, isinstance(data, MuData) and not nearest
    if on is None:
        if not has_hubs:
            logger.info("similarity: without hub miRNAs; run cs.tl.hubs first to compare them as well")
        if not has_expression and not nearest:
            logger.info("similarity: without the expression distance, which needs the MuData")
        return [k for k, there in zip(KINDS, (True, has_hubs, has_expression), strict=True) if there]
    on = check.words("on", on)
    for word in on:
        check.choice("on", word, KINDS)
    if "hubs" in on and not has_hubs:
        raise run_first("Hub miRNAs are not there yet", "cs.tl.hubs(mdata)")
    if "expression" in on and nearest:
        raise InputError(
            "The expression distance is scaled by all pairs of cells: leave out `n_neighbors`, or take expression out "
            "of `on`. For neighbours by expression, sc.pp.neighbors(mdata['mrna']) is there."
        )
    if "expression" in on and not has_expression:
        raise InputError(
            "The expression distance needs the MuData with its miRNAs and mRNAs; found an AnnData of networks."
        )
    return on


def _similarity(what: str, present: sparse.csr_matrix, metric: str) -> np.ndarray:
    from csmir.kernels.overlap import shared_counts

    shared = shared_counts(present)
    size = shared.diagonal()
    against = np.minimum.outer(size, size) if metric == "overlap" else np.add.outer(size, size) - shared
    out = np.full(shared.shape, np.nan)
    np.divide(shared, against, out=out, where=np.minimum.outer(size, size) > 0)
    known = ~np.isnan(out)
    np.fill_diagonal(known, False)
    if known.any():
        low, high = out.min(where=known, initial=1.0), out.max(where=known, initial=0.0)
        logger.info("similarity: cells share %.2f-%.2f of their %s", low, high, what)
    n_empty = int((size == 0).sum())
    if n_empty:
        logger.warning("similarity: %d of %d cells have no %s; their similarity is NaN", n_empty, len(size), what)
    return out


def _expression(data: MuData, adata: AnnData, mirna: str, mrna: str, layer: str | None) -> Any:
    """Cells of the networks x (miRNAs and mRNAs), all of it finite."""
    joined = expression(data, adata, mirna, mrna, layer)
    n_bad = int((~np.isfinite(joined.data if sparse.issparse(joined) else joined)).sum())
    if n_bad:
        raise InputError(
            f"The expression holds {n_bad:,} missing or infinite values. Run "
            "cs.pp.handle_missing(mdata, method='zero') first."
        )
    return joined


def _distances(x: Any) -> np.ndarray:
    """Euclidean distances between rows."""
    if x.shape[0] <= PAIRWISE_CELLS:
        from scipy.spatial.distance import pdist, squareform

        return squareform(pdist(_mudata.dense(x)))
    from sklearn.metrics import pairwise_distances

    return pairwise_distances(x, metric="euclidean")


def _scaled(d: np.ndarray) -> np.ndarray:
    """Min-max over the pairs of different cells; 0 on the diagonal."""
    different = ~np.eye(len(d), dtype=bool)
    low, high = d.min(where=different, initial=np.inf), d.max(where=different, initial=0.0)
    if high == 0:  # one cell, or all of them equal
        return np.zeros_like(d)
    if high == low:
        logger.warning("similarity: all cells are equally far apart; the scaled expression distance is NaN")
        out = np.full_like(d, np.nan)
    else:
        out = (d - low) / (high - low)
    np.fill_diagonal(out, 0.0)
    return out
