"""What drives both kinds of genes besides regulation: programs, host genes, clusters, batches, plates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.evidence.layout import Layout
from benchmarks.evidence.settings import Setting, stream

LOG2 = np.log(2)  # effects are given in log2 units
N_BATCHES, N_PLATES = 2, 8
NARROW = (10, 12)  # miRNAs and mRNAs of a narrow program
HOSTED = 0.5  # of the miRNAs have a host gene
ON_TARGETS = 0.3  # of a hosted miRNA's unregulated pairs are driven by the host gene, too


class Drive(NamedTuple):
    """Log effects, cells x genes, and what a careful user would know of them."""

    mirna: np.ndarray
    mrna: np.ndarray
    known: dict[str, np.ndarray]  # columns of .obs
    hidden: dict[str, np.ndarray]  # nobody measured these; the benchmark looks
    in_program: tuple[np.ndarray, np.ndarray]  # genes of either kind that belong to a program
    hosts: np.ndarray  # (hosted miRNAs, 2): gene, miRNA


def biology(setting: Setting, layout: Layout, n_mirnas: int, n_mrnas: int, noise: np.ndarray, seed: int) -> Drive:
    """What happens in the cell before counting: a target feels it through its miRNA, too. `noise` of the mRNAs."""
    n = setting.n_cells
    mirna, mrna = np.zeros((n, n_mirnas)), np.zeros((n, n_mrnas))
    hidden: dict[str, np.ndarray] = {}
    inside = (np.zeros(n_mirnas, bool), np.zeros(n_mrnas, bool))
    sizes = {
        "program": (round(setting.program_share * n_mirnas), round(setting.program_share * n_mrnas)),
        "narrow": NARROW,
    }
    for name, (some, others) in sizes.items():
        effect = LOG2 * getattr(setting, name)
        if not effect:
            continue
        rng = stream(seed, name)
        level = rng.normal(size=n)
        up = rng.choice(n_mirnas, some, replace=False)
        down = rng.choice(n_mrnas, others, replace=False)
        mirna[:, up] += effect * level[:, None]
        mrna[:, down] -= effect * level[:, None]
        inside[0][up], inside[1][down] = True, True
        hidden[name] = level
    hosts = np.empty((0, 2), int)
    if setting.host:
        hosts = _host(setting, layout, mirna, mrna, noise, seed)
    return Drive(mirna, mrna, {}, hidden, inside, hosts)


def _host(setting: Setting, layout: Layout, mirna, mrna, noise, seed: int) -> np.ndarray:
    """Add the effects of host genes; returns gene and miRNA of each."""
    rng = stream(seed, "host")
    n_mirnas, n_mrnas = mirna.shape[1], mrna.shape[1]
    hosts, targeted = [], np.unique(layout.mrna)
    free = np.setdiff1d(np.arange(n_mrnas), targeted)
    genes = rng.permutation(np.concatenate([free, targeted[: max(0, n_mirnas - len(free))]]))
    nowhere = ~layout.active.any(axis=0)
    for r, gene in zip(rng.permutation(n_mirnas)[: round(HOSTED * n_mirnas)], genes, strict=False):
        level = noise[:, gene] / noise[:, gene].std()
        mirna[:, r] += LOG2 * setting.host * level
        pairs = np.flatnonzero((layout.mirna == r) & nowhere & (layout.mrna != gene))
        driven = layout.mrna[rng.permutation(pairs)[: round(ON_TARGETS * len(pairs))]]
        mrna[:, driven] -= LOG2 * setting.host * level[:, None]
        hosts.append((gene, r))
    return np.array(hosts)


def technique(setting: Setting, n_mirnas: int, n_mrnas: int, seed: int) -> Drive:
    """What happens in counting: batches and plates shift every gene, depth all of a modality."""
    n = setting.n_cells
    mirna, mrna = np.zeros((n, n_mirnas)), np.zeros((n, n_mrnas))
    known: dict[str, np.ndarray] = {}
    for name, levels in (("batch", N_BATCHES), ("plate", N_PLATES)):
        if not getattr(setting, name):
            continue
        rng = stream(seed, name)
        of_cell = rng.integers(0, levels, n)
        for out in (mirna, mrna):
            shift = rng.normal(0, LOG2 * getattr(setting, name), (levels, out.shape[1]))
            if levels == 2:
                shift[0] = 0
            out += shift[of_cell]
        known[name] = of_cell
    first, second = log_depth(setting, seed)
    mirna += first[:, None] + np.log(setting.mirna_depth)
    mrna += second[:, None]
    none = (np.zeros(n_mirnas, bool), np.zeros(n_mrnas, bool))
    return Drive(mirna, mrna, known, {}, none, np.empty((0, 2), int))


def log_depth(setting: Setting, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Log depth of each cell in both modalities."""
    rng, n, sd = stream(seed, "depth"), setting.n_cells, setting.depth_sd
    first, second = rng.normal(0, sd, n), rng.normal(0, sd, n)
    if setting.depth == "separate":
        return first, second
    if setting.depth == "shared":
        return first, first
    if setting.depth == "split":
        half = 1 / (1 + np.exp(-first))
        return np.log(2 * half), np.log(2 * (1 - half))
    return np.zeros(n), np.zeros(n)
