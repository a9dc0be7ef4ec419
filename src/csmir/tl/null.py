"""How many interactions there are when there is nothing to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._log import logger, progress_bar
from csmir._mudata import assemble, made_of
from csmir.inference.alignment import align
from csmir.inference.execute import run
from csmir.inference.groups import group_labels
from csmir.inference.infer import job_of, readable, reordered
from csmir.inference.kept import Kept
from csmir.inference.neighbourhood import neighborhood
from csmir.inference.options import ALPHA, repeated

if TYPE_CHECKING:
    from csmir.kernels.neighbors import Lists


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

    Where a cell is compared with its neighbours (`statistic="local"`, or `neighbors`), these belong to the mRNAs and
    stay as they are, and miRNA profiles trade places among neighbours: every cell in turn swaps its own with that of a
    neighbour, chosen by weight. What cell types and trajectories do to both genes stays in the null; the pairing
    within them does not.

    Parameters
    ----------
    %(mdata)s
    n_permutations
        Permutations, at least 1. Each costs as much as the inference itself.
    groups
        A column of `mdata.obs`: cells are shuffled inside their groups only, so that differences between groups stay in
        the null. None shuffles all cells, or among neighbours where there are any.
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
        There are no networks yet, or data, pseudo-cells, groups or neighbours changed since.
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

    References
    ----------
    The rate, interactions by chance over interactions found: Tusher, Tibshirani and Chu, PNAS 2001, 98:5116.
    """
    n_permutations = check.integer("n_permutations", n_permutations, low=1)
    seed = check.seed(seed)
    adata = _mudata.read_regulation(mdata, regulation)
    params = _mudata.recorded(adata, "regulation")
    mdata = assemble.duplicate(mdata) if copy else mdata
    adata = _mudata.regulation(mdata, regulation)
    check.choice("statistic of these networks", str(params["statistic"]), list(ALPHA))  # not a comparator's
    request = repeated(params, n_threads)
    found = align(mdata, adata, every_pair=request.statistic != "csn" and request.adjust)
    data, pairs, tested = found.data, found.pairs, found.groups
    x, y = readable(data, request)
    n_cells = len(data.cells)
    shuffled_in = None if groups is None else group_labels(mdata, data.cells, groups, fewest=2)
    near = neighborhood(mdata, data, request, mrna=params["mrna"], groups=tested) if request.near else None
    kept = Kept(request.memory)  # what belongs to the mRNAs alone is made once
    counts = []
    for child in progress_bar(np.random.SeedSequence(seed).spawn(n_permutations), desc="permutations", show=progress):
        rng = np.random.default_rng(child)
        if near is None:
            other = x, reordered(y, permutation(rng, n_cells, shuffled_in))
        else:  # the lists are the mRNAs' own: they stay, the miRNAs move
            order = swaps(rng, near.lists) if shuffled_in is None else permutation(rng, n_cells, shuffled_in)
            other = reordered(x, order), y
        job = job_of(*other, pairs, request, weights=found.weights, groups=tested, near=near, kept=kept)
        networks = run(job, n_threads=request.n_threads, progress=request.progress)
        counts.append(np.diff(networks.indptr)[found.row])
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


def swaps(rng: np.random.Generator, lists: Lists) -> np.ndarray:
    """An order of the cells after each, in random turn, has swapped places with one of its list, chosen by weight."""
    n_cells = len(lists.list_of)
    order = np.arange(n_cells)
    draws = rng.random(n_cells)
    for cell in rng.permutation(n_cells):
        which = lists.list_of[cell]
        if which < 0:
            continue
        a, b = lists.indptr[which : which + 2]
        others = lists.indices[a:b] != cell
        total = np.cumsum(lists.weights[a:b] * others)
        if total[-1] > 0:
            at = min(int(np.searchsorted(total, draws[cell] * total[-1], "right")), len(total) - 1)
            with_cell = lists.indices[a + at]
            order[cell], order[with_cell] = order[with_cell], order[cell]
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
    if share >= 0.9 and observed > null_counts.max():
        return f"{counted}: hardly more than chance gives ({share:.0%}). Do not read single interactions."
    if share >= 0.9:
        return f"{counted}: no more than chance gives. The networks do not show regulation."
    if share >= 0.5:
        return f"{counted}: most of them ({share:.0%}) are what chance gives. Do not read single interactions."
    if share >= 0.1:
        return f"{counted}: about {share:.0%} of them are what chance gives."
    return f"{counted}: few of them ({share:.1%}) are what chance gives."


def _write(adata: AnnData, counts: np.ndarray, **params: object) -> None:
    """`counts` (permutations, cells)."""
    observed = np.asarray(_mudata.edges(adata).getnnz(axis=1))
    mean, totals = counts.mean(axis=0), counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(observed > 0, np.minimum(mean / observed, 1), np.nan)
    adata.obs[K.Obs.N_NULL] = pd.Series(mean, index=adata.obs_names)
    adata.obs[K.Obs.EMPIRICAL_FDR] = pd.Series(share, index=adata.obs_names)
    made_of.mark(adata, "pairs", obs=(K.Obs.N_NULL, K.Obs.EMPIRICAL_FDR))
    made_of.mark(adata, "cells", "pairs", uns="null")
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
