"""Inferred miRNAs, each without the very mRNA that it is tested against.

The activity of a miRNA in a cell is the t-value by which its targets lie below the other mRNAs. With n mRNAs, sum S and
sum of squares Q of the cell, and n_T targets with sum S_T, the activity without mRNA g is that of the n - 1 others,

    s_T = S_T - [g in T] y_g,  m_T = s_T / n_T',  m_R = (S - y_g - s_T) / (n - 1 - n_T'),
    t = (m_R - m_T) / sqrt(RSS / (n - 3) (1 / n_T' + 1 / (n - 1 - n_T'))),  RSS = Q - y_g^2 - n_T' m_T^2 - n_R' m_R^2

so a pair costs a few operations a cell, but each has a vector of its own to be ranked.

At the foot: what to say of miRNAs that are inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir._log import logger
from csmir._mudata import Paired
from csmir.inference.expression import FEATURES_AT_ONCE, Stored


class LeftOut(Stored):
    """Activities as stored, which also gives those without the mRNA of a pair."""

    def __init__(self, activity: Stored, mrna: Stored, member: sparse.csr_matrix, *, center: bool) -> None:
        """`member` (miRNAs, mRNAs): whether an mRNA is a target."""
        self.__dict__.update(activity.__dict__)
        self.member = member
        self.order: np.ndarray | None = None
        self.n_targets = np.asarray(member.sum(axis=1)).ravel().astype(np.int64)
        self.n_genes = len(mrna)
        self.mean = np.zeros(self.n_genes)
        self.sum, self.square = np.zeros(mrna.n_cells), np.zeros(mrna.n_cells)
        self.of_targets = np.zeros((len(activity), mrna.n_cells))
        for first in range(0, self.n_genes, FEATURES_AT_ONCE):
            part = np.arange(first, min(first + FEATURES_AT_ONCE, self.n_genes))
            y = mrna.block(part)
            if center:
                self.mean[part] = y.mean(axis=1)
                y = y - self.mean[part, None]
            self.sum += y.sum(axis=0)
            self.square += (y**2).sum(axis=0)
            self.of_targets += member[:, part] @ y

    def take(self, order: np.ndarray) -> LeftOut:
        """The activities of other cells; the mRNA is left out of its own cell's sum before they move."""
        out = object.__new__(LeftOut)
        out.__dict__.update(self.__dict__)
        out.values = self.values[order]
        out.order = order if self.order is None else self.order[order]
        return out

    def without(self, mirna: np.ndarray, mrna: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Activities (pairs, cells) of `mirna` (pairs,) without `mrna` (pairs,), whose expression is `y`."""
        y = y - self.mean[mrna, None]
        inside = np.asarray(self.member[mirna, mrna]).reshape(-1, 1).astype(np.float64)
        n_targets = self.n_targets[mirna, None] - inside
        n_rest = self.n_genes - 1 - n_targets
        total = self.of_targets[mirna] - inside * y
        of_targets, of_rest = total / np.maximum(n_targets, 1), (self.sum - y - total) / np.maximum(n_rest, 1)
        left = self.square - y**2 - n_targets * of_targets**2 - n_rest * of_rest**2
        scale = (
            np.maximum(left, 1e-12) / (self.n_genes - 3) * (1 / np.maximum(n_targets, 1) + 1 / np.maximum(n_rest, 1))
        )
        t = np.where((n_targets > 0) & (n_rest > 0), (of_rest - of_targets) / np.sqrt(scale), 0.0)
        return t if self.order is None else t[:, self.order]


def is_left_out(adata: AnnData) -> bool:
    """Whether these miRNAs were inferred with `leave_out_target`."""
    return K.Table.ACTIVITY_TARGETS in adata.uns.get(K.UNS, {})


def left_out(adata: AnnData, data: Paired, x: Any, y: Any, statistic: str) -> Any:
    """The miRNAs to test: `x`, or, of a modality inferred with `leave_out_target`, activities without the target."""
    if statistic != "local" or not is_left_out(adata):
        return x
    section = adata.uns[K.UNS]
    table, sides = section[K.Table.ACTIVITY_TARGETS], (data.mirna_names, data.mrna_names)
    at = [
        names.get_indexer(table[column].astype(str)) for names, column in zip(sides, (K.SOURCE, K.TARGET), strict=True)
    ]
    there = (at[0] >= 0) & (at[1] >= 0)
    member = sparse.csr_matrix(
        (np.ones(there.sum()), (at[0][there], at[1][there])), shape=tuple(len(names) for names in sides)
    )
    return LeftOut(x, y, member, center=bool(section["activity"]["center"]))


def warn_if_inferred(mdata: MuData, mirna: str, statistic: str | None = None) -> None:
    """Say when the miRNAs were never measured, and what that means for what `statistic` finds."""
    if statistic == "local" and leaves_out_targets(mdata[mirna]):
        logger.info(
            "the miRNAs of %r were inferred from the mRNAs: each pair is tested with the activity of the miRNA without "
            "its mRNA. It is evidence of regulation as far as nothing else moves the targets of a miRNA together",
            mirna,
        )
    elif _mudata.is_inferred(mdata[mirna]):
        logger.warning(
            "the miRNAs of %r were inferred from the mRNAs (cs.tl.activity): each depends on its targets by "
            "construction, so interactions found with the same prior are circular and are no evidence of regulation. "
            "Take cs.tl.activity(leave_out_target=True) and statistic='local'",
            mirna,
        )


def leaves_out_targets(adata: AnnData) -> bool:
    """Whether each pair is to be tested with an activity that its mRNA is left out of."""
    return bool(adata.uns.get(K.UNS, {}).get("activity", {}).get("leave_out_target", False))


def why_circular(adata: AnnData, params: Mapping[str, Any]) -> str:
    """Why networks of these miRNAs with these parameters cannot show regulation, whatever a null says, or ""."""
    if not _mudata.is_inferred(adata):
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
