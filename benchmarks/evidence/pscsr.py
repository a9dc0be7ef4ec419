"""Third: real counts of miRNAs in single cells (PSCSR-seq, four cell lines), with mRNAs planted on top.

What makes real miRNAs vary together is in the data; a program is what the miRNAs of a line share most.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.evidence import hidden
from benchmarks.evidence.layout import lay_out
from benchmarks.evidence.lognormal import LEVEL_SD, MRNA_LEVEL, MRNA_SD, SHIFT, Cells, repression
from benchmarks.evidence.settings import Setting, stream

N_MIRNAS, N_MRNAS, N_PAIRS = 60, 250, 600
SPREAD = 0.6  # to which the log levels of real miRNAs within a line are scaled before they repress


def folder() -> Path | None:
    """Folder of the real data, if it is there."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    found = Path(os.environ.get("CSMIR_TEST_DATA", default)) / "real"
    return found if (found / "pscsr_celllines_mirna_counts.csv.gz").exists() else None


@functools.cache
def counts() -> tuple[np.ndarray, np.ndarray]:
    """Cells x the 60 miRNAs that the most cells detect, and the line of each cell."""
    found = folder()
    if found is None:
        raise SystemExit("No real miRNA counts: set CSMIR_TEST_DATA to the folder that holds real/.")
    table = pd.read_csv(found / "pscsr_celllines_mirna_counts.csv.gz", index_col=0)
    lines = pd.read_csv(found / "pscsr_celllines_cells.csv.gz", index_col=0)["celltype"]
    often = (table > 0).mean(axis=1).sort_values(ascending=False, kind="stable").index[:N_MIRNAS]
    return table.loc[often].to_numpy().T.astype(float), pd.factorize(lines.loc[table.columns], sort=True)[0]


def expected(setting: Setting, seed: int) -> Cells:
    """Real counts of miRNAs and expected counts of mRNAs."""
    real, lines = counts()
    some = stream(seed, "place").permutation(len(real))[: setting.n_cells]
    real, place = real[some], lines[some]
    layout = lay_out(setting, place, N_MIRNAS, N_MRNAS, N_PAIRS, seed)
    total = real.sum(axis=1)
    level = np.log((real + 0.5) / total[:, None])
    for line in np.unique(place):  # what is left of the line's mean represses
        at = place == line
        level[at] = SPREAD * (level[at] - level[at].mean(axis=0)) / level[at].std(axis=0)
    noise = stream(seed, "mrna noise").normal(0, MRNA_SD, (len(real), N_MRNAS))
    made = stream(seed, "mrna shift").normal(0, SHIFT, (lines.max() + 1, N_MRNAS))[place] + noise
    inside = (np.zeros(N_MIRNAS, bool), np.zeros(N_MRNAS, bool))
    secret: dict[str, np.ndarray] = {}
    if setting.program:
        left, _, _ = np.linalg.svd(level - level.mean(axis=0), full_matrices=False)
        shared = left[:, 0] / left[:, 0].std()
        sign = np.array([np.corrcoef(shared, one)[0, 1] for one in level.T])
        shared *= np.sign(np.median(sign))
        down = stream(seed, "program").choice(N_MRNAS, round(setting.program_share * N_MRNAS), replace=False)
        made[:, down] -= hidden.LOG2 * setting.program * shared[:, None]
        inside = (np.abs(sign) > 0.3, np.isin(np.arange(N_MRNAS), down))
        secret["program"] = shared
    technique = hidden.technique(setting, N_MIRNAS, N_MRNAS, seed)
    of_mrna = stream(seed, "levels").normal(MRNA_LEVEL, LEVEL_SD, N_MRNAS)
    if setting.depth == "shared":  # the cell's own depth, as its miRNAs tell it
        technique.mrna[:] += (np.log(total) - np.log(total).mean())[:, None]
    left_over = made + repression(setting, layout, level, N_MRNAS)
    return Cells(
        real,
        np.exp(of_mrna + left_over + technique.mrna),
        np.exp(of_mrna + made + technique.mrna),
        *(place, layout, technique.known, secret, inside, np.empty((0, 2), int)),
    )
