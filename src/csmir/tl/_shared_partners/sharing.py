"""Pairs of features of one kind that share significantly many partners in a cell's network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import StepError, run_first
from csmir._log import logger
from csmir.inference.execute import run_blocks

if TYPE_CHECKING:
    from csmir.kernels.shared_partners import Sharing

UNIVERSES = ("network", "data")


class Side(NamedTuple):
    """Which features are paired, and what they share."""

    kind: str  # "mirna" or "mrna": of both ends
    word: str
    partner: str
    ends: tuple[str, str]  # columns of .var that name them


SIDES = {
    K.MIRNA: Side(K.MIRNA, "miRNAs", "mRNAs", (K.Var.MIRNA_A, K.Var.MIRNA_B)),
    K.MRNA: Side(K.MRNA, "mRNAs", "miRNAs", (K.Var.MRNA_A, K.Var.MRNA_B)),
}


class Options(NamedTuple):
    """What `cs.tl.synergy` and `cs.tl.sponge` were asked for, checked."""

    min_shared: int
    alpha_shared: float
    adjust: bool
    alpha: float
    box_size: float
    universe: str
    validated: bool
    pseudo_cells: bool | None
    max_pairs: int
    n_threads: int | None
    memory: int
    progress: bool | None


def checked(**options: Any) -> Options:
    """The options, every value within its bounds."""
    inside: dict[str, Any] = {"low": 0, "high": 1, "low_open": True, "high_open": True}
    options["min_shared"] = check.integer("min_shared", options["min_shared"], low=1)
    options["max_pairs"] = check.integer("max_pairs", options["max_pairs"], low=1)
    for name in ("alpha", "box_size"):
        options[name] = check.number(name, options[name], **inside)
    options["alpha_shared"] = check.number("alpha_shared", options["alpha_shared"], low=0, high=1, low_open=True)
    options["memory"] = check.memory("memory", options["memory"])
    check.choice("universe", options["universe"], UNIVERSES)
    if options["n_threads"] is not None:
        options["n_threads"] = check.integer("n_threads", options["n_threads"], low=1)
    return Options(**options)


def usable_pairs(reg: AnnData, o: Options, *, tell: bool = True) -> np.ndarray | None:
    """Which pairs count: the validated ones if they are asked for, or None for all."""
    n_edges = _mudata.edges(reg).getnnz(axis=0)
    if not o.validated:
        if tell:
            logger.info("all %d interactions in all cells are used (validated=False)", n_edges.sum())
        return None
    if K.Var.VALIDATED not in reg.var:
        raise run_first("Which interactions are validated is not known yet", "cs.tl.validate(mdata, truth)")
    usable = reg.var[K.Var.VALIDATED].to_numpy(dtype=bool)
    if tell:
        n_used = n_edges[usable].sum()
        logger.info("of %d interactions in all cells, the %d validated ones are used", n_edges.sum(), n_used)
    return usable


def candidates_of(reg: AnnData, side: Side, features: pd.Index, n_partners: int, o: Options) -> list[Sharing]:
    """For every cell, the pairs that share significantly many partners in its network."""
    from csmir.kernels.shared_partners import sharing_pairs

    node = features.get_indexer(pd.Index(reg.var[side.kind].astype(str)))
    if (node < 0).any():
        unknown = reg.var[side.kind].astype(str)[node < 0].unique()
        raise StepError(
            f"{len(unknown):,} {side.word} of the networks are not in the data: {check.listing(unknown)}. Were they "
            "removed or renamed? Run cs.tl.regulation(mdata, net) again, or put them back (var_names of the modality)."
        )
    partner, partners = pd.factorize(reg.var[K.MRNA if side.kind == K.MIRNA else K.MIRNA])
    edges = _mudata.edges(reg)
    usable = usable_pairs(reg, o)

    def of_cell(k: int) -> Sharing:
        pair = edges.indices[edges.indptr[k] : edges.indptr[k + 1]]
        pair = pair if usable is None else pair[usable[pair]]
        graph = sparse.csr_array(
            (np.ones(len(pair), np.int8), (node[pair], partner[pair])), shape=(len(features), len(partners))
        )
        graph.sort_indices()
        n = n_partners if o.universe == "data" else len(np.unique(partner[pair]))
        return sharing_pairs(graph, n, o.alpha_shared, o.min_shared, adjust=o.adjust)

    found = run_blocks(of_cell, range(reg.n_obs), n_threads=o.n_threads, desc="shared", progress=o.progress)
    return list(found)


def union_of(candidates: list[Sharing], n: int, side: Side, o: Options) -> np.ndarray:
    """Pairs that are a candidate in some cell, as a * n + b; if they are too many, those of the most cells."""
    keys = np.concatenate([c.a * n + c.b for c in candidates]) if candidates else np.zeros(0, np.int64)
    union, n_cells = np.unique(keys, return_counts=True)
    per_cell = [len(c.a) for c in candidates] or [0]
    logger.info(
        "%d pairs of %s share significantly many %s in some cell, %d to %d per cell",
        len(union), side.word, side.partner, min(per_cell), max(per_cell),
    )  # fmt: skip
    if len(union) <= o.max_pairs:
        return union
    logger.warning(
        "only the %d pairs that do so in the most cells are looked at (`max_pairs`); %d are left out",
        o.max_pairs, len(union) - o.max_pairs,
    )  # fmt: skip
    return np.sort(union[np.argsort(-n_cells, kind="stable")[: o.max_pairs]])
