"""What it means for networks that miRNAs were never measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir._log import logger


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
