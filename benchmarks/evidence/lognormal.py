"""First generator: log-normal genes, Poisson counts, 40 miRNAs x 250 mRNAs, 600 putative pairs, four cell types."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.evidence import hidden
from benchmarks.evidence.layout import Layout, lay_out
from benchmarks.evidence.settings import Setting, stream

N_MIRNAS, N_MRNAS, N_PAIRS, N_TYPES = 40, 250, 600, 4
EQUAL, RARE = (0.25,) * N_TYPES, (0.6, 0.25, 0.1, 0.05)
MIRNA_SD, MRNA_SD = 0.48, 0.55  # from cell to cell
SHIFT = 0.7  # between types, or along the trajectory
MIRNA_LEVEL, MRNA_LEVEL, LEVEL_SD = np.log(25), np.log(2.5), 1.0


class Cells(NamedTuple):
    """Expected counts and what is true of them."""

    mirna: np.ndarray  # (cells, miRNAs) expected counts; real ones in the generator that has them
    mrna: np.ndarray
    transcribed: np.ndarray  # (cells, mRNAs) expected counts of what is not yet spliced: no miRNA has seen it
    place: np.ndarray  # types (int) or pseudotime (float)
    layout: Layout
    known: dict[str, np.ndarray]
    hidden: dict[str, np.ndarray]
    in_program: tuple[np.ndarray, np.ndarray]
    hosts: np.ndarray


def expected(setting: Setting, seed: int) -> Cells:
    """Expected counts of every cell."""
    place = places(setting, RARE if setting.rare else EQUAL, seed)
    layout = lay_out(setting, place, N_MIRNAS, N_MRNAS, N_PAIRS, seed)
    noise = stream(seed, "mrna noise").normal(0, MRNA_SD, (setting.n_cells, N_MRNAS))
    drive = hidden.biology(setting, layout, N_MIRNAS, N_MRNAS, noise, seed)
    technique = hidden.technique(setting, N_MIRNAS, N_MRNAS, seed)
    own = MIRNA_SD * standard_noise(setting, layout, N_MIRNAS, seed)
    level = _means(place, N_MIRNAS, seed, "mirna shift") + own + drive.mirna
    made = _means(place, N_MRNAS, seed, "mrna shift") + noise + drive.mrna
    base = stream(seed, "levels")
    of_mirna, of_mrna = base.normal(MIRNA_LEVEL, LEVEL_SD, N_MIRNAS), base.normal(MRNA_LEVEL, LEVEL_SD, N_MRNAS)
    left = made + repression(setting, layout, level - level.mean(axis=0), N_MRNAS)
    return Cells(
        np.exp(of_mirna + level + technique.mirna),
        np.exp(of_mrna + left + technique.mrna),
        np.exp(of_mrna + made + technique.mrna),
        *(place, layout, technique.known, drive.hidden, drive.in_program, drive.hosts),
    )


def places(setting: Setting, shares: tuple[float, ...], seed: int) -> np.ndarray:
    """Type or pseudotime of each cell."""
    rng = stream(seed, "place")
    if setting.structure == "trajectory":
        return np.sort(rng.uniform(0, 1, setting.n_cells))
    return rng.choice(len(shares), setting.n_cells, p=shares)


def standard_noise(setting: Setting, layout: Layout, n_mirnas: int, seed: int) -> np.ndarray:
    """Cell-to-cell variation, sd 1; members of a cluster share most of theirs."""
    rng = stream(seed, "mirna noise")
    out = rng.normal(size=(setting.n_cells, n_mirnas))
    for members in layout.clusters:
        shared = rng.normal(size=(setting.n_cells, 1))
        out[:, members] = np.sqrt(setting.cluster_r) * shared + np.sqrt(1 - setting.cluster_r) * out[:, members]
    return out


def repression(setting: Setting, layout: Layout, deviation: np.ndarray, n_mrnas: int) -> np.ndarray:
    """Log effect on every mRNA: what the miRNAs' deviations do, where they do it."""
    out = np.zeros((len(deviation), n_mrnas))
    for pair in np.flatnonzero(layout.active.any(axis=0)):
        r, t = layout.mirna[pair], layout.mrna[pair]
        out[:, t] -= layout.slope[pair] * deviation[:, r] * layout.active[:, pair]
    out[:, layout.unlisted] -= setting.hub_slope * deviation[:, [0]]
    return out


def _means(place: np.ndarray, n_genes: int, seed: int, part: str) -> np.ndarray:
    """Mean of the type, or one wave along the trajectory."""
    rng = stream(seed, part)
    if place.dtype.kind == "f":
        turns, phase = rng.uniform(0.25, 0.75, n_genes), rng.uniform(0, 1, n_genes)
        return SHIFT * np.sqrt(2) * np.sin(2 * np.pi * (place[:, None] * turns + phase))
    return rng.normal(0, SHIFT, (N_TYPES, n_genes))[place]
