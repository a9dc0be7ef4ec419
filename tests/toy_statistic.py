"""A statistic for a test: the file that somebody would write into `inference/statistics/`, by CONTRIBUTING alone.

A pair is an interaction where the miRNA is among its highest and the mRNA among its lowest values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csmir.inference.blocks import Job
from csmir.inference.expression import seen
from csmir.inference.options import Request
from csmir.inference.statistics.per_cell import Choice, cells_that_test, choose, rows_job
from csmir.inference.statistics.record import Inputs, Limit, Statistic
from csmir.kernels.packed import Packed

CELLS_AT_ONCE = 8


class Shared(NamedTuple):
    """What every task reads."""

    high: np.ndarray  # (miRNAs, cells) share of cells that are as high or higher
    low: np.ndarray  # (mRNAs, cells) share of cells that are as low or lower
    choice: Choice


def toy_rows(shared: Shared, task: range) -> Packed:
    """Interactions of a range of cells."""
    cells = np.array(task)
    p = np.sqrt(shared.high[shared.choice.pair_x][:, cells] * shared.low[shared.choice.pair_y][:, cells]).T
    n_pairs = p.shape[1]
    bounds = np.arange(len(cells) + 1) * n_pairs
    pair = np.tile(np.arange(n_pairs), len(cells))
    return choose(cells, bounds, pair, 1 - p.ravel(), p.ravel(), np.full(len(cells), n_pairs), shared.choice)


def toy_job(inputs: Inputs, request: Request) -> Job:
    """Highest and lowest values as a job."""
    pairs = inputs.pairs
    x, y = inputs.x[np.arange(pairs.n_mirnas)], inputs.y[np.arange(pairs.n_mrnas)]
    high = (x[:, None, :] >= x[:, :, None]).mean(axis=2)
    low = (y[:, None, :] <= y[:, :, None]).mean(axis=2)
    detected = (seen(inputs.x), seen(inputs.y)) if request.expressed_only else None
    choice = Choice(request.alpha, request.adjust, request.keep_all, detected, pairs.mirna, pairs.mrna)
    n_cells = inputs.weights.shape[1]
    tested = cells_that_test(pairs.mirna, pairs.mrna, np.ones(n_cells, bool), detected)
    return rows_job(
        toy_rows,
        Shared(high, low, choice),
        n_cells,
        CELLS_AT_ONCE,
        pairs,
        pair_tested=tested,
        alpha=request.alpha,
        keep_all=request.keep_all,
    )


STATISTIC = Statistic(
    name="toy_statistic",
    title="high and low",
    value="height",
    alpha=0.2,
    tested=True,
    options=frozenset({"expressed_only"}),
    neighbors="never",
    stored_share=lambda n_runs: 0.01,
    job=toy_job,
    limits=lambda run: [Limit("mind", "A toy", f"Of {run.adata.n_obs} cells it says nothing.")],
)
