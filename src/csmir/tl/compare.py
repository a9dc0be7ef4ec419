"""Whether the validated share of the networks is more than chance, the prior or other methods give."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
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
from csmir._networks.by_group import Groups, groups_of
from csmir.tl._ground_truth.known import among_sorted, directed, known_pairs, universe
from csmir.tl._ground_truth.other_networks import cell_specific, frame, of_user, without_prior
from csmir.tl._ground_truth.random_networks import RANDOM, random_shares
from csmir.tl.validate import percent

INFERRED, PRIOR, NO_PRIOR = "inferred", "prior", "no_prior"
AGAINST = (*RANDOM, PRIOR, NO_PRIOR)
NETWORK = "network"


@step
def compare(
    data: MuData | AnnData,
    truth: pd.DataFrame,
    *,
    against: str | Iterable[str] = (*RANDOM, PRIOR),
    networks: Mapping[str, Any] | None = None,
    n_random: int = 100,
    seed: int = 0,
    sample: str | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    n_threads: int | None = None,
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Compare the validated share of each cell's network with that of random networks, the prior and other networks.

    A network's validated share is the percentage of its edges that the ground truth has. For each comparison, a paired
    one-sided t-test over the cells asks whether the inferred networks have the larger share:
    :math:`t = \bar d / (s_d / \sqrt m)`, d being the differences of the m cells that have both, s their standard
    deviation. That is the paper's test, here under the names `t` and `pvalue`. The cells share their edges, so they are
    no independent samples, and p is far too small to be taken at its word. Donors are independent: with `sample=` the
    differences are averaged within each donor, and the mean over the S donors comes with its 95 %% interval,
    :math:`\bar D \pm t_{S-1, 0.975} \, s_D / \sqrt S`.

    Parameters
    ----------
    %(data)s
    truth
        Validated pairs, a DataFrame with columns `source` (miRNA) and `target` (mRNA), or `mirna` and `mrna`.
    against
        One or several of

        - `"random"`: networks of the cell's size, drawn uniformly from all pairs of the data's miRNAs and mRNAs;
        - `"random_prior"`: the same, from the pairs that were tested;
        - `"random_degree"`: networks in which every miRNA and every mRNA has as many edges as in the cell's network;
        - `"prior"`: all pairs that were tested, as one network for all cells;
        - `"no_prior"`: the same inference over all pairs. Runs :func:`csmir.tl.regulation` once more, for which
          `data` must be a MuData; the result is not kept.
    networks
        Networks of yours by name: a MuData or AnnData of cell-specific networks, the name of such a modality of
        `data`, or a DataFrame with columns `source` and `target` (or `mirna` and `mrna`), and perhaps `cell`; without
        it the same network is taken for every cell. Cells are matched by name; pairs of features that the data lacks
        do not count.
    n_random
        Random networks for each cell.
    seed
        Seed of the random networks; each kind and each cell has a stream of its own.
    sample
        Column of `.obs` of the MuData or of the networks that says which donor (animal, culture) a cell is of. Where
        every cell is a sample of its own, such as a tumour, a column of the cells' names. Bootstrap runs are copies of
        the same cells, and never samples. Networks of donors are independent if each was inferred from cells of its
        own: `groups=` of :func:`csmir.tl.regulation`.
    %(modalities)s
    %(regulation)s
    n_threads
        Threads for `"random_degree"`; None takes every core. The result does not depend on it.
    %(show_progress)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"].uns["csmir"]`:

    - `comparison`: DataFrame `network` (categorical; `inferred` are the networks at hand), `cell` (categorical),
      `n_interactions`, `pct_validated` (for random networks the mean over them), `sd` (over random networks, else
      NaN). Empty networks have NaN;
    - `comparison_tests`: DataFrame `network`, `mean_inferred`, `mean_network`, `difference`, `t`, `pvalue`, `n_cells`
      (cells that have both), one row for each comparison. With fewer than two cells, or equal differences, t and p
      are NaN. With `sample`, also `sample_difference` (mean over donors, each counting once), `sample_low`,
      `sample_high` (the 95 %% interval; NaN with one donor) and `n_samples`;
    - `compare`: the parameters.

    See :func:`csmir.get.comparison`. Uniform random networks are not made: of n edges drawn from N pairs, of which K
    are validated, a hypergeometric number is validated, and that is drawn. Networks with given degrees are made by
    curveball trades of targets between miRNAs, five for each miRNA between one network and the next.

    Raises
    ------
    StepError
        There are no networks yet.
    InputError
        The ground truth shares no pair with the data, `sample` is not a column of `.obs`, a network of yours has no
        cell or pair in common with it, or `"no_prior"` is asked for without the MuData.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.compare(mdata, mdata.uns["prior"].iloc[::2], against=["random", "prior"], regulation="truth")
    >>> cs.get.comparison(mdata, tests=True, regulation="truth")["network"].to_list()
    ['random', 'prior']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. Strona G et al. (2014), Nature Communications 5:4114 (curveball).
    """
    against = check.words("against", against)
    for word in against:
        check.choice("against", word, AGAINST)
    n_random = check.integer("n_random", n_random, low=1)
    seed = check.seed(seed)
    networks = _named(networks)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    directed(adata, "compare")
    donors = None if sample is None else groups_of(data, adata, sample, "sample")
    among = universe(data, adata, mirna, mrna)
    known = known_pairs(truth, among)
    tested = among.keys(adata.var[K.Var.MIRNA], adata.var[K.Var.MRNA])
    edges = _mudata.edges(adata)
    sizes = np.diff(edges.indptr)
    drawn: dict[str, Any] = {"n_random": n_random, "seed": seed, "n_threads": n_threads, "progress": progress}
    parts = {INFERRED: frame(adata, sizes, percent(edges, among_sorted(tested, known)))}
    for word in against:
        if word in RANDOM:
            shares = random_shares(word, edges, tested, known, among, adata.obs_names, **drawn)
            sd = shares.std(axis=1, ddof=1) if n_random > 1 else np.nan
            parts[word] = frame(adata, sizes, shares.mean(axis=1), sd)
        elif word == PRIOR:
            share = 100.0 * among_sorted(tested, known).mean() if len(tested) else np.nan
            parts[word] = frame(adata, np.full(len(sizes), len(tested)), np.full(len(sizes), share))
        else:
            parts[word] = cell_specific(word, without_prior(data, adata), adata, among, known)
    for name, network in networks.items():
        parts[name] = of_user(name, network, data, adata, among, known)
    table = pd.concat(parts.values(), ignore_index=True)
    names = np.repeat(np.arange(len(parts)), [len(p) for p in parts.values()])
    network = pd.Categorical.from_codes(names, categories=pd.Index(list(parts)))
    table.insert(0, NETWORK, pd.Series(network))
    section = adata.uns.setdefault(K.UNS, {})
    section[K.Table.COMPARISON] = table
    section[K.Table.COMPARISON_TESTS] = _tests(parts, donors)
    made_of.mark(adata, "cells", "pairs", uns=(K.Table.COMPARISON, K.Table.COMPARISON_TESTS))
    _mudata.record(
        adata, "compare", against=against, networks=list(networks), n_random=n_random, seed=seed, sample=sample,
        n_truth=len(known),
    )  # fmt: skip
    _report(section[K.Table.COMPARISON_TESTS])
    return data if copy else None


def _named(networks: Mapping[str, Any] | None) -> dict[str, Any]:
    if networks is None:
        return {}
    if not isinstance(networks, Mapping):
        raise InputError(f"`networks` must name networks, as in {{'mine': frame}}; found {type(networks).__name__}.")
    taken = [n for n in networks if n in (INFERRED, *AGAINST)]
    if taken:
        raise InputError(f"`networks` uses {check.listing(taken)}, a name of cs.tl.compare itself. Choose another.")
    return {str(k): v for k, v in networks.items()}


def _tests(parts: Mapping[str, pd.DataFrame], donors: Groups | None) -> pd.DataFrame:
    """The paired one-sided test of the inferred networks against each of the others, and the interval over donors."""
    from scipy.stats import ttest_rel

    inferred = parts[INFERRED][K.Obs.PCT_VALIDATED].to_numpy()
    rows = []
    for name, part in parts.items():
        if name == INFERRED:
            continue
        other = part[K.Obs.PCT_VALIDATED].to_numpy()
        both = ~np.isnan(inferred) & ~np.isnan(other)
        a, b = inferred[both], other[both]
        t = p = np.nan
        if both.sum() > 1 and np.ptp(a - b) > 0:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # nearly equal differences
                t, p = ttest_rel(a, b, alternative="greater")
        mean = (a.mean(), b.mean(), (a - b).mean()) if both.any() else (np.nan, np.nan, np.nan)
        over = () if donors is None else _over_donors(a - b, donors.codes[both])
        rows.append((name, *mean, float(t), float(p), int(both.sum()), *over))
    numbers = ["mean_inferred", "mean_network", "difference", "t", "pvalue"]
    counts = ["n_cells"] + (["n_samples"] if donors is not None else [])
    by_donor = [] if donors is None else ["sample_difference", "sample_low", "sample_high"]
    out = pd.DataFrame(rows, columns=[NETWORK, *numbers, "n_cells", *by_donor, *counts[1:]])
    return out.astype(dict.fromkeys([*numbers, *by_donor], float) | dict.fromkeys(counts, np.int64))


def _over_donors(differences: np.ndarray, codes: np.ndarray) -> tuple[float, float, float, int]:
    """Mean of the donors' mean differences, its 95 % interval, and how many donors."""
    from scipy.stats import t

    inside = codes >= 0
    n = np.bincount(codes[inside])
    means = np.bincount(codes[inside], differences[inside])[n > 0] / n[n > 0]
    if len(means) == 0:
        return np.nan, np.nan, np.nan, 0
    centre, half = float(means.mean()), np.nan
    if len(means) > 1:
        half = float(t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means)))
    return centre, centre - half, centre + half, len(means)


def _report(tests: pd.DataFrame) -> None:
    for row in tests.itertuples():
        logger.info(
            "compare: inferred %.2f %% validated, %s %.2f %% (paired t-test over %d cells that share edges: p = %.3g)",
            row.mean_inferred, row.network, row.mean_network, row.n_cells, row.pvalue,
        )  # fmt: skip
        if "n_samples" in tests:
            logger.info(
                "compare: over %d samples %.2f points more than %s (95 %% interval %.2f to %.2f)",
                row.n_samples, row.sample_difference, row.network, row.sample_low, row.sample_high,
            )  # fmt: skip
    if "n_samples" not in tests and len(tests):
        logger.info("compare: for an interval over independent networks give `sample=`, the donor of each cell")
