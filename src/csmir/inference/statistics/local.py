"""The local test: blocks of mRNAs with all their pairs, each a task of its own; q-values row by row at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from csmir import _keys as K
from csmir.inference.blocks import BYTES_PER_ENTRY, Job, Networks, Part, Rows, Shared, neg_log10, part_of, tiles
from csmir.inference.execute import run_blocks, thread_count
from csmir.inference.expression import Stored
from csmir.inference.left_out import LeftOut
from csmir.inference.options import ALTERNATIVES, Request
from csmir.inference.own_columns import untestable
from csmir.inference.statistics.limits import of_local
from csmir.inference.statistics.local_again import CROWDED, Again, marked
from csmir.inference.statistics.local_own import Alone, own_candidates, without_targets
from csmir.inference.statistics.local_tests import count_tests, in_own_cell, left_to_test
from csmir.inference.statistics.record import Inputs, Kept, Statistic, made_once
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.kernels.local_adjust import Ground
    from csmir.kernels.local_means import Means
    from csmir.kernels.local_moments import Genes

GENES_AT_ONCE = 64  # as many as the kernel measures side by side
BYTES_PER_GENE = 90  # of an mRNA that is measured, per cell


@dataclass
class LocalShared(Shared):
    """The miRNAs that have pairs, whom cells are compared with, and what to do."""

    x: Genes | LeftOut  # of inferred miRNAs each pair has a vector of its own
    used: np.ndarray  # (miRNAs with pairs,) their positions in the data
    means: Means
    floor: float  # what the mRNAs must be over to be detected
    alternative: str
    alpha: float  # largest p that is kept
    narrow: bool  # what is over that p and could still be an interaction is counted up to `counted`
    counted: float
    detected: np.ndarray | None  # (miRNAs with pairs, cells) bool: test only where both genes are detected
    kept: Kept | None
    ground: Ground | None  # what is regressed out of the genes
    n_factors: int | None
    alone: Alone | None  # columns of one miRNA or one mRNA

    def __post_init__(self) -> None:
        super().__init__()

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"kept": None}


def local_job(inputs: Inputs, request: Request) -> Job:
    """The local correlation of what is significant; -log10 p and q-value beside it.

    What does not depend on the miRNAs' values is kept in `inputs.kept`, for another job with the same mRNAs.
    """
    from csmir.kernels import fdr
    from csmir.kernels.local_adjust import lay_ground

    if inputs.near is None:
        raise TypeError("the local test needs the neighbours of each cell")
    mirna, mrna, pairs, means = inputs.x, inputs.y, inputs.pairs, inputs.near.means
    alpha, adjust, keep_all, expressed_only = request.alpha, request.adjust, request.keep_all, request.expressed_only
    alternative, kept, adjustment = ALTERNATIVES[request.direction], inputs.kept, inputs.adjustment
    used = np.unique(pairs.mirna)
    threads, n_cells = thread_count(request.n_threads), mirna.n_cells
    # cells that share a list share a row, unless each tests what it detects itself
    share_rows = means.sides == 1 and not np.array_equal(means.row_of, np.arange(n_cells))
    measured = inputs.own is None and not isinstance(mirna, LeftOut)
    narrow = adjust and measured and means.sides == 1 and not (keep_all or share_rows or expressed_only)
    narrow &= fdr.LEVEL / alpha > 2 * CROWDED and alpha > fdr.LEVEL
    detected = mirna.block(used) > mirna.floor
    ground = None
    if adjustment is not None:
        if adjustment.loadings is not None:
            adjustment = adjustment._replace(loadings=adjustment.loadings[used])
        ground = made_once(kept, "ground", lambda: lay_ground(adjustment, means))
    shared = LocalShared(
        x=mirna if isinstance(mirna, LeftOut) else _measure_all(mirna, used, means, ground, threads),
        used=used,
        means=means,
        floor=mrna.floor,
        alternative=alternative,
        alpha=1.0 if keep_all else fdr.LEVEL if narrow else alpha,
        narrow=narrow,
        counted=alpha,
        detected=detected if expressed_only else None,
        kept=kept,
        ground=ground,
        n_factors=inputs.n_factors,
        alone=None if inputs.own is None else Alone(inputs.own, mirna.block(used), mirna.floor, used, adjustment),
    )
    row_of = means.row_of if share_rows and not expressed_only else None
    n_rows = n_cells if row_of is None else len(means.n_eff)
    measured_x = None if isinstance(shared.x, LeftOut) else shared.x
    left = None if ground is None else left_to_test(ground, inputs.n_factors, means, len(used), measured_x)
    lost = None if inputs.own is None else untestable(inputs.own, pairs)
    n_tested, pair_tested = count_tests(detected, mrna, used, pairs, means, expressed_only, kept, lost, left)
    sides = means.sides  # each has entries and moments of its own until both are compared
    tasks = tiles(
        pairs,
        max(1, len(used)),
        int(np.clip(request.memory // (2 * threads * n_cells * sides * BYTES_PER_GENE), 1, GENES_AT_ONCE)),
        max(1, int(request.memory / (2 * threads * n_rows * sides * shared.alpha * BYTES_PER_ENTRY))),
    )
    part = partial(part_of, pairs=pairs, mrna=mrna)
    return Job(
        block=local_block,
        shared=shared,
        tasks=tasks,
        part=part,
        finish=partial(
            local_finish,
            n_tested=n_tested,
            pair_tested=pair_tested,
            again=Again(local_block, shared, tasks, part, pairs.mirna, alpha, threads) if narrow else None,
            alpha=alpha,
            adjust=adjust,
            keep_all=keep_all,
        ),
        n_cells=n_cells,
        bucket=pairs.mirna,
        row_of=row_of,
    )


def _measure_all(values: Stored, features: np.ndarray, means: Means, ground: Ground | None, threads: int) -> Genes:
    """Scores and moments of these features, some at a time."""
    from csmir.kernels.local_moments import join, measure

    parts = [features[i : i + GENES_AT_ONCE] for i in range(0, len(features), GENES_AT_ONCE)]
    made = run_blocks(
        lambda part: measure(values.block(part), means, floor=values.floor, ground=ground),
        parts, n_threads=threads, desc="genes", progress=False,
    )  # fmt: skip
    return join(made, len(features))


def local_block(shared: LocalShared, part: Part) -> Packed:
    """Candidates of the pairs of a tile, or what has p <= alpha."""
    from csmir.kernels.local_candidates import candidates, n_eff_of
    from csmir.kernels.local_inference import with_p
    from csmir.kernels.local_moments import measure
    from csmir.kernels.sides import on_both

    def measured() -> Genes:
        return measure(part.y, shared.means, floor=shared.floor, ground=shared.ground)

    order = np.argsort(part.at)
    pair_x, pair_y = np.searchsorted(shared.used, part.pair_x[order]), part.pair_y[order]
    options: dict[str, Any] = {"alpha": shared.alpha, "alternative": shared.alternative}
    held: dict[str, Any] = options | {"ground": shared.ground, "n_factors": shared.n_factors}
    if shared.alone is not None:
        indptr, pair, rho, extra = own_candidates(
            shared.alone, part, shared.floor, pair_x, pair_y, shared.means, **options
        )
    else:
        y = made_once(shared.kept, ("y", *part.genes[[0, -1]]), measured)
        if isinstance(shared.x, LeftOut):
            indptr, pair, rho, extra = without_targets(shared.x, shared.used, part, order, y, shared.means, **held)
        else:
            near = np.zeros(len(shared.means.n_eff), np.int64)
            held |= {"counted": shared.counted, "near": near} if shared.narrow else {}
            indptr, pair, rho, extra = candidates(shared.x, y, shared.means, pair_x, pair_y, **held)
    found = with_p(indptr, pair, rho, extra, n_eff_of(shared.means), **options)
    if shared.narrow:
        found = marked(found, near, len(order))
    indptr, pair, rho, extra = on_both(found) if shared.means.sides == 2 else found
    if shared.detected is not None:
        indptr, at = in_own_cell(indptr, pair, pair_x, pair_y, shared.means, shared.detected, part.y > shared.floor)
        pair, rho, extra = pair[at], rho[at], extra[at]
    return Packed(np.diff(indptr), part.at[order][pair], rho, extra)


def local_finish(
    rows: Rows,
    cells: slice,
    *,
    n_tested: np.ndarray,
    pair_tested: np.ndarray,
    again: Again | None,
    alpha: float,
    adjust: bool,
    keep_all: bool,
) -> Networks:
    """Networks of whole rows: q-values, and what is significant by them."""
    from csmir.kernels import fdr
    from csmir.kernels.local_inference import Entries

    found = Entries(rows.indptr, rows.indices, rows.value, rows.extra)
    if again is not None:
        found = again.complete(found, cells, n_tested[cells])
    sums = fdr.add_up(found.pair, found.p, pair_tested, min(fdr.LEVEL, alpha))
    q = fdr.adjust(found.p, found.indptr, n_tested[cells])
    significant = (q if adjust else found.p) <= alpha
    kept = np.ones_like(significant) if keep_all else significant
    layers = {K.Layer.QVALUE: q[kept].astype(np.float32), K.Layer.NEG_LOG10_P: neg_log10(found.p[kept])}
    if keep_all:
        layers[K.Layer.SIGNIFICANT] = significant
    indptr = np.concatenate([[0], np.cumsum(kept)])[found.indptr].astype(rows.indptr.dtype)
    return Networks(indptr, found.pair[kept].astype(rows.indices.dtype), found.rho[kept], layers, sums)


STATISTIC = Statistic(
    name="local",
    title="local correlation",
    value=K.RHO,
    signed=True,
    alpha=0.05,
    tested=True,
    options=frozenset(
        {"groups", "neighbors", "n_neighbors", "expressed_only", "direction", "both_sides", "covariates", "factors"}
        | {"parents", "transcription"}
    ),
    neighbors="always",
    stored_share=lambda n_runs: 0.05,
    job=local_job,
    reads_blocks=True,
    takes_negative=True,
    needs_detection=True,
    arithmetic=4,  # 2: local means in two steps; 3: sums in float32 in the order of the cells; 4: tails in closed form
    limits=of_local,
)
