"""In how many runs is each pair over the cutoff, for all pairs at once: the fast gate before medians are taken.

For one cell and one run every miRNA is a lane of one byte: the joint counts of an mRNA's box with all miRNAs are a
sum of byte rows, one row per member of the mRNA's box, and `z > cutoff` is one comparison with a row of integer
cutoffs. Needs runs of total weight up to 255 and up to 255 runs (the published design has 109 and 100).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

LANES = 128  # miRNAs are padded to this, so that the vector loops have no remainder
MRNAS_AT_ONCE = 256  # their counts stay in the second-level cache while the runs pass


class Lanes(NamedTuple):
    """What the miRNAs contribute, cell by cell and run by run, one byte per miRNA."""

    weight: np.ndarray  # (cells, runs, cells, miRNAs) weight of a member cell if it lies in the miRNA's box, else 0
    needed: (
        np.ndarray
    )  # (cells, runs, n + 1, miRNAs) joint count needed at each size of the mRNA's box; 255 = out of reach


def applicable(n: int, n_runs: int) -> bool:
    """Whether counts fit in a byte; 255 is kept for "out of reach"."""
    return n < 255 and n_runs <= 255


def make_lanes(boxes, weights: np.ndarray, table: np.ndarray) -> Lanes:
    """Lanes of the miRNAs' `boxes.Boxes`; `table` from `statistic.cutoff_table`."""
    n_mirnas, n_cells = boxes.order.shape
    n_runs = len(weights)
    width = -(-n_mirnas // LANES) * LANES
    lanes = Lanes(
        weight=np.zeros((n_cells, n_runs, n_cells + 1, width), np.uint8),
        needed=np.full((n_cells, n_runs, boxes.n + 1, width), 255, np.uint8),
    )
    needed = np.minimum(table, 255).astype(np.uint8)
    needed[table > boxes.n] = 255
    _fill_lanes(*boxes[:-1], weights.astype(np.uint8), needed, *lanes)
    return lanes


@numba.njit(nogil=True, cache=True)
def _fill_lanes(order, group, start, n_groups, lo, hi, size, weights, table, lane_weight, lane_needed):
    n_mirnas, n_cells = order.shape
    for k in range(n_cells):
        for r in range(weights.shape[0]):
            for x in range(n_mirnas):
                i = group[x, k]
                for p in range(lo[x, i, r], hi[x, i, r]):
                    c = order[x, p]
                    lane_weight[k, r, c, x] = weights[r, c]
                lane_weight[k, r, n_cells, x] = size[x, i, r]
            for n_t in range(table.shape[1]):
                for x in range(n_mirnas):
                    lane_needed[k, r, n_t, x] = table[size[x, group[x, k], r], n_t]


@numba.njit(nogil=True, cache=True)
def count_runs(lane_weight, lane_needed, order, group, lo, hi, size, counts):
    """Runs over the cutoff: fills counts (cells, mRNAs, miRNAs) uint8 for the mRNAs whose boxes are handed in."""
    n_cells, n_runs, _, n_mirnas = lane_weight.shape
    joint = np.empty(n_mirnas, np.uint8)
    for k in range(n_cells):
        for r in range(n_runs):
            for y in range(order.shape[0]):
                i = group[y, k]
                a, b = lo[y, i, r], hi[y, i, r]
                n_t = size[y, i, r]
                # boxes of one to three cells are the most: their sums are taken in the comparison itself
                if b - a == 1:
                    for x in range(n_mirnas):
                        counts[k, y, x] += lane_weight[k, r, k, x] >= lane_needed[k, r, n_t, x]
                elif b - a == 2:
                    c0, c1 = order[y, a], order[y, a + 1]
                    for x in range(n_mirnas):
                        s = np.uint8(lane_weight[k, r, c0, x] + lane_weight[k, r, c1, x])
                        counts[k, y, x] += s >= lane_needed[k, r, n_t, x]
                elif b - a == 3:
                    c0, c1, c2 = order[y, a], order[y, a + 1], order[y, a + 2]
                    for x in range(n_mirnas):
                        s = np.uint8(lane_weight[k, r, c0, x] + lane_weight[k, r, c1, x] + lane_weight[k, r, c2, x])
                        counts[k, y, x] += s >= lane_needed[k, r, n_t, x]
                elif 2 * (b - a) <= n_cells:
                    for x in range(n_mirnas):
                        joint[x] = 0
                    for p in range(a, b):
                        c = order[y, p]
                        for x in range(n_mirnas):
                            joint[x] += lane_weight[k, r, c, x]
                    for x in range(n_mirnas):
                        counts[k, y, x] += joint[x] >= lane_needed[k, r, n_t, x]
                else:  # a large box, such as all zeros: take the few cells outside from the whole
                    for x in range(n_mirnas):
                        joint[x] = lane_weight[k, r, n_cells, x]
                    for p in range(n_cells):
                        if a <= p < b:
                            continue
                        c = order[y, p]
                        for x in range(n_mirnas):
                            joint[x] -= lane_weight[k, r, c, x]
                    for x in range(n_mirnas):
                        counts[k, y, x] += joint[x] >= lane_needed[k, r, n_t, x]
