"""Each found pair given the target's other putative miRNAs, in the lists of cells of the local test."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from csmir.inference.adjustment import Adjusted
from csmir.inference.counting_noise import noise_of_scores
from csmir.inference.neighbourhood import Neighborhood, ranks, residual_columns
from csmir.inference.options import ALTERNATIVES, Request
from csmir.inference.own_columns import held_of, own_level
from csmir.inference.pairs import Pairs


class OfPair(NamedTuple):
    """One pair."""

    pair: int
    p: np.ndarray  # (rows,) of lists of cells; 1 where it cannot be told


class Scored(NamedTuple):
    """Residual normal scores of the miRNAs, and what goes with them."""

    mirnas: np.ndarray  # (cells, miRNAs of the data); 0 for those without pairs
    correlation: np.ndarray  # (miRNAs, miRNAs)
    alike: np.ndarray  # (miRNAs, miRNAs) bool: cannot be told apart
    noise: np.ndarray | None  # (cells, miRNAs) variance of the scores that is counting noise; None where nobody knows


def normal_scores(values: np.ndarray, floor: float) -> np.ndarray:
    """Quantiles of the normal distribution at the ranks of genes x cells, cells x genes.

    What acts through another gene only has no correlation given that gene if both are normal; ranks are bounded, and
    leave some.
    """
    from scipy.special import ndtri

    return ndtri(ranks(values, floor)).T


def score_mirnas(x: Any, pairs: Pairs, near: Neighborhood, counts: np.ndarray | None) -> Scored:
    """Residual scores of the miRNAs that have pairs, and how they go together; `counts` (cells, miRNAs), if known."""
    from csmir.kernels.direct import NOISE, TOLD_APART

    used = np.unique(pairs.mirna)
    u = np.zeros((x.n_cells, pairs.n_mirnas))
    u[:, used] = residual_columns(normal_scores(x[used], x.floor), near)
    size = np.sqrt((u**2).sum(axis=0))
    scaled = np.divide(u, size, out=np.zeros_like(u), where=size > 1e-9)
    correlation, noise, share = scaled.T @ scaled, None, np.zeros(pairs.n_mirnas)
    if counts is not None:
        noise = np.zeros(u.shape)
        noise[:, used] = noise_of_scores(counts[:, used], normal_scores(counts[:, used].T, 0.0))
        noise[near.lists.list_of < 0] = 0
        np.divide(noise.sum(axis=0), size**2, out=share, where=size > 1e-9)
    real = 1 - np.minimum(share, NOISE)  # noise makes twins differ
    alike = correlation**2 > (1 - TOLD_APART) * real * real[:, None]
    np.fill_diagonal(alike, True)
    return Scored(u, correlation, alike, noise)


def direct_p(
    y: Any,
    pairs: Pairs,
    found: np.ndarray,
    near: Neighborhood,
    request: Request,
    adjusted: Adjusted,
    scored: Scored,
    together: list[list[int]],
    most: int,
) -> Iterator[OfPair]:
    """P of each pair of `found` (positions), given at most `most` other putative miRNAs of its target.

    `together`: the miRNAs of each pair of `found` that cannot be told apart, of which none is given another.
    """
    from csmir.kernels.direct import others_of, partial
    from csmir.kernels.local_candidates import lists_of
    from csmir.kernels.local_means import local_means
    from csmir.kernels.local_p import student_p

    means = near.means
    where = lists_of(means)

    def mean(columns: np.ndarray) -> np.ndarray:
        return local_means(means.steps, columns[means.order].astype(np.float32))

    own = adjusted.own

    @cache
    def held(mirna: int) -> np.ndarray:
        return held_of(adjusted.adjustment, own, mirna, near)

    side = {"less": 1, "greater": -1, "two-sided": 0}[ALTERNATIVES[request.direction]]
    order = np.argsort(pairs.mrna, kind="stable")
    own_set = dict(zip(found.tolist(), together, strict=True))
    bounds = np.searchsorted(pairs.mrna[order], np.arange(pairs.n_mrnas + 1))
    for target in np.unique(pairs.mrna[found]).tolist():
        putative = pairs.mirna[order[bounds[target] : bounds[target + 1]]]
        v = residual_columns(normal_scores(y[np.array([target])], y.floor), near)
        layer = [] if own is None else own_level(own, target, near)
        for pair in found[pairs.mrna[found] == target].tolist():
            r = int(pairs.mirna[pair])
            others = others_of(r, np.setdiff1d(putative, own_set[pair]), scored.correlation[r], most)
            columns = [scored.mirnas[:, [r]], v, scored.mirnas[:, others], held(r), *layer]
            noise = None if scored.noise is None else scored.noise[:, others]
            given = partial(np.concatenate(columns, axis=1), mean, means.n_eff, noise)
            rho = np.nan_to_num(given.rho)
            if side:
                p = student_p(side * rho, given.freedom + 2)
            else:
                p = np.minimum(2 * student_p(-np.abs(rho), given.freedom + 2), 1)
            p = np.where(np.isnan(given.rho), 1.0, p)
            out = np.empty(len(p))
            out[where] = p
            yield OfPair(pair, out.reshape(-1, means.sides).max(axis=1))


def sets(scored: Scored, pairs: Pairs, found: np.ndarray) -> list[list[int]]:
    """For each pair of `found`, the found miRNAs of its target that cannot be told from its own, itself among them."""
    from csmir.kernels.direct import sets_of

    out: dict[int, list[int]] = {}
    for target in np.unique(pairs.mrna[found]).tolist():
        at = found[pairs.mrna[found] == target]
        members = pairs.mirna[at]
        number = sets_of(members, scored.alike)
        for i, pair in enumerate(at.tolist()):
            out[pair] = members[number == number[i]].tolist()
    return [out[pair] for pair in found.tolist()]
