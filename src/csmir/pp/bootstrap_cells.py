"""Pseudo-cells, as weights."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata.step import step
from csmir.kernels.design import half_width
from csmir.pp import _values as V

# from this number of real cells on the paper uses no pseudo-cells
ENOUGH_CELLS = 100
# the box of the paper, for the report on cells that fill theirs alone
BOX_SIZE = 0.1
MOST_RUNS, MOST_BETWEEN = 100_000, 1_000
MOST_EXACT = 2**24  # the largest whole number up to which float32 knows every one


@step
def bootstrap_cells(
    mdata: MuData,
    *,
    n_between: int = 5,
    n_runs: int = 100,
    seed: int = 0,
    indices: Any = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    copy: bool = False,
) -> MuData | None:
    r"""Enlarge a small number of cells by bootstrapping, as weights of the real ones.

    The boxes of the statistic need many cells; the paper has 19. Each of `n_runs` runs draws
    :math:`\mathrm{n\_between} \cdot (m - 1)` cells uniformly and with replacement among the :math:`m` cells that have
    both modalities, and adds the copies to the real cells. Since a copy is equal to its source, a run is kept as
    whole numbers

    .. math::
        w_c = 1 + \text{times cell } c \text{ was drawn}, \qquad \sum_c w_c = m + \mathrm{n\_between} \cdot (m - 1)

    (109 for 19 cells), which is exact and needs no copied rows; :func:`csmir.pp.pseudocells` builds them for those
    who want to see. :func:`csmir.tl.regulation` takes the median over the runs.

    Parameters
    ----------
    %(mdata)s
    n_between
        Pseudo-cells for each real cell but one, from 1 to 1,000. "Between adjacent cells" in the paper fixes this
        number only; nothing is interpolated.
    n_runs
        Runs, from 1 to 100,000.
    seed
        Seed. Run r is the same whatever `n_runs`.
    indices
        Draws to use in place of random ones: whole numbers (runs x draws), 0-based positions among the cells that
        have both modalities, in the order of the MuData. `n_runs` and `seed` then have no meaning.
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        A parameter out of range; `indices` of another shape, type or range; fewer than two cells with both modalities.

    Warns
    -----
    UserWarning
        With two cells: every network is then an artefact of the draws.

    Notes
    -----
    Written: `mdata.obsm["csmir_bootstrap"]`, cells x runs float32, whole numbers (mudata cannot keep integers), 0 for
    cells that lack a modality; `mdata.uns["csmir"]["bootstrap_cells"]`: the parameters, `n_cells`, `n_total` and
    `share_alone`.

    A cell of weight w > h, where h is half a box (5 of 109 cells at `box_size` 0.1), fills its box alone, and any
    pair without ties then has the largest possible z there. `share_alone` is the share of such (cell, run), logged
    too: 52 % for 19 cells. Where it is near one half, a median over runs is close to a coin flip. With 100 cells and
    more the paper uses no pseudo-cells.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.bootstrap_cells(mdata, n_runs=20)
    >>> mdata.obsm["csmir_bootstrap"].shape
    (30, 20)
    >>> set(mdata.obsm["csmir_bootstrap"].sum(axis=0).tolist())
    {175.0}

    References
    ----------
    Zhang et al., BMC Bioinformatics 2021, 22:578.
    """
    n_between = check.integer("n_between", n_between, low=1, high=MOST_BETWEEN)
    out = V.opened(mdata, copy, mirna, mrna)
    cells = V.shared_cells(out, mirna, mrna)
    m = len(cells)
    if m == 1:
        raise InputError(
            f"Only one cell ({str(cells[0])!r}) has both modalities: there is nothing to draw from. Cell-specific "
            "networks compare a cell with others; pair more cells (cs.io.make_mudata)."
        )
    n_draws = n_between * (m - 1)
    if indices is None:
        n_runs = check.integer("n_runs", n_runs, low=1, high=MOST_RUNS)
        seed = check.seed(seed)
        drawn = _random(m, n_draws, n_runs, seed)
    else:
        drawn = _given(indices, m, n_draws)
        n_runs = len(drawn)
    weights = _weights(drawn, m)
    matrix = np.zeros((out.n_obs, n_runs), weights.dtype)
    matrix[out.obs_names.get_indexer(cells)] = weights.T
    out.obsm[K.BOOTSTRAP] = matrix
    n_total = m + n_draws
    alone = float((weights > half_width(n_total, BOX_SIZE)).mean())
    _mudata.record(
        out,
        "bootstrap_cells",
        n_between=n_between,
        n_runs=n_runs,
        seed=seed if indices is None else None,
        indices="given" if indices is not None else None,
        n_cells=m,
        n_total=n_total,
        share_alone=alone,
    )
    _report(m, out.n_obs, n_total, n_runs, alone)
    return out if copy else None


def _random(m: int, n_draws: int, n_runs: int, seed: int) -> np.ndarray:
    """(runs, draws) positions, run after run from one stream: more runs add to it and change none."""
    rng = np.random.default_rng(seed)
    return np.array([rng.integers(0, m, n_draws) for _ in range(n_runs)])


def _given(indices: Any, m: int, n_draws: int) -> np.ndarray:
    """The user's draws, checked."""
    try:
        drawn = np.asarray(indices)
    except ValueError:
        raise InputError(
            f"`indices` must be a matrix, runs x {n_draws} draws; found rows of different length."
        ) from None
    if drawn.dtype.kind not in "iu":
        raise InputError(
            f"`indices` must hold whole numbers (positions among the {m} cells that have both modalities); found "
            f"type {drawn.dtype}. Convert them: np.asarray(indices, dtype=int)."
        )
    if drawn.ndim != 2 or drawn.shape[1] != n_draws or len(drawn) == 0:
        raise InputError(
            f"`indices` must have the shape (runs, {n_draws}): n_between * ({m} cells - 1) draws a run; found "
            f"{drawn.shape}. Give it so (transposed?), or another `n_between`."
        )
    if drawn.min() < 0 or drawn.max() >= m:
        raise InputError(
            f"`indices` must lie from 0 to {m - 1}, positions among the {m} cells that have both modalities; found "
            f"{drawn.min()} to {drawn.max()}. Counting from 1, as in R? Subtract 1."
        )
    return drawn


def _weights(drawn: np.ndarray, m: int) -> np.ndarray:
    """(runs, cells): 1 + times drawn."""
    n_runs = len(drawn)
    at = (np.arange(n_runs)[:, None] * m + drawn).ravel()
    weights = 1 + np.bincount(at, minlength=n_runs * m).reshape(n_runs, m)
    return weights.astype(np.float32 if weights.max() <= MOST_EXACT else np.float64)


def _report(m: int, n_obs: int, n_total: int, n_runs: int, alone: float) -> None:
    if m < n_obs:
        logger.warning("bootstrap_cells: %d of %d cells lack a modality and get weight 0", n_obs - m, n_obs)
    logger.info(
        "bootstrap_cells: %d runs of %d cells + %d pseudo-cells; in %.0f%% of (cell, run) a cell's copies fill its "
        "box (box_size %g)",
        *(n_runs, m, n_total - m, 100 * alone, BOX_SIZE),
    )
    if m >= ENOUGH_CELLS:
        logger.warning(
            "bootstrap_cells: with %d cells the paper uses no pseudo-cells (from %d on); leave this out to follow it",
            *(m, ENOUGH_CELLS),
        )
    if m == 2:
        warnings.warn(
            "Only two cells have both modalities. The weights are made, but with two cells every network is an "
            "artefact of the draws: no statement about either cell can rest on them.",
            stacklevel=4,
        )
