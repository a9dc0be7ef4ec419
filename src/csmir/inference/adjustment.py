"""What the local test adjusts for: known covariates, and as many hidden factors as the decoys of the data ask for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference import detectable, non_targets
from csmir.inference.covariates import Covariates, read_covariates, refuse_too_many, taken_around, warn_of_untestable
from csmir.inference.expression import blocks_of, by_columns, most_detected
from csmir.inference.left_out import LeftOut, is_left_out
from csmir.inference.mediators import warn_of_consequences, warn_of_swallowed
from csmir.inference.neighbourhood import (
    Neighborhood,
    neighborhood,
    refuse_half_corrected,
    residual_columns,
    residual_ranks,
)
from csmir.inference.options import ALTERNATIVES, AUTO, Request, can_show_factors
from csmir.inference.own_columns import Own, read_own
from csmir.inference.pairs import Pairs
from csmir.inference.space import MOST_GENES, listed_of
from csmir.inference.tail_shares import tail_shares
from csmir.inference.twins import say_what_is_adjusted, without_twins

if TYPE_CHECKING:
    from csmir.kernels.factors import Basis
    from csmir.kernels.local_adjust import Adjustment

FEWEST_GENES = 50  # that factors are sought in
LEAST_INFERRED = 2  # factors of inferred miRNAs that "auto" takes
WORTH = 10  # independent cells for each factor that is tried


class Adjusted(NamedTuple):
    """What is adjusted for, and what to say of it."""

    adjustment: Adjustment | None
    n_factors: int
    noted: dict[str, Any]
    known: np.ndarray | None = None  # (cells, columns) the covariates
    own: Own | None = None  # columns of one miRNA or one mRNA alone

    @property
    def given(self) -> tuple[np.ndarray, ...] | None:
        """All of it that the user gave, as arrays.

        Not the factors: they follow from the rest, but for a last bit that the threads of the linear algebra decide.
        """
        common = () if self.known is None else (self.known,)
        return (*common, *(() if self.own is None else self.own.given)) or None


NOTHING = Adjusted(None, 0, {})


def conditions(
    mdata: MuData,
    data: _mudata.Paired,
    x: Any,
    y: Any,
    pairs: Pairs,
    request: Request,
    *,
    mirna: str,
    mrna: str,
    groups: np.ndarray | None,
    parents: pd.DataFrame | None = None,
) -> tuple[Neighborhood | None, Adjusted]:
    """Whom each cell is compared with, and what is adjusted for."""
    if not request.near:
        return None, NOTHING
    data = data._replace(mrna=by_columns(data.mrna, y))
    near, covariates = compared(mdata, data, pairs, request, mirna=mirna, mrna=mrna, groups=groups)
    if "covariates" not in request.of.options:
        return near, NOTHING
    if covariates is not None:
        say_what_is_adjusted(covariates, residual_columns(covariates.values, near))
    n_known = 0 if covariates is None else len(covariates.names)
    own, of_own = None, dict[str, Any]()
    if parents is not None or request.transcription is not None:
        own, of_own = read_own(mdata, data, pairs, parents, request.transcription, mrna=mrna)
        of_one = max(map(len, own.parents))
        refuse_too_many(n_known + of_one, near.lists.n_eff, f"covariate columns and parents of one miRNA ({of_one})")
    if covariates is not None:
        own, of_twins = without_twins(own, covariates, data, x, y, pairs)
        of_own |= of_twins
    adjusted = adjust(data, x, y, pairs, near, request, covariates, request.factors, own)
    columns = None if covariates is None else covariates.values
    if columns is not None:
        warn_of_untestable(columns, adjusted.n_factors, near.lists)
    if logger.isEnabledFor(logging.INFO):
        n_taken = 0 if columns is None else taken_around(columns, near.lists)
        detectable.tell_of_local(data, pairs, near, request, n_taken + adjusted.n_factors)
    return near, adjusted._replace(known=columns, own=own, noted=adjusted.noted | of_own)


def compared(
    mdata: MuData, data: _mudata.Paired, pairs: Pairs, request: Request, *, mirna: str, mrna: str,
    groups: np.ndarray | None,
) -> tuple[Neighborhood, Covariates | None]:  # fmt: skip
    """Whom each cell is compared with, and the covariates by name."""
    covariates = None
    if request.covariates is not None:
        covariates = read_covariates(mdata, data, request.covariates, mirna=mirna, mrna=mrna)
    refuse_half_corrected(request, mrna)
    technical = None if covariates is None else covariates.values[:, covariates.technical]
    # what moves targets together is not the doing of a miRNA that nobody measured
    if _mudata.is_inferred(mdata[mirna]) and is_left_out(mdata[mirna]):
        nobody = np.empty(0, np.int32)
        pairs = Pairs(nobody, nobody, pairs.n_mirnas, pairs.n_mrnas)
    near = neighborhood(mdata, data, pairs, request, mrna=mrna, groups=groups, technical=technical)
    return near, covariates


def adjust(
    data: _mudata.Paired,
    x: Any,
    y: Any,
    pairs: Pairs,
    near: Neighborhood,
    request: Request,
    covariates: Covariates | None,
    factors: int | str | None,
    own: Own | None = None,
) -> Adjusted:
    """Columns and factors for a local test of these pairs; `factors` None is "auto" where there is a prior.

    `x` and `y` are the matrices as the test reads them.
    """
    from csmir.kernels.local_adjust import Adjustment

    common = np.zeros((len(data.cells), 0)) if covariates is None else covariates.values
    noted: dict[str, Any] = {}
    if covariates is not None:
        refuse_too_many(common.shape[1], near.lists.n_eff)
        noted["covariate_columns"] = list(covariates.names) or None
    inferred = isinstance(x, LeftOut)
    basis = _basis(data, pairs, near, common, factors, hubs=not inferred, n_threads=request.n_threads)
    if basis is None:
        if not common.shape[1]:
            return NOTHING
        return Adjusted(Adjustment(common), 0, noted)
    warn_of_consequences(data, x, near, basis, covariates)
    few = np.unique(pairs.mirna)[(basis.rotations[np.unique(pairs.mirna)] == 0).all(axis=(1, 2))]
    if len(few):
        logger.warning(
            "too few non-targets to see hidden factors by, and none adjusted for, of %s: %s",
            *(check.many(len(few), "miRNA"), check.listing(data.mirna_names[few])),
        )
    adjustment = Adjustment(common, basis.scores, basis.rotations)
    if factors is None or factors == AUTO:
        n_factors, of_choice = _choose(data, x, y, pairs, near, request, adjustment, own)
        noted |= of_choice
    else:
        n_factors = int(factors)
    noted["n_factors"] = n_factors
    if not n_factors:
        return Adjusted(Adjustment(common) if common.shape[1] else None, 0, noted)
    warn_of_swallowed(data, x, pairs, near, basis, n_factors)
    return Adjusted(adjustment._replace(loadings=basis.rotations[:, :, :n_factors]), n_factors, noted)


def _basis(
    data: _mudata.Paired, pairs: Pairs, near: Neighborhood, common: np.ndarray, factors: int | str | None,
    *, hubs: bool, n_threads: int | None,
) -> Basis | None:  # fmt: skip
    """The basis of the factors, or None where there are none; `hubs` spares what a miRNA may do to many genes."""
    from csmir.kernels.decompose import GENES_AT_ONCE, project, some_cells
    from csmir.kernels.factors import N_COMPONENTS, find_basis, standardised
    from csmir.kernels.space import regress_out

    if factors == 0 or not can_show_factors(pairs, factors):
        return None
    genes, values, floor = most_detected(data.mrna, MOST_GENES, some := some_cells(len(data.cells)))
    genes, values = genes[kept := values.min(axis=1) < values.max(axis=1)], values[kept]
    if len(genes) < FEWEST_GENES or len(data.cells) <= 4 * N_COMPONENTS:
        if factors not in (None, AUTO):
            raise InputError(
                f"Hidden factors need {FEWEST_GENES} mRNAs that vary and more than {4 * N_COMPONENTS} cells; found "
                f"{len(genes)} and {len(data.cells)}. Leave `factors` out."
            )
        return None
    detection, listed = (values > floor).mean(axis=1), listed_of(pairs)[:, genes]
    held = residual_columns(common, near) if common.shape[1] else None

    def left(values: np.ndarray) -> np.ndarray:
        return regress_out(residual_ranks(values, floor, near, n_threads), held)

    if some is None:
        values = left(values)  # in their place, to hold one of both
        return find_basis(values, listed, detection, hubs=hubs)
    read = blocks_of(data.mrna, genes)
    parts = [np.arange(i, min(i + GENES_AT_ONCE, len(genes))) for i in range(0, len(genes), GENES_AT_ONCE)]
    residuals = np.concatenate([left(read(part))[:, some] for part in parts])
    basis = find_basis(residuals, listed, detection, hubs=hubs)
    return basis._replace(scores=standardised(project(lambda part: left(read(part)), residuals, basis.scores)))


def _choose(
    data: _mudata.Paired,
    x: Any,
    y: Any,
    pairs: Pairs,
    near: Neighborhood,
    request: Request,
    adjustment: Adjustment,
    own: Own | None,
) -> tuple[int, dict[str, Any]]:
    """Let the decoys choose the number of factors."""
    from csmir.kernels.factors import TRIED, choose

    worth = float(np.median(near.lists.n_eff))
    # a program of few genes hardly shows in the non-targets, and moves all of an inferred miRNA's targets in it
    least = LEAST_INFERRED if isinstance(x, LeftOut) and worth >= WORTH * LEAST_INFERRED else 0
    tried = tuple(k for k in TRIED if k >= least and (k == 0 or WORTH * k <= worth))
    detection, expression = non_targets.profile(data.mrna)
    decoys = non_targets.sample(pairs, detection, expression)
    side = ALTERNATIVES[request.direction]
    shares = tail_shares(
        x, y, near.means, decoys, adjustment, tried, alternative=side, n_threads=request.n_threads, own=own
    )
    half = np.zeros(pairs.n_mirnas, bool)
    half[np.random.default_rng(0).permutation(pairs.n_mirnas)[: -(-pairs.n_mirnas // 2)]] = True
    chosen = choose([s.decoys for s in shares.all], [s.z for s in shares.of(half)], tried)
    logger.info(
        "hidden factors: %d of %s, chosen by the %s: p < 1 %% for %s of the non-targets",
        chosen.n_factors,
        "/".join(map(str, tried)),
        chosen.why,
        ", ".join(f"{s.decoys:.1%} ({k})" for k, s in zip(tried, shares.all, strict=True)),
    )
    return chosen.n_factors, {
        "factors_tried": list(tried),
        "factors_chosen_by": chosen.why,
        "decoy_tail_share": [s.decoys for s in shares.all],
    }
