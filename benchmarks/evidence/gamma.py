"""Second generator, of another form: gamma-distributed regulators and type effects, negative-binomial counts.

60 miRNAs x 400 mRNAs, 900 putative pairs, five types of unequal size: no method should be good at one form alone.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from benchmarks.evidence import hidden
from benchmarks.evidence.layout import lay_out
from benchmarks.evidence.lognormal import Cells, places, repression, standard_noise
from benchmarks.evidence.settings import Setting, stream

N_MIRNAS, N_MRNAS, N_PAIRS = 60, 400, 900
TYPES, RARE = (0.3, 0.25, 0.2, 0.15, 0.1), (0.5, 0.3, 0.12, 0.05, 0.03)
REGULATOR, TYPE, GENE = 3.0, 2.0, 5.0  # shapes: of a miRNA in cells, of type effects, of an mRNA in cells


def expected(setting: Setting, seed: int) -> Cells:
    """Expected counts of every cell."""
    place = places(setting, RARE if setting.rare else TYPES, seed)
    layout = lay_out(setting, place, N_MIRNAS, N_MRNAS, N_PAIRS, seed)
    rng = stream(seed, "mrna noise")
    noise = np.log(rng.gamma(GENE, 1 / GENE, (setting.n_cells, N_MRNAS)))
    drive = hidden.biology(setting, layout, N_MIRNAS, N_MRNAS, noise - noise.mean(axis=0), seed)
    technique = hidden.technique(setting, N_MIRNAS, N_MRNAS, seed)
    uniform = np.clip(special.ndtr(standard_noise(setting, layout, N_MIRNAS, seed)), 1e-9, 1 - 1e-9)
    own = np.log(special.gammaincinv(REGULATOR, uniform) / REGULATOR)
    level = _effects(place, N_MIRNAS, seed, "mirna shift") + own + drive.mirna
    made = _effects(place, N_MRNAS, seed, "mrna shift") + noise + drive.mrna
    base = stream(seed, "levels")
    of_mirna, of_mrna = np.log(base.gamma(1.5, 20, N_MIRNAS) + 3), np.log(base.gamma(1.0, 6, N_MRNAS) + 0.5)
    left = made + repression(setting, layout, level - level.mean(axis=0), N_MRNAS)
    return Cells(
        np.exp(of_mirna + level + technique.mirna),
        np.exp(of_mrna + left + technique.mrna),
        np.exp(of_mrna + made + technique.mrna),
        *(place, layout, technique.known, drive.hidden, drive.in_program, drive.hosts),
    )


def _effects(place: np.ndarray, n_genes: int, seed: int, part: str) -> np.ndarray:
    """Logs of multiplicative effects of the type; of the trajectory, a step that rises or falls somewhere."""
    rng = stream(seed, part)
    if place.dtype.kind == "f":
        height, where = rng.normal(0, 1.2, n_genes), rng.uniform(0.1, 0.9, n_genes)
        return height / (1 + np.exp(-10 * (place[:, None] - where))) - height / 2
    effect = rng.gamma(TYPE, 1 / TYPE, (len(TYPES), n_genes))
    return np.log(np.maximum(effect, 0.1))[place]
