"""The statistic of one pair, from plain arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from csmir import _validate as check
from csmir._errors import InputError


def csn_statistic(x: ArrayLike, y: ArrayLike, *, weights: ArrayLike | None = None, box_size: float = 0.1) -> np.ndarray:
    r"""Compute z of one pair of genes in every cell, without a data set around it.

    A box around a cell's value of each gene holds its closest `box_size` of the cells; with :math:`n` cells, of which
    :math:`n_r` and :math:`n_t` lie in the two boxes and :math:`n_{rt}` in both,
    :math:`z = (n n_{rt} - n_r n_t) / \sqrt{n_r n_t (n - n_r)(n - n_t) / (n - 1)}`. Equal values share a box; a box of
    an expressed cell does not reach into the zeros if these outnumber half a box.

    Parameters
    ----------
    x, y
        (cells,) expression of the two genes, at least 0, where 0 means not detected.
    weights
        (cells,) or (runs, cells) whole numbers of at least 1: how many equal cells each one stands for. None is one
        each.
    box_size
        Share of the cells inside a box, between 0 and 1.

    Returns
    -------
    float64 (cells,), or (runs, cells) for weights of that shape: z, in units of standard deviations.

    Raises
    ------
    InputError
        If lengths differ, values are missing, infinite or negative, or weights are not whole numbers of at least 1.

    References
    ----------
    Dai et al., Nucleic Acids Research 47, e62 (2019).

    Examples
    --------
    >>> import csmir as cs
    >>> cs.tl.csn_statistic([1, 2, 3, 4], [2, 4, 6, 8], box_size=0.3).round(3)
    array([1.732, 1.732, 1.732, 1.732])
    """
    from csmir.kernels.one_pair import pair_z

    box_size = check.number("box_size", box_size, low=0, high=1, low_open=True, high_open=True)
    a, b = _cells("x", x), _cells("y", y)
    n_cells = len(a)
    if len(b) != n_cells or n_cells < 2:
        raise InputError(f"`x` and `y` must hold the same cells, at least 2; found {n_cells} and {len(b)} values.")
    if weights is None:
        return pair_z(a, b, np.ones((1, n_cells), np.int64), box_size)[0]
    w = np.asarray(weights)
    if w.ndim not in (1, 2) or w.shape[-1] != n_cells or w.size == 0:
        raise InputError(f"`weights` must have the shape ({n_cells},) or (runs, {n_cells}); found {w.shape}.")
    if not np.issubdtype(w.dtype, np.number) or (w < 1).any() or (w != np.floor(w)).any():
        raise InputError("`weights` must be whole numbers of at least 1: how many equal cells each one stands for.")
    z = pair_z(a, b, np.ascontiguousarray(np.atleast_2d(w), dtype=np.int64), box_size)
    return z if w.ndim == 2 else z[0]


def _cells(name: str, values: ArrayLike) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"`{name}` must be one-dimensional, one value per cell; found the shape {array.shape}.")
    return np.ascontiguousarray(check.finite_matrix(f"`{name}`", array[:, None])[:, 0])
