"""The local test of one pair, cell by cell: whom a cell is compared with, the residual ranks, correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from csmir import _mudata
from csmir._errors import InputError
from csmir.inference.adjustment import adjust, compared
from csmir.inference.alignment import align
from csmir.inference.expression import readable
from csmir.inference.options import repeated

if TYPE_CHECKING:
    from anndata import AnnData
    from mudata import MuData

    from csmir.inference.expression import Matrix
    from csmir.kernels.local_means import Means

KINDS = ("missing", "lowest")  # how an undetected value is read


class OneLocal(NamedTuple):
    """A pair, with a reading of its zeros a column where there are two."""

    cells: pd.Index
    weights: sparse.csr_matrix  # cells x cells: with whom each is compared
    n_eff: np.ndarray  # (cells,) independent cells that the list is worth
    x: np.ndarray  # (cells, 2) residual ranks of the miRNA: undetected ones missing, or lowest
    y: np.ndarray
    rho: np.ndarray  # (cells, 2) their correlation among the cells of the list; NaN where one does not vary
    has_zeros: bool  # the two readings differ
    columns: np.ndarray  # (cells, covariates and factors) what is held among the cells of each list

    def residuals(self, cell: int, reading: int) -> tuple[np.ndarray, np.ndarray]:
        """Both genes less what covariates and factors explain among the cells that this one is compared with."""
        x, y = self.x[:, reading], self.y[:, reading]
        if not self.columns.shape[1]:
            return x, y
        w = np.sqrt(self.weights[[cell]].toarray()[0])[:, None]
        design = self.columns - (w**2).T @ self.columns
        held = np.linalg.lstsq(w * design, w * np.column_stack([x, y]), rcond=1e-6)[0]
        left = np.column_stack([x, y]) - design @ held
        return left[:, 0], left[:, 1]


def one_local(mdata: MuData, adata: AnnData, mirna: str, mrna: str) -> OneLocal:
    """The pair as the networks of the local test saw it."""
    params = _mudata.recorded(adata, "regulation")
    if params.get("both_sides"):
        raise InputError(
            "These networks call a pair where it is correlated on both sides of the cell: there are two lists, and no "
            "one picture of them. Infer without both_sides=True to draw a cell."
        )
    request = repeated(params, None)
    found = align(mdata, adata)
    places = [
        int(names.astype(str).get_indexer(pd.Index([name]))[0])
        for names, name in ((found.data.mirna_names, mirna), (found.data.mrna_names, mrna))
    ]
    x, y = readable(found.data, request)
    ends = {"mirna": str(params["mirna"]), "mrna": str(params["mrna"])}
    near, covariates = compared(mdata, found.data, found.pairs, request, groups=found.groups, **ends)
    held = adjust(found.data, x, y, found.pairs, near, request, covariates, request.factors).adjustment
    means = near.means
    columns = np.zeros((len(found.data.cells), 0))
    if held is not None:
        columns = held.common
        if held.basis is not None and held.loadings is not None:
            columns = np.column_stack([columns, held.basis @ held.loadings[places[0]]])
    sx, zeros_x = _scores(x, places[0], means)
    sy, zeros_y = _scores(y, places[1], means)
    weights, n_eff = _lists(means)
    rho = np.column_stack([_correlated(weights, sx[:, kind], sy[:, kind]) for kind in range(len(KINDS))])
    return OneLocal(
        found.data.cells.astype(str), weights, n_eff, sx, sy, rho, zeros_x or zeros_y, _around(columns, means)
    )


def _scores(values: Matrix, feature: int, means: Means) -> tuple[np.ndarray, bool]:
    """Residual ranks of a feature, (cells, readings), and whether the readings differ."""
    from csmir.inference.expression import Stored
    from csmir.kernels.local_moments import measure

    if not isinstance(values, Stored):
        raise TypeError("the local test reads matrices as they are stored")
    genes = measure(values.block(np.array([feature])), means, floor=values.floor)
    out = np.empty((len(means.order), 2))
    out[means.order] = genes.scores[:, 0].T
    return out, bool(genes.has_zeros[0])


def _around(columns: np.ndarray, means: Means) -> np.ndarray:
    """Covariates and factors less their mean around each cell, as the genes."""
    from csmir.kernels.local_means import local_means

    if not columns.shape[1]:
        return columns
    centred = (columns - columns.mean(axis=0)).astype(np.float32)[means.order]
    out = np.empty(columns.shape)
    out[means.order] = centred - local_means(means.smoother, centred)
    return out


def _lists(means: Means) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Weights of the cells that each cell is compared with, cells x cells, and what they are worth."""
    from csmir.kernels.local_inference import lists_of, n_eff_of

    n_cells = len(means.order)
    product = None
    for step in means.steps:
        size = np.diff(step.indptr)
        weights = step.weights if len(step.weights) else np.repeat(1 / np.maximum(size, 1), size)
        one = sparse.csr_matrix((weights.astype(float), step.indices, step.indptr), shape=(len(size), n_cells))
        product = one if product is None else product @ one
    by_row = sparse.csr_matrix(product)[np.argsort(lists_of(means), kind="stable")]
    back = np.empty(n_cells, np.int64)
    back[means.order] = np.arange(n_cells)
    of_cell = np.where(means.row_of >= 0, means.row_of, 0)
    out = sparse.csr_matrix(by_row[of_cell][:, back])
    n_eff = np.where(means.row_of >= 0, n_eff_of(means)[of_cell], np.nan)
    return out, n_eff


def _correlated(weights: sparse.csr_matrix, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weighted correlation among the cells of each list."""
    mean_x, mean_y = weights @ x, weights @ y
    var_x, var_y = weights @ x**2 - mean_x**2, weights @ y**2 - mean_y**2
    scale = np.sqrt(np.maximum(var_x * var_y, 0))
    together = weights @ (x * y) - mean_x * mean_y
    return np.divide(together, scale, out=np.full(len(x), np.nan), where=scale > 1e-12)
