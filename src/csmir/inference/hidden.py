"""Hidden factors over all cells or samples, as many as non-targets ask for, regressed out of both ends of a pair.

They are those of the local test: components of all mRNAs' ranks, turned for each miRNA (or set) towards what moves its
non-targets most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.options import AUTO, can_show_factors, check_factors
from csmir.inference.pairs import Pairs
from csmir.inference.space import MOST_GENES, listed_of

FEWEST_GENES = 50  # that factors are sought in
CELLS_EACH = 4  # cells for each component of the basis, at least
WORTH = 10  # cells for each factor that is tried
TIE = 1e-6  # of a column's length: what is left of it lies in those before it


@dataclass(frozen=True)
class Hidden:
    """Factors of each miRNA (or set): the first `n` columns of `scores @ rotations[miRNA]`."""

    scores: np.ndarray  # (cells, components)
    rotations: np.ndarray  # (miRNAs, components, components)
    n: int
    noted: dict[str, Any] = field(default_factory=dict)

    def columns(self, mirna: int, rows: np.ndarray | None = None) -> np.ndarray:
        """Orthonormal columns (cells, factors) of one miRNA, over `rows`; the first k of them span its first k."""
        factors = self.scores @ self.rotations[mirna][:, : self.n]
        factors = factors if rows is None else factors[rows]
        factors = factors - factors.mean(axis=0)
        q, r = np.linalg.qr(factors)
        length = np.linalg.norm(factors, axis=0)
        return q * (np.abs(np.diag(r)) > TIE * np.maximum(length, 1e-12))

    def inside(self, strata: np.ndarray, mirna: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each stratum its rows and the columns there."""
        rows = [np.flatnonzero(strata == label) for label in np.unique(strata)]
        return [(at, self.columns(mirna, at)) for at in rows]

    def within(self, rows: np.ndarray) -> Hidden:
        """The same factors of some of the cells."""
        return Hidden(self.scores[rows], self.rotations, self.n)


def find(genes: np.ndarray, detection: np.ndarray, pairs: Pairs, factors: int | str | None) -> Hidden | None:
    """All factors that can be tried, or None where there are none.

    `genes` (cells, mRNAs) are what is correlated, `pairs` who is a putative target of whom. `factors` as the user
    gave it.
    """
    from csmir.kernels.decompose import project, some_cells
    from csmir.kernels.factors import N_COMPONENTS, TRIED, find_basis, standardised

    if check_factors(factors) == 0 or not can_show_factors(pairs, factors):
        return None
    asked = factors not in (None, AUTO)
    at = np.flatnonzero(np.ptp(genes, axis=0) > 0)
    at = np.sort(at[np.argsort(-detection[at], kind="stable")[:MOST_GENES]])
    if len(at) < FEWEST_GENES or len(genes) <= CELLS_EACH * N_COMPONENTS:
        if asked:
            raise InputError(
                f"Hidden factors need {FEWEST_GENES} mRNAs that vary and more than {CELLS_EACH * N_COMPONENTS} cells; "
                f"found {len(at)} and {len(genes)}. Leave `factors` out."
            )
        return None
    values = np.ascontiguousarray(genes[:, at].T, dtype=np.float64)
    some = some_cells(len(genes))
    basis = find_basis(values if some is None else values[:, some], listed_of(pairs)[:, at], detection[at])
    scores = basis.scores
    if some is not None:
        scores = standardised(project(lambda part: values[part], values[:, some], scores))
    most = max(k for k in TRIED if k * WORTH <= len(genes))
    return Hidden(scores, basis.rotations, int(factors) if asked else most)  # type: ignore[arg-type]


def choose(hidden: Hidden, decoys: np.ndarray, z: np.ndarray, tried: tuple[int, ...], who: str) -> Hidden:
    """As many factors as bring the share of p < 1 % among non-targets to nominal, of those `tried`."""
    from csmir.kernels import factors as kernel

    chosen = kernel.choose(list(decoys), list(z), tried)
    logger.info(
        "%s: hidden factors: %d of %s, chosen by the %s: p < 1 %% for %s of the non-targets",
        who, chosen.n_factors, "/".join(map(str, tried)), chosen.why,
        ", ".join(f"{d:.1%} ({k})" for k, d in zip(tried, decoys, strict=True)),
    )  # fmt: skip
    noted = {
        "factors_tried": list(tried), "factors_chosen_by": chosen.why,
        "decoy_tail_share": [float(d) for d in decoys], "n_factors": chosen.n_factors,
    }  # fmt: skip
    return Hidden(hidden.scores, hidden.rotations, chosen.n_factors, noted)
