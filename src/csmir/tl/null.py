"""How many interactions there are when there is nothing to find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._log import logger, progress_bar
from csmir.tl._bootstrap import run_weights
from csmir.tl._groups import group_labels
from csmir.tl._infer import Request, infer, matrices
from csmir.tl._networks import pairs_of


@fill
def null(
    mdata: MuData,
    *,
    n_permutations: int = 20,
    groups: str | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    progress: bool | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | None:
    r"""Measure how many interactions the same inference finds after the pairing of the cells is shuffled.

    Answers: are these networks more than chance? Each permutation gives every cell's miRNA profile the mRNA profile of
    another cell, which leaves every gene's own values as they are and takes away all regulation, and runs the inference
    again with the recorded parameters. With E interactions in the data and :math:`E_0` on average in the permutations,
    the empirical false-discovery rate is :math:`\min(1, E_0 / E)`, overall and for each cell.

    Parameters
    ----------
    %(mdata)s
    n_permutations
        Permutations, at least 1. Each costs as much as the inference itself.
    groups
        A column of `mdata.obs`: cells are shuffled inside their groups only, so that differences between groups stay in
        the null.
    seed
        Seed. Permutation p has a child seed of its own and is the same whatever `n_permutations`.
    n_threads
        Threads; None takes every core. The result does not depend on it.
    %(show_progress)s
    %(regulation)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes to `mdata["regulation"]`:

    - `.obs["n_null"]` float64: interactions of the cell in a permutation, on average;
    - `.obs["empirical_fdr"]` float64: that over the cell's interactions, at most 1; NaN for a cell without any;
    - `.uns["csmir"]["null"]`: parameters, `n_interactions`, `null_interactions` (one number per permutation),
      `empirical_fdr`, and the `verdict` in words.

    Raises
    ------
    StepError
        There are no networks yet.
    InputError
        `groups` is no column of `mdata.obs`, or a number is out of range.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", alpha=0.01, adjust=None)
    >>> cs.tl.null(mdata, n_permutations=3)
    >>> len(mdata["regulation"].uns["csmir"]["null"]["null_interactions"])
    3
    """
    n_permutations = check.integer("n_permutations", n_permutations, low=1)
    seed = check.integer("seed", seed, low=0)
    adata = _mudata.regulation(mdata, regulation)
    params = _mudata.recorded(adata, "regulation")
    mdata = _mudata.duplicate(mdata) if copy else mdata
    adata = mdata[regulation]
    data = _mudata.paired(mdata, mirna=params["mirna"], mrna=params["mrna"], layer=params.get("layer"))
    x, y = matrices(data)
    pairs = pairs_of(adata, data)
    request = _request(params, n_threads)
    weights = run_weights(mdata, data.cells, True) if params["n_runs"] > 1 else np.ones((1, x.shape[1]), np.int64)
    tested = group_labels(mdata, data.cells, params["groups"]) if "groups" in params else None
    shuffled_in = None if groups is None else group_labels(mdata, data.cells, groups)
    counts = []
    for child in progress_bar(np.random.SeedSequence(seed).spawn(n_permutations), desc="permutations", show=progress):
        order = permutation(np.random.default_rng(child), x.shape[1], shuffled_in)
        found = infer(x, np.ascontiguousarray(y[:, order]), pairs, request, weights=weights, groups=tested)
        counts.append(np.diff(found.indptr))
    _write(adata, np.array(counts), n_permutations=n_permutations, seed=seed, groups=groups)
    logger.info("null: %s", adata.uns[K.UNS]["null"]["verdict"])
    return mdata if copy else None


def permutation(rng: np.random.Generator, n_cells: int, groups: np.ndarray | None) -> np.ndarray:
    """A random order of the cells, inside their groups if there are any."""
    order = np.arange(n_cells)
    if groups is None:
        return rng.permutation(n_cells)
    for label in np.unique(groups):
        inside = np.flatnonzero(groups == label)
        order[inside] = rng.permutation(inside)
    return order


def verdict(observed: int, null_counts: np.ndarray) -> str:
    """What the numbers say, in words."""
    mean = float(null_counts.mean())
    counted = (
        f"{observed:,} interactions in the data, {mean:,.0f} on average ({null_counts.min():,} to "
        f"{null_counts.max():,}) in {len(null_counts)} shuffled pairings"
    )
    if observed == 0:
        return f"{counted}: nothing was found."
    share = mean / observed
    if share >= 0.9:
        return f"{counted}: no more than chance gives. The networks do not show regulation."
    if share >= 0.5:
        return f"{counted}: most of them ({share:.0%}) are what chance gives. Do not read single interactions."
    if share >= 0.1:
        return f"{counted}: about {share:.0%} of them are what chance gives."
    return f"{counted}: few of them ({share:.1%}) are what chance gives."


def _request(params: Mapping[str, Any], n_threads: int | None) -> Request:
    return Request(
        statistic=str(params["statistic"]),
        box_size=float(params["box_size"]),
        alpha=float(params["alpha"]),
        adjust="adjust" in params,
        mid_p=bool(params.get("mid_p", False)),
        expressed_only=bool(params.get("expressed_only", False)),
        n_threads=n_threads,
        progress=False,
    )


def _write(adata: AnnData, counts: np.ndarray, **params: object) -> None:
    """`counts` (permutations, cells)."""
    observed = np.asarray(_mudata.edges(adata).getnnz(axis=1))
    mean, totals = counts.mean(axis=0), counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(observed > 0, np.minimum(mean / observed, 1), np.nan)
    adata.obs[K.Obs.N_NULL] = pd.Series(mean, index=adata.obs_names)
    adata.obs[K.Obs.EMPIRICAL_FDR] = pd.Series(share, index=adata.obs_names)
    total = int(observed.sum())
    _mudata.record(
        adata,
        "null",
        **params,
        n_interactions=total,
        null_interactions=totals,
        empirical_fdr=float(min(1.0, totals.mean() / total)) if total else float("nan"),
        verdict=verdict(total, totals),
    )
