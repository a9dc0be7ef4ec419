"""Each found pair given the target's other putative miRNAs, in the lists of cells of the local test."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from csmir.inference.adjustment import Adjusted
from csmir.inference.neighbourhood import Neighborhood, ranks, residual_columns
from csmir.inference.options import ALTERNATIVES, Request
from csmir.inference.own_columns import held_of, own_level
from csmir.inference.pairs import Pairs


class OfPair(NamedTuple):
    """One pair."""

    pair: int
    p: np.ndarray  # (rows,) of lists of cells; 1 where it cannot be told


class Scored(NamedTuple):
    """Residual ranks of the miRNAs, and what goes with them."""

    mirnas: np.ndarray  # (cells, miRNAs of the data); 0 for those without pairs
    correlation: np.ndarray  # (miRNAs, miRNAs)


def score_mirnas(x: Any, pairs: Pairs, near: Neighborhood) -> Scored:
    """Residual ranks of the miRNAs that have pairs, and how they go together."""
    used = np.unique(pairs.mirna)
    u = np.zeros((x.n_cells, pairs.n_mirnas))
    u[:, used] = residual_columns(ranks(x[used], x.floor).T, near)
    size = np.sqrt((u**2).sum(axis=0))
    scaled = np.divide(u, size, out=np.zeros_like(u), where=size > 1e-9)
    return Scored(u, scaled.T @ scaled)


def direct_p(
    y: Any,
    pairs: Pairs,
    found: np.ndarray,
    near: Neighborhood,
    request: Request,
    adjusted: Adjusted,
    scored: Scored,
    most: int,
) -> Iterator[OfPair]:
    """P of each pair of `found` (positions), given at most `most` other putative miRNAs of its target."""
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
    bounds = np.searchsorted(pairs.mrna[order], np.arange(pairs.n_mrnas + 1))
    for target in np.unique(pairs.mrna[found]).tolist():
        putative = pairs.mirna[order[bounds[target] : bounds[target + 1]]]
        v = residual_columns(ranks(y[np.array([target])], y.floor).T, near)
        layer = [] if own is None else own_level(own, target, near)
        for pair in found[pairs.mrna[found] == target].tolist():
            r = int(pairs.mirna[pair])
            others = others_of(r, putative, scored.correlation[r], most)
            columns = [scored.mirnas[:, [r]], v, scored.mirnas[:, others], held(r), *layer]
            given = partial(np.concatenate(columns, axis=1), len(others), mean, means.n_eff)
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
    from csmir.kernels.direct import TOLD_APART, sets_of

    alike = scored.correlation**2 > 1 - TOLD_APART
    np.fill_diagonal(alike, True)
    out: dict[int, list[int]] = {}
    for target in np.unique(pairs.mrna[found]).tolist():
        at = found[pairs.mrna[found] == target]
        members = pairs.mirna[at]
        number = sets_of(members, alike)
        for i, pair in enumerate(at.tolist()):
            out[pair] = members[number == number[i]].tolist()
    return [out[pair] for pair in found.tolist()]
