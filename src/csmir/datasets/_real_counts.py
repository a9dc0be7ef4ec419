"""MiRNA counts of real cells, checked, or a simulated stand-in of their kind."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._mudata import dense, matrix
from csmir.datasets._simulated_names import mirna_names, numbered

# the stand-in, after PSCSR-seq of cell lines: cells, miRNAs, groups; in natural logarithms the mean of miRNAs, its
# spread over miRNAs and groups, and that of the depth over cells; the shape of the gamma that makes counts vary more
# than Poisson's
STAND_IN = (600, 120, 4)
MEAN, MEAN_SD, GROUP_SD, DEPTH_SD, SHAPE = 1.2, 1.6, 0.8, 0.4, 40


class Counts(NamedTuple):
    """Cells x miRNAs, and the group of each cell."""

    values: np.ndarray
    cells: pd.Index
    mirnas: pd.Index
    group: pd.Categorical[Any]


def counts_of(data: AnnData | pd.DataFrame | str | os.PathLike[str], groups: str | pd.Series | None) -> Counts:
    """Counts that the user gave, as whole numbers."""
    from csmir.io.read import read

    adata = read(data)
    if not isinstance(adata, AnnData):
        raise InputError(f"`mirna` must hold the counts of miRNAs alone; found {type(adata).__name__}.")
    values = check.finite_matrix("`mirna`", dense(matrix(adata, None, "mirna")))
    if (values != np.rint(values)).any():
        share = (values != np.rint(values)).mean()
        raise InputError(
            f"`mirna` must be counts, whole numbers from 0; {share:.0%} of the values are not. Give the table before "
            "normalisation."
        )
    return Counts(values, adata.obs_names, adata.var_names, _labels(adata, groups))


def _labels(adata: AnnData, groups: str | pd.Series | None) -> pd.Categorical[Any]:
    if groups is None:
        return pd.Categorical(["all"] * adata.n_obs)
    if isinstance(groups, str):
        if groups not in adata.obs:
            raise InputError(
                f"`groups` must be a column of .obs, which has {check.listing(adata.obs.columns) or 'none'}, or a "
                f"Series by the names of the cells; found {groups!r}."
            )
        labels = adata.obs[groups]
    elif isinstance(groups, pd.Series):
        labels = groups.reindex(adata.obs_names)
    else:
        raise InputError(f"`groups` must be a column of .obs or a Series; found {type(groups).__name__}.")
    if labels.isna().any():
        raise InputError(
            f"{int(labels.isna().sum())} of {adata.n_obs} cells have no group. Name each, or leave it out."
        )
    return pd.Categorical(labels.astype(str))


def stand_in(seed: np.random.SeedSequence) -> Counts:
    """Counts with means from a few to hundreds, depths and overdispersion as single cells have them."""
    rng = np.random.default_rng(seed)
    n_cells, n_mirnas, n_groups = STAND_IN
    group = rng.permutation(np.arange(n_cells) % n_groups)
    mean = rng.normal(MEAN, MEAN_SD, n_mirnas) + rng.normal(0, GROUP_SD, (n_groups, n_mirnas))[group]
    mean += rng.normal(0, DEPTH_SD, n_cells)[:, None]
    values = rng.poisson(np.exp(mean) * rng.gamma(SHAPE, 1 / SHAPE, mean.shape)).astype(float)
    names = pd.Index(numbered("group_", n_groups, 1))
    return Counts(
        values, pd.Index(numbered("cell_", n_cells, 2)), pd.Index(mirna_names(n_mirnas)),
        pd.Categorical.from_codes(group, categories=names),
    )  # fmt: skip


def chosen(counts: Counts, n_cells: int | None, n_mirnas: int, seed: np.random.SeedSequence) -> Counts:
    """The cells drawn and the miRNAs that the most of them detect, in the order of the data."""
    kept = np.flatnonzero(counts.values.sum(axis=1) > 0)
    if n_cells is not None:
        if n_cells > len(kept):
            raise InputError(f"`n_cells`={n_cells}, and {len(kept)} cells have a count. Ask for fewer.")
        kept = np.sort(np.random.default_rng(seed).permutation(kept)[:n_cells])
    detected = (counts.values[kept] > 0).sum(axis=0)
    if n_mirnas > (detected > 0).sum():
        raise InputError(f"`n_mirnas`={n_mirnas}, and {int((detected > 0).sum())} were detected. Ask for fewer.")
    often = np.sort(np.argsort(-detected, kind="stable")[:n_mirnas])
    group = counts.group[kept].remove_unused_categories()
    return Counts(counts.values[np.ix_(kept, often)], counts.cells[kept], counts.mirnas[often], group)
