"""The generative model behind `cs.datasets.simulated`, step by step: arrays in, arrays out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

# share of the cells in which a regulated pair is active, where groups do not fix it (or `prevalence` asks for more)
WINDOW = 0.3


class Design(NamedTuple):
    """Who may regulate whom, and where it happens."""

    mirna: np.ndarray  # (pairs,) miRNA of each pair, sorted
    mrna: np.ndarray  # (pairs,) mRNA of each pair, sorted within its miRNA
    module: np.ndarray  # (pairs,) module number from 0, or -1


def choose_pairs(
    n_mirnas: int, n_targets: int, n_pairs: int, modules: int, size: tuple[int, int], seed: np.random.SeedSequence
) -> Design:
    """Draw the prior: planted modules (disjoint sets of miRNAs x mRNAs) first, then pairs at random up to `n_pairs`."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(n_mirnas), rng.permutation(n_targets)
    module = np.full(n_mirnas * n_targets, -1, np.int32)
    for i in range(modules):
        r = rows[i * size[0] : (i + 1) * size[0]]
        t = columns[i * size[1] : (i + 1) * size[1]]
        module[(r[:, None] * n_targets + t).ravel()] = i
    planted = np.flatnonzero(module >= 0)
    others = np.setdiff1d(rng.choice(len(module), min(len(module), n_pairs + len(planted)), replace=False), planted)
    n_others = max(0, n_pairs - len(planted))
    at = np.sort(np.concatenate([planted, rng.permutation(others)[:n_others]]))
    return Design(mirna=at // n_targets, mrna=at % n_targets, module=module[at])


def active_by_group(
    group: np.ndarray, n_groups: int, design: Design, budget: float, seed: np.random.SeedSequence
) -> sparse.csr_matrix:
    """Cells x pairs, True where regulated: (pair, group) units in random order until `budget` (pair, cell) are true."""
    rng = np.random.default_rng(seed)
    n_pairs = len(design.mirna)
    of_module = np.flatnonzero(design.module >= 0)
    home = rng.permutation(np.arange(max(1, design.module.max(initial=-1) + 1)) % n_groups)
    cells_of = np.bincount(group, minlength=n_groups)
    planted = of_module * n_groups + home[design.module[of_module]]
    rest = np.setdiff1d(
        rng.permutation(n_pairs * n_groups), planted, assume_unique=True
    )  # sorted: shuffled again below
    rest = rng.permutation(rest)
    left = budget - cells_of[planted % n_groups].sum()
    units = np.concatenate([planted, rest[: _fill(cells_of[rest % n_groups], left)]])
    true = sparse.csr_matrix(
        (np.ones(len(units), bool), (units % n_groups, units // n_groups)), shape=(n_groups, n_pairs)
    )
    true.sort_indices()
    return true[group]


def active_by_time(
    time: np.ndarray, design: Design, prevalence: float, seed: np.random.SeedSequence
) -> sparse.csr_matrix:
    """Cells x pairs, True in one window of pseudotime for each regulated pair; a module shares its window."""
    rng = np.random.default_rng(seed)
    n_cells, n_pairs = len(time), len(design.mirna)
    width = max(WINDOW, prevalence)
    first, n_modules = rng.uniform(0, 1 - width, n_pairs), design.module.max(initial=-1) + 1
    of_module = design.module >= 0
    first[of_module] = rng.uniform(0, 1 - width, n_modules)[design.module[of_module]]
    order = np.argsort(time, kind="stable")
    low = np.searchsorted(time[order], first, "left")
    high = np.searchsorted(time[order], first + width, "right")
    length = _regulated(high - low, design, prevalence * n_pairs * n_cells, rng)
    indptr = np.concatenate([[0], np.cumsum(length)])
    at = np.arange(indptr[-1]) - np.repeat(indptr[:-1] - low, length)
    out = sparse.csc_matrix(
        (np.ones(len(at), bool), order[at].astype(np.int32), indptr), shape=(n_cells, n_pairs)
    ).tocsr()
    out.sort_indices()
    return out


def active_at_random(
    n_cells: int, design: Design, prevalence: float, seed: np.random.SeedSequence
) -> sparse.csr_matrix:
    """Cells x pairs, True in a random set of cells for each regulated pair; a module shares its set."""
    rng = np.random.default_rng(seed)
    n_pairs, n_modules = len(design.mirna), design.module.max(initial=-1) + 1
    share = max(WINDOW, prevalence)
    size = min(n_cells, max(1, round(share * n_cells)))
    regulated = np.flatnonzero(_regulated(np.full(n_pairs, size), design, prevalence * n_pairs * n_cells, rng))
    of_module = [rng.choice(n_cells, size, replace=False) for _ in range(n_modules)]
    cells = np.empty((len(regulated), size), np.int32)
    for i, pair in enumerate(regulated):
        cells[i] = (
            of_module[design.module[pair]] if design.module[pair] >= 0 else rng.choice(n_cells, size, replace=False)
        )
    shape = (n_cells, n_pairs)
    return sparse.csr_matrix((np.ones(cells.size, bool), (cells.ravel(), np.repeat(regulated, size))), shape=shape)


def _regulated(length: np.ndarray, design: Design, budget: float, rng: np.random.Generator) -> np.ndarray:
    """`length` of the pairs that are regulated, 0 for the others: modules, then random pairs up to the budget."""
    planted = design.module >= 0
    rest = rng.permutation(np.flatnonzero(~planted))
    out = np.where(planted, length, 0)
    rest = rest[: _fill(length[rest], budget - out.sum())]
    out[rest] = length[rest]
    return out


def _fill(sizes: np.ndarray, budget: float) -> int:
    """How many of the first units come closest to the budget."""
    total = np.concatenate([[0], np.cumsum(sizes)])
    return int(np.argmin(np.abs(total - budget)))


def type_means(place: np.ndarray, n_features: int, sd: float, seed: np.random.SeedSequence) -> np.ndarray:
    """Cells x features shifts of the mean in log2 units.

    `place` is (cells, groups) membership, each gene taking one normal level a group, or (cells,) pseudotime, each gene
    following one wave over it. Both have standard deviation `sd` over genes and places.
    """
    rng = np.random.default_rng(seed)
    if place.ndim == 2:
        return place @ rng.normal(0, sd, (place.shape[1], n_features))
    turns, phase = rng.uniform(0.25, 0.75, n_features), rng.uniform(0, 1, n_features)
    return sd * np.sqrt(2) * np.sin(2 * np.pi * (place[:, None] * turns + phase))


def regulate(
    level: np.ndarray, deviation: np.ndarray, active: sparse.csr_matrix, slope: np.ndarray, design: Design
) -> None:
    """Add `slope[pair] * deviation[cell, miRNA]` to the mRNA's log2 level (cells x mRNAs, in place) where active."""
    n_cells, n_mrnas = level.shape
    block = max(1, 4_000_000 // max(1, active.nnz // max(1, n_cells)))
    onto = sparse.csr_matrix((slope, (np.arange(len(slope)), design.mrna)), shape=(len(slope), n_mrnas))
    for start in range(0, n_cells, block):
        part = active[start : start + block]
        row = np.repeat(np.arange(start, start + part.shape[0]), np.diff(part.indptr))
        push = sparse.csr_matrix(
            (deviation[row, design.mirna[part.indices]], part.indices, part.indptr), shape=part.shape
        )
        level[start : start + block] += (push @ onto).toarray()


def observe(level: np.ndarray, depth: np.ndarray, dropout: float, seed: np.random.SeedSequence) -> np.ndarray:
    """Counts (int32): Poisson with mean `depth[cell] * 2**level`, and each value lost with probability `dropout`."""
    rng = np.random.default_rng(seed)
    mean = np.exp2(np.clip(level, -30, 24)) * depth[:, None]
    counts = rng.poisson(mean).astype(np.int32)
    if dropout > 0:
        counts[rng.random(counts.shape, dtype=np.float32) < dropout] = 0
    return counts
