"""Who may regulate whom, and who does, where: putative pairs and the truth cells x pairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.evidence.settings import Setting, stream

WINDOW = 0.3  # of a trajectory, in which a pair is regulated


class Layout(NamedTuple):
    """Pairs of the prior and, beyond the prior, targets of a hub that it does not list."""

    mirna: np.ndarray  # (pairs,) positions
    mrna: np.ndarray
    active: np.ndarray  # (cells, pairs) bool: regulated in this very cell
    slope: np.ndarray  # (pairs,) log effect where active
    unlisted: np.ndarray  # mRNAs that the hub represses and the prior does not name
    clusters: list[np.ndarray]  # miRNAs of each cluster


def lay_out(setting: Setting, place: np.ndarray, n_mirnas: int, n_mrnas: int, n_pairs: int, seed: int) -> Layout:
    """`place` (cells,): integers, the type; or floats, the pseudotime."""
    if setting.cluster:
        mirna, mrna, clusters = _clustered(setting.cluster, n_mirnas, n_mrnas, n_pairs, seed)
    else:
        mirna, mrna = _at_random(n_mirnas, n_mrnas, n_pairs, seed)
        clusters = []
    regulated = _regulated(setting, mirna, mrna, seed)
    active = np.zeros((len(place), len(mirna)), bool)
    rng = stream(seed, "where")
    for pair in range(len(mirna)):
        here = _somewhere(place, rng)
        active[:, pair] = here & regulated[pair]
    slope = np.full(len(mirna), setting.slope)
    unlisted = np.empty(0, int)
    if setting.hub:
        mirna, mrna, active, slope, unlisted = _with_hub(setting, mirna, mrna, active, slope, n_mrnas, seed)
    return Layout(mirna, mrna, active, slope, unlisted, clusters)


def _at_random(n_mirnas: int, n_mrnas: int, n_pairs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Equally many targets for every miRNA."""
    rng = stream(seed, "prior")
    mirna = np.repeat(np.arange(n_mirnas), n_pairs // n_mirnas)
    mrna = np.concatenate([np.sort(rng.choice(n_mrnas, n_pairs // n_mirnas, replace=False)) for _ in range(n_mirnas)])
    return mirna, mrna


def _clustered(size: int, n_mirnas: int, n_mrnas: int, n_pairs: int, seed: int):
    """Members of a cluster have the same putative targets."""
    rng = stream(seed, "prior")
    clusters = [np.arange(i, i + size) for i in range(0, n_mirnas - size + 1, size)]
    n_targets = n_pairs // (size * len(clusters))
    mirna, mrna = [], []
    for members in clusters:
        targets = np.sort(rng.choice(n_mrnas, n_targets, replace=False))
        mirna.append(np.repeat(members, n_targets))
        mrna.append(np.tile(targets, size))
    return np.concatenate(mirna), np.concatenate(mrna), clusters


def _regulated(setting: Setting, mirna: np.ndarray, mrna: np.ndarray, seed: int) -> np.ndarray:
    """Bool per pair; of a cluster, one member regulates a target."""
    n = len(mirna)
    if setting.slope == 0:
        return np.zeros(n, bool)
    rng = stream(seed, "regulated")
    if not setting.cluster:
        return np.isin(np.arange(n), rng.permutation(n)[: round(setting.regulated * n)])
    out = np.zeros(n, bool)
    group = mirna // setting.cluster
    for cluster, target in sorted(set(zip(group.tolist(), mrna.tolist(), strict=True))):
        at = np.flatnonzero((group == cluster) & (mrna == target))
        out[rng.choice(at)] = rng.random() < setting.regulated
    return out


def _somewhere(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cells of one or two types, or of a stretch of the trajectory."""
    if place.dtype.kind == "f":
        start = rng.uniform(0, 1 - WINDOW)
        return (place >= start) & (place < start + WINDOW)
    n_types = place.max() + 1
    return np.isin(place, rng.choice(n_types, rng.integers(1, 3), replace=False))


def _with_hub(setting: Setting, mirna, mrna, active, slope, n_mrnas: int, seed: int):
    """MiRNA 0 represses a share of all mRNAs everywhere, and the prior lists some of them."""
    rng = stream(seed, "hub")
    targets = rng.permutation(n_mrnas)[: round(setting.hub * n_mrnas)]
    n_listed = round(setting.listed * len(targets))
    other = mirna != 0  # what else the prior says of the hub would be wrong
    listed = np.sort(targets[:n_listed])
    ones = np.ones((len(active), n_listed), bool)
    return (
        np.concatenate([np.zeros(n_listed, int), mirna[other]]),
        np.concatenate([listed, mrna[other]]),
        np.concatenate([ones, active[:, other]], axis=1),
        np.concatenate([np.full(n_listed, setting.hub_slope), slope[other]]),
        np.sort(targets[n_listed:]),
    )
