"""One target set of `cs.tl.targeting` once more, mRNA by mRNA."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._errors import StepError
from csmir.inference.pairs import pairs_to_test
from csmir.inference.targeting import held_fixed


class OneSet(NamedTuple):
    """How a miRNA (or family) goes with every mRNA that was looked at."""

    mrna: pd.Index
    correlation: np.ndarray  # (mRNAs,) of ranks over the cells
    target: np.ndarray  # (mRNAs,) bool
    weight: np.ndarray  # (mRNAs,) of the matched mRNAs that are not targets, summing to 1; 0 for the rest


def one_set(mdata: MuData, adata: AnnData, net: pd.DataFrame, name: str) -> OneSet:
    """Correlations of one set, as the recorded parameters say."""
    from csmir.inference.set_factors import held_over_all
    from csmir.inference.target_sets import correlations, sets_of, sides

    noted = adata.uns[K.UNS]["targeting"]
    given = {key: noted.get(key) for key in ("mirna", "mrna", "layer")}
    data = _mudata.in_name_order(_mudata.paired(mdata, **given))
    fixed = {key: noted.get(key) for key in ("groups", "sample", "covariates", "mirna", "mrna")}
    data, held = held_fixed(mdata, data, **fixed, curved=True)
    least, in_cells = noted.get("min_expression"), noted.get("min_cells")
    some = sides(data, None if least is None else float(least), None if in_cells is None else int(in_cells))
    pairs = some.within(pairs_to_test(net, data))
    names, members = (adata.var[c].astype(str).tolist() for c in (str(noted["by"]), K.Var.MEMBERS))
    at = names.index(name)
    every = {n: m.split(", ") for n, m in zip(names, members, strict=True)}
    sets = sets_of(
        pairs, some, every, min_targets=1, n_bins=int(noted["n_bins"]), match=str(noted["match"]),
        strata=held.strata, nuisance=held.nuisance,
    )  # fmt: skip
    if sets.names != names:
        raise StepError("With this prior and these data other sets are tested. Run cs.tl.targeting again.")
    sets, hidden = held_over_all(
        sets, some, strata=held.strata, n_held=np.zeros(1, np.int64), factors=int(noted.get("n_factors") or 0)
    )  # fmt: skip
    rho, target, weight = correlations(sets, at, None if hidden is None else hidden.columns(at))
    shift = float(rho[target].mean() - weight @ rho)
    if int(target.sum()) != int(adata.var[K.Var.N_TARGETS].iloc[at]) or not np.isclose(
        shift, float(adata.var[K.Var.SHIFT].iloc[at]), atol=1e-4
    ):
        raise StepError(
            f"With this prior and these data the shift of {name} is {shift:.3f}, which is not what was found: one of "
            "them is another. Give the prior that cs.tl.targeting was given, or run it again."
        )
    return OneSet(some.mrna_names.astype(str), rho, target, weight)
