"""How many interactions there are when there is nothing to find."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._log import logger, progress_bar
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir.inference import non_targets, shuffled
from csmir.inference.adjustment import conditions
from csmir.inference.alignment import align
from csmir.inference.cells import group_labels
from csmir.inference.execute import run
from csmir.inference.expression import readable, reordered
from csmir.inference.left_out import left_out, why_circular
from csmir.inference.options import repeated
from csmir.inference.own_columns import parents_of
from csmir.inference.statistics import NAMES
from csmir.inference.statistics.record import Inputs, Kept
from csmir.inference.tail_shares import looked_at, signature
from csmir.inference.verdict import verdict
from csmir.tl.conservation import limits_of
from csmir.tl.hubs import first, rule_of

if TYPE_CHECKING:
    from csmir.kernels.decoys import Signature


@step
def null(
    mdata: MuData,
    *,
    n_permutations: int = 20,
    n_decoys: int = 2,
    groups: str | None = None,
    sample: str | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    progress: bool | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | None:
    r"""Measure how many interactions there are where nothing is regulated: in shuffled pairings, and at non-targets.

    Answers: are these networks more than chance, and more than what moves genes together without regulation? Two nulls,
    each blind to what the other sees.

    *Pairing.* Each permutation gives every cell's miRNA profile the mRNA profile of another cell, which leaves every
    gene's own values as they are and takes away all regulation, and runs the inference again with the recorded
    parameters. With E interactions in the data and :math:`E_0` on average in B permutations, the empirical
    false-discovery rate is :math:`\min(1, E_0 / E)`, overall and for each cell, and
    :math:`p = (1 + \#\{E_0 \ge E\}) / (1 + B)`. It takes batches, depth and programs away as well, and so cannot tell
    them from regulation.

    *Decoys.* For every putative pair, `n_decoys` mRNAs of the same detection rank that are not putative targets of the
    miRNA are tested with it, in the same cells, and counted at each cell's largest significant p. The cells stay
    paired, and whatever moves a miRNA with its targets and with other genes alike is counted. Their number over that of
    the interactions is the share that is not regulation; its interval comes from resampling mRNAs. It takes a prior,
    and regulation that the prior does not list makes it larger than it should be.

    The verdict speaks of both, and is positive only with p at most 0.05, fewer than half as many decoys, also at the
    upper end of their interval, and, for the local test, decoys that are nominal (p < 1 % for at most 1 %) or else a
    signature of two standard errors or more, with less than half of the targets' excess at decoys.

    Where a cell is compared with its neighbours (`statistic="local"`, or `neighbors`), these belong to the mRNAs and
    stay as they are, and miRNA profiles trade places among neighbours: every cell in turn swaps its own with that of a
    neighbour, chosen by weight. What cell types and trajectories do to both genes stays in the null; the pairing
    within them does not.

    Parameters
    ----------
    %(mdata)s
    n_permutations
        Permutations, at least 1. Each costs as much as the inference itself.
    n_decoys
        Non-targets tested for each pair; 0 leaves them out.
    groups
        A column of `mdata.obs` (types, batches): cells are shuffled inside their groups only, so that differences
        between groups stay in the null. None shuffles all cells, or among neighbours where there are any.
    sample
        A column of `mdata.obs`: the donor or sample that a cell comes from. Cells are exchanged inside their sample
        only, and inside `groups` or among neighbours as well.
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
      `empirical_fdr`, `pvalue`; `decoy_interactions`, `decoy_pairs` (both weighted, so that each pair counts once),
      `decoy_share`, `decoy_interval` (95 %), `signature` (of the local test: the share of p < 1 % among `targets` and
      `decoys`, their `ratio` with its standard error over miRNAs and the `z` of their difference, for repression and
      activation: regulation shows as the one enriched and the other not, and says nothing under two errors), `n_pairs`
      (pairs with an interaction), `n_pairs_without_decoy`; the `verdict` in words and whether it is `positive`; and
      frames with a column for each permutation: `recurrence` (pairs by the number of cells that have them),
      `hub_recurrence` (miRNAs by the number of cells that have them as a hub, by the `hub_rule`: that of
      :func:`csmir.tl.hubs` if it was run, else its defaults), `degrees` (interactions of each miRNA), `rewired`,
      `conserved` (those that at most `rewired_cells`, at least `conserved_cells` cells have: as
      :func:`csmir.tl.conservation` had it, else by default), `similarity` (of two cells: least, quartiles, most);
    - `.var["n_null"]` float64: cells that have the pair in a permutation, on average.

    Raises
    ------
    StepError
        There are no networks yet, or data, pseudo-cells, groups or neighbours changed since.
    InputError
        `groups` is not a column of `mdata.obs`, or a number is out of range.

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
    The rate, interactions by chance over interactions found: Tusher, Tibshirani and Chu, PNAS 2001, 98:5116. Decoys:
    Elias and Gygi, Nature Methods 2007, 4:207.
    """
    n_permutations = check.integer("n_permutations", n_permutations, low=1)
    n_decoys = check.integer("n_decoys", n_decoys, low=0)
    seed = check.seed(seed)
    adata = _mudata.read_regulation(mdata, regulation)
    params = _mudata.recorded(adata, "regulation")
    mdata = assemble.duplicate(mdata) if copy else mdata
    adata = _mudata.regulation(mdata, regulation)
    check.choice("statistic of these networks", str(params["statistic"]), NAMES)  # not a comparator's
    request = repeated(params, n_threads)
    found = align(mdata, adata, every_pair=request.of.tested and request.adjust)
    data, pairs, tested = found.data, found.pairs, found.groups
    x, y = readable(data, request)
    x = left_out(mdata[params["mirna"]], data, x, y, request.statistic)
    n_cells = len(data.cells)
    in_groups, in_samples = (
        None if column is None else group_labels(mdata, data.cells, column, fewest=2) for column in (groups, sample)
    )
    names = {"mirna": str(params["mirna"]), "mrna": str(params["mrna"])}
    near, adjusted = conditions(mdata, data, x, y, pairs, request, groups=tested, parents=parents_of(params), **names)
    kept = Kept(request.memory)  # what belongs to the mRNAs alone is made once
    inputs = Inputs(x, y, pairs, found.weights, tested, near, kept, adjusted.adjustment, adjusted.own)
    counts, summaries, sides, per_pair = [], [], None, np.zeros(len(pairs))
    rule, limits = rule_of(adata), limits_of(adata)
    for child in progress_bar(np.random.SeedSequence(seed).spawn(n_permutations), desc="permutations", show=progress):
        rng = np.random.default_rng(child)
        order = shuffled.exchanged(rng, n_cells, None if near is None else near.lists, in_groups, in_samples)
        # lists are the mRNAs' own: where there are any they stay, and the miRNAs move
        moved = {"y": reordered(y, order)} if near is None else {"x": reordered(x, order)}
        other = replace(inputs, **moved)
        networks = run(request.job(other), n_threads=request.n_threads, progress=request.progress)
        edges = shuffled.present(networks, found.row, len(pairs))
        counts.append(np.diff(edges.indptr))
        degree = _networks.out_degree(edges, pairs.mirna[:, None], pairs.n_mirnas)
        hub = first(mdata, data.mirna_names, degree, mirna=names["mirna"], **rule)[0]
        summaries.append(shuffled.summary(edges, degree, hub, pairs.mirna, **limits))
        per_pair += edges.getnnz(axis=0) / n_permutations
    why = "none were asked for" if n_decoys == 0 else non_targets.why_none(adata, found)
    decoys = None
    if why is None:
        drawn = non_targets.draw(found, per_pair=n_decoys, seed=seed)
        decoys = non_targets.count(adata, found, request, drawn, replace(inputs, kept=None), seed)
        if near is not None and request.of.neighbors == "always" and not _mudata.is_inferred(mdata[params["mirna"]]):
            some = non_targets.sample(pairs, *non_targets.profile(data.mrna), seed=seed)
            of_factors = adjusted.adjustment, adjusted.n_factors
            sides = signature(x, y, near.means, some, *of_factors, n_threads=request.n_threads, own=adjusted.own)
    noted: dict[str, Any] = limits | {
        "signature": sides,
        "n_permutations": n_permutations,
        "n_decoys": n_decoys,
        "seed": seed,
        "groups": groups,
        "sample": sample,
        "hub_rule": rule,
    }
    circular = why_circular(mdata[params["mirna"]], params)
    noted |= shuffled.tables(summaries, data.mirna_names)
    small = None if sides is None else looked_at(sides, request.direction)
    adata.var[K.Var.N_NULL] = found.per_pair(per_pair)
    made_of.mark(adata, "cells", var=K.Var.N_NULL)
    _write(adata, np.array(counts), decoys, why or "", circular, small, **noted)
    n, said = int((_mudata.edges(adata).getnnz(axis=0) > 0).sum()), adata.uns[K.UNS]["null"]["verdict"]
    logger.info("null: %s The interactions are of %s pair%s.", said, f"{n:,}", "s" * (n != 1))
    return mdata if copy else None


def _write(
    adata: AnnData,
    counts: np.ndarray,
    decoys: non_targets.Counts | None,
    why: str,
    circular: str,
    small: Signature | None,
    **noted: object,
) -> None:
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
    said = verdict(total, totals, decoys, why, circular, small)
    of_decoys: dict[str, Any] = {}
    if decoys is not None:
        of_decoys = {
            "decoy_interactions": decoys.interactions,
            "decoy_pairs": decoys.pairs,
            "decoy_share": decoys.share,
            "decoy_interval": np.array(decoys.interval),
            "n_pairs": int((_mudata.edges(adata).getnnz(axis=0) > 0).sum()),
            "n_pairs_without_decoy": decoys.n_without,
        }
    _mudata.record(
        adata,
        "null",
        **noted,
        n_interactions=total,
        null_interactions=totals,
        empirical_fdr=float(min(1.0, totals.mean() / total)) if total else float("nan"),
        pvalue=said.pvalue,
        **of_decoys,
        positive=said.positive,
        verdict=said.text,
    )
