"""Validated shares of networks that `cs.tl.compare` is given, or infers without the prior."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir.inference.alignment import align
from csmir.tl._ground_truth.known import Universe, among_sorted, directed
from csmir.tl.validate import percent

CELL = "cell"


def frame(adata: AnnData, sizes: Any, shares: Any, sd: Any = np.nan) -> pd.DataFrame:
    """One row for each cell of the networks at hand."""
    return pd.DataFrame({
        CELL: pd.Categorical(adata.obs_names, categories=adata.obs_names),
        K.Obs.N_INTERACTIONS: np.asarray(sizes, dtype=np.int64),
        K.Obs.PCT_VALIDATED: np.asarray(shares, dtype=np.float64),
        "sd": sd,
    })  # fmt: skip


def cell_specific(name: str, other: AnnData, adata: AnnData, among: Universe, known: np.ndarray) -> pd.DataFrame:
    """Networks with cells of their own, matched by name."""
    directed(other, "compare")
    at = other.obs_names.astype(str).get_indexer(adata.obs_names.astype(str))
    if (at < 0).all():
        raise InputError(
            f"No cell of {name!r} is in the networks: {check.listing(other.obs_names, 3)}, not "
            f"{check.listing(adata.obs_names, 3)}."
        )
    if (at < 0).any():
        logger.warning("compare: %s lacks %d of %d cells: NaN", name, (at < 0).sum(), len(at))
    edges = _mudata.edges(other)
    shares = percent(edges, among_sorted(among.keys(other.var[K.Var.MIRNA], other.var[K.Var.MRNA]), known))
    sizes = np.where(at < 0, 0, np.diff(edges.indptr)[at])
    return frame(adata, sizes, np.where(at < 0, np.nan, shares[at]))


def without_prior(data: MuData | AnnData, adata: AnnData) -> AnnData:
    """The same inference over all pairs, with the parameters that were noted."""
    from csmir.tl.regulation import regulation as infer

    if not isinstance(data, MuData):
        raise InputError("'no_prior' infers the networks again and needs the MuData; found an AnnData of networks.")
    noted = dict(_mudata.recorded(adata, "regulation"))
    cells = align(data, adata).data.cells
    parts = {key: _mudata.modality(data, key) for key in (noted["mirna"], noted["mrna"])}
    again = assemble.assemble({k: v if v.obs_names.equals(cells) else v[cells].copy() for k, v in parts.items()})
    if K.BOOTSTRAP in data.obsm:
        at = data.obs_names.get_indexer(again.obs_names)
        again.obsm[K.BOOTSTRAP] = _mudata.dense(data.obsm[K.BOOTSTRAP])[at]
    if "groups" in noted:
        again.obs[noted["groups"]] = data.obs[noted["groups"]].reindex(again.obs_names)
    options = {k: v for k, v in noted.items() if k in inspect.signature(infer).parameters and k != "keep"}
    options.setdefault("adjust", None)  # what was None was not noted
    logger.info("compare: inferring the networks again over all pairs")
    infer(again, None, pseudo_cells=noted["n_runs"] > 1, **options)
    return _mudata.read_regulation(again)


def of_user(
    name: str, network: Any, data: MuData | AnnData, adata: AnnData, among: Universe, known: np.ndarray
) -> pd.DataFrame:
    if isinstance(network, str):
        return cell_specific(name, _mudata.read_regulation(data, network), adata, among, known)
    if isinstance(network, MuData | AnnData):
        return cell_specific(name, _mudata.read_regulation(network), adata, among, known)
    if isinstance(network, pd.DataFrame) and {K.Var.MIRNA, K.Var.MRNA} <= set(network.columns):
        network = network.rename(columns={K.Var.MIRNA: K.SOURCE, K.Var.MRNA: K.TARGET})
    network = check.net(network, f"networks[{name!r}]")
    columns = [CELL, K.SOURCE, K.TARGET] if CELL in network else [K.SOURCE, K.TARGET]
    network = network[columns].astype(str).drop_duplicates()
    keys = among.keys(network[K.SOURCE], network[K.TARGET])
    if (keys < 0).all():
        raise InputError(
            f"networks[{name!r}] has no pair of the data's miRNAs ({check.listing(among.mirnas, 2)}) and mRNAs "
            f"({check.listing(among.mrnas, 2)})."
        )
    is_known = pd.Series(among_sorted(keys, known) & (keys >= 0))[keys >= 0]
    if CELL not in network:
        return frame(adata, np.full(adata.n_obs, len(is_known)), np.full(adata.n_obs, 100 * is_known.mean()))
    by_cell = is_known.groupby(network[CELL].to_numpy()[keys >= 0])
    cells = adata.obs_names.astype(str)
    if not cells.isin(by_cell.groups).any():
        raise InputError(f"No cell of networks[{name!r}] is in the networks, which have {check.listing(cells, 3)}.")
    sizes = by_cell.size().reindex(cells, fill_value=0)
    return frame(adata, sizes, 100 * by_cell.mean().reindex(cells).to_numpy(dtype=float))
