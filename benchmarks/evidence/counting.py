"""From expected to observed counts: sampling, doublets, ambient RNA, duplicates, lost values."""

from __future__ import annotations

import numpy as np

from benchmarks.evidence.settings import Setting, stream

DISPERSION = 0.15  # of the second generator: variance m + 0.15 m^2


def observe(setting: Setting, mean: np.ndarray, seed: int, part: str, *, negative_binomial: bool = False) -> np.ndarray:
    """Counts (float32) of one modality. What befalls a cell befalls both of its modalities."""
    n = len(mean)
    if setting.doublets:
        rng = stream(seed, "doublets")
        both = rng.permutation(n)[: round(setting.doublets * n)]
        mean = mean.copy()
        mean[both] += mean[rng.integers(0, n, len(both))]
    if setting.ambient:
        soup = mean.sum(axis=0) / mean.sum()
        mean = (1 - setting.ambient) * mean + setting.ambient * mean.sum(axis=1).mean() * soup
    rng = stream(seed, f"{part} counts")
    if negative_binomial:
        mean = mean * rng.gamma(1 / DISPERSION, DISPERSION, mean.shape)
    counts = rng.poisson(mean)
    if setting.dropout:
        counts[stream(seed, f"{part} lost").random(counts.shape) < setting.dropout] = 0
    if setting.duplicates:
        copy, of = copies(setting, seed)
        counts[copy] = counts[of]
    return counts.astype(np.float32)


def copies(setting: Setting, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cells that are copies, and of which."""
    rng = stream(seed, "duplicates")
    order = rng.permutation(setting.n_cells)
    n = round(setting.duplicates * setting.n_cells)
    return order[:n], rng.choice(order[n:], n)
