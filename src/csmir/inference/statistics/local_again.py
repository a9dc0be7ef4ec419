"""The local test again, around cells where more pairs may be interactions than were kept.

A q-value of at most `alpha` needs p <= `alpha`, and to be rejected at p = t it takes as many as t / alpha of the tests
at or below t. So where fewer than LEVEL / alpha of them (a fifth) have p <= alpha, nothing over LEVEL (1 %) can be an
interaction, and it need not be kept. A block keeps what is at or below LEVEL, and counts the rest: where it counts more
than `CROWDED` of its pairs around a cell, the number goes with the cell's entries as a mark, an entry of p over 1.
Where marks, and what unmarked blocks may hold, leave it open, the cell is tested again, and all with p <= alpha kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from csmir._log import logger
from csmir.inference.execute import rows_of, run_blocks
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.kernels.local_adjust import Ground
    from csmir.kernels.local_inference import Entries
    from csmir.kernels.local_moments import Genes

CROWDED = 0.08  # of a block's pairs; half as many are expected, or fewer, where nothing is regulated
MARK = 2.0  # p of a mark, less what it counts


def marked(found: Entries, near: np.ndarray, n_pairs: int) -> Entries:
    """Entries of a block of `n_pairs`, with marks in the lists that are crowded; `near` (lists,)."""
    crowded = np.flatnonzero(near > CROWDED * n_pairs)
    if not len(crowded):
        return found
    at = found.indptr[crowded]
    marks = np.zeros(len(near), np.int64)
    marks[crowded] = 1
    return found._replace(
        indptr=found.indptr + np.append(0, np.cumsum(marks)),
        pair=np.insert(found.pair, at, 0),
        rho=np.insert(found.rho, at, 0),
        p=np.insert(found.p, at, MARK + near[crowded]),
    )


@dataclass(frozen=True)
class Again:
    """What it takes to test some cells again."""

    block: Callable[[Any, Any], Packed]
    shared: Any  # as of the first time
    tasks: Sequence[Any]
    part: Callable[[Any], Any]
    bucket: np.ndarray  # (pairs,)
    alpha: float  # what q must be at or below
    threads: int

    def complete(self, found: Entries, cells: slice, n_tested: np.ndarray) -> Entries:
        """The entries of some cells with everything that can have q <= alpha, without marks."""
        n_rows = len(n_tested)
        mark = np.flatnonzero(found.p > 1)
        marked_row = np.searchsorted(found.indptr, mark, side="right") - 1
        at_most = np.bincount(marked_row, found.p[mark] - MARK, minlength=n_rows) + CROWDED * len(self.bucket)
        unclear = (at_most > self.shared.alpha / self.alpha * n_tested) & (n_tested > 0)
        size = np.diff(found.indptr)
        if not unclear.any():
            if not len(mark):
                return found
            indptr = np.append(0, np.cumsum(size - np.bincount(marked_row, minlength=n_rows)))
            pair, rho, p = (np.delete(values, mark) for values in found[1:])
            return found._replace(indptr=indptr.astype(found.indptr.dtype), pair=pair, rho=rho, p=p)
        row = np.repeat(np.arange(n_rows), size)
        stays = ~unclear[row]
        stays[mark] = False
        parts = [(row[stays], *(values[stays] for values in found[1:]))]
        logger.info(
            "around %d cells a fifth of the pairs or more may have p <= %g: tested again, with all of these kept",
            int(unclear.sum()),
            self.alpha,
        )
        parts.append(self._wider(np.flatnonzero(unclear), cells.start or 0))
        row, pair, rho, p = (np.concatenate(values) for values in zip(*parts, strict=True))
        order = np.argsort(row, kind="stable")
        indptr = np.append(0, np.cumsum(np.bincount(row, minlength=n_rows))).astype(found.indptr.dtype)
        return found._replace(indptr=indptr, pair=pair[order], rho=rho[order], p=p[order])

    def _wider(self, some: np.ndarray, first: int) -> tuple[np.ndarray, ...]:
        """Row, pair, rho and p of all that has p <= alpha in rows `some`, of which the first is cell `first`."""
        from csmir.kernels.two_steps import around

        means = self.shared.means
        position = np.empty(len(means.order), np.int64)
        position[means.order] = np.arange(len(means.order))
        at = np.sort(position[some + first])
        shared = replace(
            self.shared, means=around(means, at), x=_genes_at(self.shared.x, at), alpha=self.alpha, narrow=False,
            ground=None if self.shared.ground is None else _ground_at(self.shared.ground, at), kept=None,
        )  # fmt: skip
        done = run_blocks(
            lambda task: self.block(shared, self.part(task)),
            self.tasks, n_threads=self.threads, desc="pairs", progress=False,
        )  # fmt: skip
        rows = rows_of(list(done), range(len(at)), self.bucket, self.threads)
        # rows of results are in the order of the positions, unless they are all cells
        cell = np.arange(len(at)) if len(at) == len(position) else means.order[at]
        return np.repeat(cell - first, np.diff(rows.indptr)), rows.indices, rows.value, rows.extra


def _genes_at(genes: Genes, at: np.ndarray) -> Genes:
    """The genes in some lists."""
    own = {name: getattr(genes, name)[..., at] for name in ("mean", "scale", "skewness", "kurtosis", "seen", "b")}
    return genes._replace(**own, left=genes.left[..., at] if genes.left.shape[-1] else genes.left)


def _ground_at(ground: Ground, at: np.ndarray) -> Ground:
    own = {name: getattr(ground, name)[..., at] for name in ("mean", "solve", "kept", "factors", "kept_factors")}
    return ground._replace(**{name: np.ascontiguousarray(values) for name, values in own.items()})
