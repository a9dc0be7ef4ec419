"""Hierarchical clusters of cells."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._networks import numbered
from csmir._networks.distances import MATRIX, distances

METHODS = ("complete", "average", "single", "weighted")
# the order of leaves that puts alike cells side by side costs the cube of the cells
ORDERED_CELLS = 1_000


@step
def cluster(
    data: MuData | AnnData,
    on: str | Iterable[str] = "interactions",
    *,
    k: int | None = None,
    height: float | None = None,
    method: str = "complete",
    key_added: str | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    """Cluster the cells by the likeness of their networks, or of their expression for comparison.

    Distances are 1 - similarity, and for expression the scaled distance as it is. Cells are merged step by step, the
    two closest clusters first; with complete linkage the distance of two clusters is that of their most distant cells.
    The tree is cut into `k` clusters or at a `height`. Requires :func:`csmir.tl.similarity`.

    How well the tree keeps the distances is the *cophenetic correlation* (of the distances with the heights at which
    two cells meet); how well the clusters are apart is the *silhouette*, the mean over cells of
    (b - a) / max(a, b), a being the mean distance to the own cluster and b to the nearest other one. Where several
    clusterings are stored, the *adjusted Rand index* of every two says how well they agree: 1 is equal, 0 is chance.

    Parameters
    ----------
    %(data)s
    on
        `"interactions"`, `"hubs"`, `"modules"` (:func:`csmir.tl.module_similarity`), `"expression"`, or several of
        them: a clustering for each.
    k
        Number of clusters; 3 if neither `k` nor `height` is given. Cells that merge at one height are not split, so
        that there may be fewer, which is logged.
    height
        Cut here instead: cells whose cluster merges at most at this distance stay together.
    method
        Linkage: `"complete"` as the paper, `"average"`, `"single"` or `"weighted"`.
    key_added
        Name of the clustering; None names it `cluster` for interactions, `cluster_hubs`, `cluster_modules` and
        `cluster_expression`.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`, for each clustering:

    - `.obs[key]`: categorical "1", "2", ... by decreasing size, then by the cells' names. A cell without similarity
      (an empty network) is left out of the tree and has none;
    - `.uns["csmir"][key]`: `linkage` (float64, scipy's), `leaves` (int64, positions among `cells` from left to right,
      alike cells side by side up to 1,000 cells), `cells` (their names), `cophenetic`, `silhouette` (NaN for one
      cluster, or one for each cell) and the parameters;
    - `.uns["csmir"]["cluster_agreement"]`: DataFrame `first`, `second`, `adjusted_rand`, one row for every two
      clusterings.

    See :func:`csmir.get.clusters`. Memory and time grow with the square of the cells: 4 GB and half a minute for
    10,000. For more, :func:`csmir.tl.neighbors` leads to :func:`scanpy.tl.leiden`.

    Raises
    ------
    StepError
        :func:`csmir.tl.similarity`, or :func:`csmir.tl.module_similarity`, was not run for `on`, or the
        expression changed since.
    InputError
        More clusters than cells, fewer than two cells with a network, `k` and `height` at once, or distances that are
        NaN.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.cluster(mdata, k=3, regulation="truth")
    >>> mdata["truth"].obs["cluster"].nunique()
    3

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. Bar-Joseph Z et al. (2001), Bioinformatics 17:S22 (leaf order).
    """
    on = check.words("on", on)
    for word in on:
        check.choice("on", word, MATRIX)
    check.choice("method", method, METHODS)
    if k is not None and height is not None:
        raise InputError(
            f"The tree is cut by `k` or by `height`; found both (k={k!r}, height={height!r}). Leave one out."
        )
    if height is not None:
        height = check.number("height", height, low=0)
    else:
        k = check.integer("k", 3 if k is None else k, low=1)
    if key_added is not None and len(on) > 1:
        raise InputError(f"One `key_added` cannot name {len(on)} clusterings. Leave it out, or cluster one by one.")
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    if key_added is not None:
        assemble.entry(adata, key_added, kind="cluster", column=True)
    made = []  # all of them before any is written
    for word in on:
        usual = K.Obs.CLUSTER if word == "interactions" else f"{K.Obs.CLUSTER}_{word}"
        square, at = distances(data, adata, word, "cluster")
        labels, found = _tree(square, at, adata.obs_names, k=k, height=height, method=method)
        made.append((word, usual if key_added is None else key_added, at, labels, found))
    for word, key, at, labels, found in made:
        adata.obs[key] = labels
        found["cells"] = adata.obs_names[at].to_numpy(dtype=object)
        _mudata.record(adata, key, kind="cluster", on=word, k=k, height=height, method=method, **found)
        over = ("cells",) if word == "expression" else ("cells", "pairs")
        made_of.mark(adata, *over, obs=key, uns=key)
        sizes = pd.Series(labels).value_counts(sort=False).tolist()
        logger.info(
            "cluster: by %s: %d clusters of %s cells, cophenetic correlation %.3f, silhouette %.3f",
            word, len(sizes), ", ".join(map(str, sizes)), found["cophenetic"], found["silhouette"],
        )  # fmt: skip
        if k is not None and len(sizes) < k:
            logger.warning("cluster: by %s: %d clusters, not %d: cells merge at one height", word, len(sizes), k)
    adata.uns[K.UNS][K.Table.AGREEMENT] = _agreement(adata)
    made_of.mark(adata, "cells", "pairs", uns=K.Table.AGREEMENT)
    return data if copy else None


def _tree(
    square: np.ndarray, at: np.ndarray, cells: pd.Index, *, k: int | None, height: float | None, method: str
) -> tuple[pd.Categorical[str], dict[str, Any]]:
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    n = len(square)
    if n < 2:
        raise InputError(f"A tree needs at least 2 cells with a network; found {n}.")
    if k is not None and k > n:
        raise InputError(f"Expected at most {n} clusters, as many as cells that have a network; found k={k}.")
    condensed = squareform(square, checks=False)
    tree = hierarchy.linkage(condensed, method=method, optimal_ordering=n <= ORDERED_CELLS)
    if height is not None:
        numbers = hierarchy.fcluster(tree, height, criterion="distance")
    else:
        numbers = hierarchy.fcluster(tree, k, criterion="maxclust")
    codes = np.full(len(cells), -1)
    codes[at] = numbers
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # no correlation of one or of equal distances: NaN
        warnings.simplefilter("ignore")
        cophenetic = float(hierarchy.cophenet(tree, condensed)[0])
    found = {
        "linkage": tree,
        "leaves": hierarchy.leaves_list(tree).astype(np.int64),
        "cophenetic": cophenetic,
        "silhouette": _silhouette(square, codes[at]),
    }
    return numbered.by_size(codes, cells), found


def _silhouette(square: np.ndarray, codes: np.ndarray) -> float:
    from sklearn.metrics import silhouette_score

    if not 2 <= len(set(codes)) < len(codes):
        return float("nan")
    return float(silhouette_score(square, codes, metric="precomputed"))


def _agreement(adata: AnnData) -> pd.DataFrame:
    """The adjusted Rand index of every two stored clusterings, over the cells that both have."""
    from sklearn.metrics import adjusted_rand_score

    keys = clusterings(adata)
    rows = []
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            both = adata.obs[[a, b]].dropna()
            rand = adjusted_rand_score(both[a], both[b]) if len(both) else float("nan")
            rows.append((a, b, float(rand)))
    return pd.DataFrame(rows, columns=["first", "second", "adjusted_rand"]).astype({"adjusted_rand": float})


def clusterings(adata: AnnData) -> list[str]:
    """Names of the stored clusterings, sorted."""
    section = adata.uns.get(K.UNS, {})
    return sorted(
        k for k, v in section.items() if isinstance(v, dict) and v.get("kind") == "cluster" and k in adata.obs
    )
