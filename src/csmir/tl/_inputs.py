"""What the public functions test: pairs, cells and their groups or weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._log import logger
from csmir._names.totals import warn_of_totals
from csmir.inference.groups import group_labels
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.pseudo_cells import run_weights, warn_if_alone

if TYPE_CHECKING:
    from csmir.inference.target_sets import Sides

MIN_CELLS = 3


def design_of(
    mdata: MuData, cells: pd.Index, request: Request, pseudo_cells: bool | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Weights of the runs, and integer labels of the cells' groups (negative where a cell has none)."""
    if "pseudo_cells" not in request.of.options:
        labels = None if request.groups is None else group_labels(mdata, cells, request.groups, fewest=MIN_CELLS)
        return np.ones((1, len(cells)), np.int64), labels
    weights = run_weights(mdata, cells, pseudo_cells)
    warn_if_alone(weights, request.box_size)
    return weights, None


def pairs_to_test(net: pd.DataFrame | None, data: _mudata.Paired | Sides) -> Pairs:
    """Every pair, or those of the prior that the data has."""
    n_mirnas, n_mrnas = len(data.mirna_names), len(data.mrna_names)
    if net is None:
        for side, names in (("miRNA", data.mirna_names), ("mRNA", data.mrna_names)):
            warn_of_totals(side, names, "a total goes with everything, and would be a hub.")
        return Pairs.every(n_mirnas, n_mrnas)
    from csmir.priors._check import aligned_pairs

    found = aligned_pairs(net, data.mirna_names, data.mrna_names)
    return Pairs(found.mirna_idx, found.mrna_idx, n_mirnas, n_mrnas)


def obs_of(mdata: MuData, cells: pd.Index) -> pd.DataFrame:
    """The MuData's own columns for these cells, without the copies of the modalities' columns that it may hold."""
    own = [c for c in mdata.obs.columns if not any(str(c).startswith(f"{name}:") for name in mdata.mod)]
    return mdata.obs.loc[cells, own].copy()


def warn_if_inferred(mdata: MuData, mirna: str, statistic: str | None = None) -> None:
    """Say when the miRNAs were never measured, and what that means for what `statistic` finds."""
    if statistic == "local" and leaves_out_targets(mdata[mirna]):
        logger.info(
            "the miRNAs of %r were inferred from the mRNAs: each pair is tested with the activity of the miRNA without "
            "its mRNA. It is evidence of regulation as far as nothing else moves the targets of a miRNA together",
            mirna,
        )
    elif is_inferred(mdata[mirna]):
        logger.warning(
            "the miRNAs of %r were inferred from the mRNAs (cs.tl.activity): each depends on its targets by "
            "construction, so interactions found with the same prior are circular and are no evidence of regulation. "
            "Take cs.tl.activity(leave_out_target=True) and statistic='local'",
            mirna,
        )


def is_inferred(adata: AnnData) -> bool:
    """Whether a miRNA modality was made by :func:`csmir.tl.activity`."""
    return bool(adata.uns.get(K.UNS, {}).get("activity", {}).get("inferred", False))


def leaves_out_targets(adata: AnnData) -> bool:
    """Whether each pair is to be tested with an activity that its mRNA is left out of."""
    return bool(adata.uns.get(K.UNS, {}).get("activity", {}).get("leave_out_target", False))


def why_circular(adata: AnnData, params: Mapping[str, Any]) -> str:
    """Why networks of these miRNAs with these parameters cannot show regulation, whatever a null says, or ""."""
    if not is_inferred(adata):
        return ""
    if params["statistic"] != "local" or not leaves_out_targets(adata):
        return (
            "the miRNAs were inferred from the very mRNAs that they are tested against. Take "
            "cs.tl.activity(leave_out_target=True) and statistic='local'."
        )
    if "groups" in params and not ("factors_tried" in params or params.get("n_factors")):
        return (
            "the miRNAs were inferred from other targets, and inside groups whatever moves targets together looks the "
            "same. Compare cells with their neighbours (leave out `groups`), or adjust for `factors`."
        )
    return ""
