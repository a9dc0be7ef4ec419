"""Networks that are there, brought back to the data they were inferred from: by name, whatever moved since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import StepError
from csmir._mudata import Paired
from csmir._mudata.made_of import name_keys
from csmir.inference import origin as O
from csmir.inference.cells import group_labels, run_weights
from csmir.inference.copies import copies_of
from csmir.inference.covariates import read_covariates
from csmir.inference.named_neighbors import named_neighbors
from csmir.inference.options import EXPRESSION
from csmir.inference.pairs import Pairs
from csmir.inference.statistics import recorded_statistic

AGAIN = "Run cs.tl.regulation(mdata, net) again"


class Aligned(NamedTuple):
    """The data as they were when the networks were inferred, and where the networks keep what belongs to them."""

    data: Paired  # cells and features in the order of the inference
    pairs: Pairs  # in the order that the kernels need: by miRNA, then by mRNA
    column: np.ndarray  # (pairs,) where the networks have each pair
    row: np.ndarray  # (cells of the networks,) which cell of the data each is
    weights: np.ndarray  # (runs, cells of the data)
    groups: np.ndarray | None  # (cells of the data,) labels of the groups that the cells were compared in

    def per_pair(self, values: np.ndarray) -> np.ndarray:
        """Values of the pairs, in the order of the networks."""
        out = np.empty_like(values)
        out[self.column] = values
        return out


def align(mdata: MuData, adata: AnnData, *, every_cell: bool = False, every_pair: bool = False) -> Aligned:
    """Data, pairs, weights and groups for a step that repeats the inference, or an error that names what changed.

    With `every_cell` (`every_pair`), networks of which cells (pairs) were removed are refused too.
    """
    noted = _mudata.recorded(adata, "regulation")
    if "mirna" not in noted:
        raise StepError(f"These networks were not inferred by cs.tl.regulation. {AGAIN}.")
    data = _mudata.paired(mdata, mirna=noted["mirna"], mrna=noted["mrna"], layer=noted.get("layer"))
    origin = adata.uns[K.UNS].get(K.ORIGIN)
    ends = [adata.var[c].astype(str) for c in (K.Var.MIRNA, K.Var.MRNA)]
    every = data
    if origin is not None:
        data = _as_it_was(data, origin, ends, noted)
    row = data.cells.get_indexer(adata.obs_names)
    if noted.get("duplicates") == "weigh":  # copies have the network of the cell that was counted
        row = copies_of(mdata, every, noted.get("groups")).counted(data.cells, adata.obs_names)
    _refuse_lost("cells of the networks", "obs_names", adata.obs_names[row < 0])
    if every_cell and adata.n_obs < len(data.cells):
        raise StepError(f"The networks have {adata.n_obs:,} of {len(data.cells):,} cells: some were removed. {AGAIN}.")
    n_pairs = int(noted.get("n_pairs", adata.n_vars))
    if every_pair and adata.n_vars != n_pairs:
        raise StepError(
            f"The networks have {adata.n_vars:,} of the {n_pairs:,} pairs that were tested together, and the "
            f"correction for their number cannot be repeated. {AGAIN}, with a prior of these pairs."
        )
    weights, groups = _design(mdata, data, noted)
    if origin is not None:
        _check_design(mdata, data, origin, noted, weights, groups)
    pairs, column = _pairs(ends, data)
    return Aligned(data, pairs, column, row, weights, groups)


def _as_it_was(data: Paired, origin: Mapping[str, Any], ends: list[pd.Series], noted: Mapping[str, Any]) -> Paired:
    """The cells and features of the inference in its order, if all that matter are there and hold what they held."""
    known = O.cells_of(origin)
    at = O.order_in(known, name_keys(data.cells))
    if (at < 0).any():
        raise StepError(
            f"{(at < 0).sum():,} of the {len(known):,} cells that the networks were inferred from are not in the data "
            f"any more, or have another name. {AGAIN}."
        )
    if not np.array_equal(at, np.arange(len(data.cells))):
        data = data._replace(cells=data.cells[at], mirna=data.mirna[at], mrna=data.mrna[at])
    # which values mean "not detected", and who is like whom, hangs on every feature
    of = recorded_statistic(noted["statistic"])
    all_count = (of is not None and of.needs_detection) or bool(noted.get("expressed_only", False))
    spaces = all_count or noted.get("neighbors") == EXPRESSION
    mirna_names, mirna = _features("miRNA", data.mirna_names, data.mirna, origin, known, ends[0], all_count, noted)
    mrna_names, mrna = _features("mRNA", data.mrna_names, data.mrna, origin, known, ends[1], spaces, noted)
    return data._replace(mirna_names=mirna_names, mirna=mirna, mrna_names=mrna_names, mrna=mrna)


def _features(
    what: str,
    names: pd.Index,
    values: Any,
    origin: Mapping[str, Any],
    cells: np.ndarray,
    used: pd.Series,
    all_count: bool,
    noted: Mapping[str, Any],
) -> tuple[pd.Index, Any]:
    """Features of the inference that are there, in its order; those that count must be there with their values."""
    key = what.lower()
    known = O.kept(origin, key)
    at = O.order_in(known[O.NAMES], name_keys(names))
    uses = pd.Index(used.unique())
    _refuse_lost(f"{what}s of the networks", "var_names", pd.Index(uses[~uses.isin(names.astype(str))]))
    if all_count and (at < 0).any():
        raise StepError(
            f"{(at < 0).sum():,} of the {at.size:,} {what}s that the networks were inferred with are not in the data "
            f"any more, or have another name. {AGAIN}."
        )
    here = at[at >= 0]
    if not np.array_equal(here, np.arange(len(names))):
        names, values = names[here], values[:, here]
    changed = O.value_keys(values, cells) != known[O.VALUES][at >= 0]
    if not all_count:
        changed &= np.asarray(names.astype(str).isin(uses))
    _refuse_changed(what, names[changed], noted)
    return names, values


def refuse_other_values(
    networks: AnnData, kind: str, modality: str, layer: str | None, cells: pd.Index, names: pd.Index, values: Any
) -> None:
    """Refuse data whose values changed since, for a step that reads them beside the networks.

    `values`, cells x features, are all of a modality. Values that the networks were not inferred from (another layer),
    and those of which cells were taken out since, cannot be compared.
    """
    section = networks.uns.get(K.UNS, {})
    noted, origin = section.get("regulation", {}), section.get(K.ORIGIN)
    if origin is None or (noted.get(kind), noted.get("layer")) != (modality, layer):
        return
    known, then = O.cells_of(origin), O.kept(origin, kind)
    at, place = O.order_in(known, name_keys(cells)), O.order_in(then[O.NAMES], name_keys(names))
    if (at < 0).any():
        return
    used = (place >= 0) & np.isin(then[O.NAMES], name_keys(networks.var[kind].unique()))
    column = place[used]
    changed = O.value_keys(values[at][:, column], known) != then[O.VALUES][used]
    _refuse_changed("miRNA" if kind == K.MIRNA else "mRNA", names[column][changed], noted)


def refuse_other_weights(networks: AnnData, mdata: MuData) -> None:
    """Refuse pseudo-cells that were drawn anew since, for a step that takes them beside the networks.

    Networks that were inferred without, and those of which cells were taken out since, cannot be compared.
    """
    section = networks.uns.get(K.UNS, {})
    origin = section.get(K.ORIGIN, {})
    if "pseudo_cells" not in origin:
        return
    known = O.cells_of(origin)
    at = O.order_in(known, name_keys(mdata.obs_names))
    if (at >= 0).all():
        found = O.design_of(known, weights=_mudata.weights(mdata, mdata.obs_names[at]).T)
        _refuse_design("pseudo_cells", origin, found, section.get("regulation", {}))


def _refuse_changed(what: str, names: pd.Index, noted: Mapping[str, Any]) -> None:
    if len(names):
        layer = noted.get("layer")
        where = "X" if layer is None else f"the layer {layer!r}"
        raise StepError(
            f"The values of {len(names):,} {what}s in {where} changed since the networks were inferred: "
            f"{check.listing(names, 3)}. {AGAIN}, or put the values back."
        )


def _refuse_lost(what: str, where: str, lost: pd.Index) -> None:
    if len(lost):
        raise StepError(
            f"{len(lost):,} {what} are not in the data: {check.listing(lost, 3)}. Were they removed or renamed? "
            f"{AGAIN}, or put them back ({where} of the modality)."
        )


def _design(mdata: MuData, data: Paired, noted: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """Weights of the runs and labels of the groups, as the inference took them."""
    groups = None if noted.get("groups") is None else group_labels(mdata, data.cells, str(noted["groups"]))
    if int(noted["n_runs"]) == 1:
        return np.ones((1, len(data.cells)), np.int64), groups
    return run_weights(mdata, data.cells, pseudo_cells=True), groups


def _check_design(
    mdata: MuData,
    data: Paired,
    origin: Mapping[str, Any],
    noted: Mapping[str, Any],
    weights: np.ndarray,
    groups: np.ndarray | None,
) -> None:
    """Refuse other pseudo-cells, groups or neighbours than those of the inference."""
    cells = O.cells_of(origin)
    near = noted.get("neighbors")
    if near is not None and near != EXPRESSION:
        near = named_neighbors(mdata, data.cells, str(near), str(noted["mrna"]))
    else:
        near = None
    adjusted_for = None
    if noted.get("covariates") is not None:
        names = {"mirna": str(noted["mirna"]), "mrna": str(noted["mrna"])}
        adjusted_for = read_covariates(mdata, data, [str(c) for c in noted["covariates"]], **names)
    columns = None if adjusted_for is None else adjusted_for.values
    found = O.design_of(cells, weights=weights, groups=groups, near=near, covariates=columns)
    for name in CHANGED:
        _refuse_design(name, origin, found, noted)


def _refuse_design(name: str, origin: Mapping[str, Any], found: Mapping[str, Any], noted: Mapping[str, Any]) -> None:
    if name in origin and not np.array_equal(np.asarray(origin[name]), np.asarray(found.get(name))):
        word, mend = CHANGED[name]
        raise StepError(f"{word} changed since the networks were inferred. {AGAIN}, or {mend}.".format(**noted))


CHANGED = {
    "pseudo_cells": ("The weights of the pseudo-cells", "repeat cs.pp.bootstrap_cells with the seed and runs of then"),
    "groups": ("The groups of cells in mdata.obs[{groups!r}]", "put them back"),
    "covariates": ("The covariates {covariates}", "put them back"),
    "near": ("The neighbours {neighbors!r} of the cells", "put them back"),
}


def _pairs(ends: list[pd.Series], data: Paired) -> tuple[Pairs, np.ndarray]:
    """The pairs of networks as positions in the data, by miRNA, then by mRNA, and where the networks have each."""
    found = []
    for what, names, known in zip(("miRNA", "mRNA"), ends, (data.mirna_names, data.mrna_names), strict=True):
        at = known.astype(str).get_indexer(pd.Index(names)).astype(np.int32)
        _refuse_lost(f"{what}s of the networks", "var_names", pd.Index(names[at < 0].unique()))
        found.append(at)
    mirna, mrna = found
    column = np.lexsort((mrna, mirna))
    mirna, mrna = np.ascontiguousarray(mirna[column]), np.ascontiguousarray(mrna[column])
    n_mirnas, n_mrnas = len(data.mirna_names), len(data.mrna_names)
    return Pairs(mirna, mrna, n_mirnas, n_mrnas, complete=len(column) == n_mirnas * n_mrnas), column
