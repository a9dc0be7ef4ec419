"""What a reader must know before believing a network, as far as the run itself tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir.inference.statistics import recorded_statistic
from csmir.inference.statistics.record import Finished, Limit

FEW_CELLS = 100


def limits(mdata: MuData, regulation: str = K.REGULATION) -> list[Limit]:
    """Remarks on this run, the null first."""
    adata = _mudata.read_regulation(mdata, regulation)
    steps = adata.uns.get(K.UNS, {})
    params = steps.get("regulation", {})
    out = [null_verdict(steps)]
    statistic = recorded_statistic(params.get("statistic"))
    if statistic is not None:
        out += statistic.limits(Finished(mdata, adata, steps, params))
    if statistic is not None and statistic.tested and adata.n_obs < FEW_CELLS:
        text = f"With {adata.n_obs} cells no test can tell in which cells a pair is regulated; few edges say little."
        out.append(Limit("mind", "Little power", text))
    out += _of_the_data(mdata, adata, params)
    return out


def null_verdict(steps: Mapping[str, Any]) -> Limit:
    """What :func:`csmir.tl.null` found, or that nobody asked."""
    found = steps.get("null")
    title = "Are there more interactions than chance gives?"
    if found is None:
        text = (
            "Not known. On the K562 half-cells of the paper, as many interactions are found after the pairing of the "
            "cells is shuffled. Run cs.tl.null(mdata), or csmir run with --null 20, before reading anything here as "
            "regulation."
        )
        return Limit("mind", title, text)
    share = max(float(found.get("empirical_fdr", np.nan)), float(found.get("decoy_share", 0)))
    level = "bad" if not found.get("positive", False) else "mind" if share >= 0.1 else "good"
    return Limit(level, title, str(found["verdict"]))


def _of_the_data(mdata: MuData, adata: AnnData, params: Mapping[str, Any]) -> Iterator[Limit]:
    own = mdata.uns.get(K.UNS, {})
    if "simulated" in own:
        yield Limit(
            "mind",
            "Simulated data",
            "These cells were simulated, with planted regulation. They say nothing of biology.",
        )
    mirna = mdata.mod.get(str(params.get("mirna", K.MIRNA)))
    if mirna is not None and "inferred" in mirna.var and bool(mirna.var["inferred"].all()):
        text = "The miRNA values were inferred from the mRNAs of their targets, so they depend on them by construction."
        yield Limit("bad", "miRNAs were not measured", text)
    if str(params.get("prior")) == "all pairs":
        yield Limit("mind", "No prior", "Every miRNA was tested with every mRNA; most of these pairs cannot bind.")
    n_empty = int((_mudata.edges(adata).getnnz(axis=1) == 0).sum())
    if n_empty:
        yield Limit("mind", "Empty networks", f"{n_empty:,} of {adata.n_obs:,} cells have no interaction.")
    dropped = int(params.get("n_dropped_cells", 0))
    if dropped:
        yield Limit("mind", "Cells left out", f"{dropped:,} cells lack one of the modalities and have no network.")
