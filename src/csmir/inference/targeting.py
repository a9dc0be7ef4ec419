"""What `targeting` is given and writes: families, what is held fixed, and the modality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.cells import group_labels
from csmir.inference.covariates import curved as with_curves
from csmir.inference.covariates import read_covariates
from csmir.inference.options import BOX_SIZE, EXPRESSION, Request

if TYPE_CHECKING:
    from csmir.inference.local_sets import LocalSets
    from csmir.inference.target_sets import TargetSets

LEVEL_OF_Q = 0.05


class Held(NamedTuple):
    """What is held fixed."""

    nuisance: np.ndarray | None  # (cells, columns) that are regressed out over all cells
    strata: np.ndarray | None  # (cells,) inside which cells are permuted
    groups: np.ndarray | None  # (cells,) inside which cells are compared
    columns: np.ndarray | None  # (cells, columns) that are held among a cell's neighbours
    technical: np.ndarray | None  # those of them that no gene has a part in

    def n_off(self, n_cells: int) -> np.ndarray:
        """Columns that are regressed out in each stratum, beside its mean: (strata,)."""
        from csmir.kernels.target_sets import n_taken

        return n_taken(np.zeros(n_cells, np.int64) if self.strata is None else self.strata, self.nuisance)


def families_of(families: pd.DataFrame | None, by: str) -> dict[str, list[str]] | None:
    """Names of families with their miRNAs; None where each miRNA is a set."""
    if by == "mirna":
        if families is not None:
            raise InputError('`families` is for by="family"; leave it out, or ask for families.')
        return None
    if families is None:
        raise InputError(
            'by="family" needs the table of families: families=cs.priors.families("miR_Family_Info.txt"), or a '
            "DataFrame with the columns 'family' and 'mirna'."
        )
    frame = check.columns("families", families, ["family", "mirna"])
    return {str(name): part["mirna"].astype(str).tolist() for name, part in frame.groupby("family", sort=True)}


def refuse_measured(mdata: MuData, key: str) -> None:
    """Never write over a modality of another kind."""
    there = mdata.mod.get(key) if isinstance(mdata, MuData) else None
    if there is not None and "targeting" not in there.uns.get(K.UNS, {}):
        raise InputError(f"`key_added` must be a new name; the modality {key!r} holds something else. Choose another.")


def request_of(groups: str | None, neighbors: str | None, n_neighbors: int | None) -> Request:
    """Whom a cell is compared with, as in the local test of pairs."""
    if groups is not None and (neighbors is not None or n_neighbors is not None):
        raise InputError(
            "Cells are compared inside `groups` or with their `neighbors`, not both; give one of them. Donors and "
            "batches that should be held fixed beside neighbours go into `sample` or `covariates`."
        )
    if n_neighbors is not None:
        check.integer("n_neighbors", n_neighbors, low=5)
    find_types = groups is None and neighbors is None and n_neighbors is None
    neighbors = EXPRESSION if groups is None and neighbors is None else neighbors
    return Request(
        "local", BOX_SIZE, LEVEL_OF_Q, groups=groups, neighbors=neighbors, n_neighbors=n_neighbors,
        find_types=find_types,
    )  # fmt: skip


def held_fixed(
    mdata: MuData, data: _mudata.Paired, *, groups: str | None, sample: str | None,
    covariates: str | Sequence[str] | None, mirna: str, mrna: str, curved: bool = False,
) -> tuple[_mudata.Paired, Held]:  # fmt: skip
    """Cells that have a group and a sample, and what is held fixed over them; numbers `curved` where they are many."""
    labels = [None if name is None else group_labels(mdata, data.cells, name) for name in (groups, sample)]
    there = np.logical_and.reduce([np.ones(len(data.cells), bool), *(v >= 0 for v in labels if v is not None)])
    kept = np.flatnonzero(there)
    data = data._replace(cells=data.cells[kept], mirna=data.mirna[kept], mrna=data.mrna[kept])
    group, donor = (None if v is None else np.unique(v[kept], return_inverse=True)[1] for v in labels)
    strata = group if donor is None else donor if group is None else group * (donor.max(initial=0) + 1) + donor
    if strata is not None:
        strata = np.unique(strata, return_inverse=True)[1]
        single = int((np.bincount(strata) < 2).sum())
        if single:
            logger.warning("targeting: %d of %d groups have one cell, which says nothing", single, strata.max() + 1)
    known = read_covariates(mdata, data, covariates, mirna=mirna, mrna=mrna)
    values = np.empty((len(kept), 0)) if known is None else known.values
    donors = np.empty((len(kept), 0)) if donor is None else np.eye(int(donor.max(initial=0)) + 1)[donor][:, 1:]
    technical = np.column_stack([donors, values[:, [] if known is None else np.flatnonzero(known.technical)]])
    nuisance = values
    if curved and known is not None:
        size = len(kept) if strata is None else int(np.median(np.bincount(strata)))
        nuisance = with_curves(known, size)
    held = (nuisance, strata, group, np.column_stack([donors, values]), technical)
    return data, Held(*(v if v is not None and v.size else None for v in held))


def modality_of(
    sets: TargetSets, table: pd.DataFrame, found: LocalSets | None, cells: pd.Index, by: str, key: str
) -> AnnData:
    """The modality, cells x sets."""
    n = np.sqrt(len(sets.scores))
    score, level = ((v * n).astype(np.float32) for v in (sets.scores, sets.regulator))
    layers = {"score": score, "level": level}
    if found is not None:
        table = table.assign(**{K.Var.N_CELLS: (found.qvalue <= LEVEL_OF_Q).sum(axis=0).astype(np.int32)})
        layers |= {"pvalue": found.pvalue, K.Layer.QVALUE: found.qvalue}
    var = table.assign(**{by: sets.names, K.Var.MEMBERS: sets.members})
    var = var[[by, K.Var.MEMBERS, *table.columns]].set_axis(pd.Index([f"{key}:{name}" for name in sets.names]), axis=0)
    return AnnData(score.copy() if found is None else found.rho, obs=pd.DataFrame(index=cells), var=var, layers=layers)


def tell(table: pd.DataFrame, by: str, n_cells: int) -> None:
    """Say what was found over all cells, and in how many of them; `table` is the best first."""
    best = table.iloc[0]
    logger.info(
        "targeting: %d of %d %s have q <= 0.05 over %d cells; the smallest p is that of %s (shift %.3f, p = %.2g, "
        "q = %.2g, %d targets; %.0f %% of other target sets go down with it as much)",
        int((table[K.Var.QVALUE] <= 0.05).sum()), len(table), "miRNAs" if by == "mirna" else "families", n_cells,
        best[by], best[K.Var.SHIFT], best[K.Var.PVALUE], best[K.Var.QVALUE], best[K.Var.N_TARGETS],
        100 * best[K.Var.SPECIFICITY],
    )  # fmt: skip
    if K.Var.N_CELLS in table:
        most = table.iloc[int(table[K.Var.N_CELLS].to_numpy().argmax())]
        logger.info(
            "targeting: %d have q <= 0.05 in a cell; %s in the most, %d of %d",
            int((table[K.Var.N_CELLS] > 0).sum()), most[by], most[K.Var.N_CELLS], n_cells,
        )  # fmt: skip
