"""Networks among features of one kind: pairs that share partners in a cell and are associated there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import made_of
from csmir.inference.alignment import refuse_other_values, refuse_other_weights
from csmir.inference.blocks import Networks
from csmir.inference.cells import run_weights, warn_if_alone
from csmir.inference.execute import run
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.record import Inputs
from csmir.tl._shared_partners.names import shared_names
from csmir.tl._shared_partners.sharing import Options, Side, candidates_of, union_of, usable_pairs

if TYPE_CHECKING:
    from csmir.kernels.shared_partners import Sharing

STATISTIC = "csn"  # by which miRNAs, or mRNAs, are associated among themselves


def partner_networks(
    mdata: MuData,
    step: str,
    side: Side,
    o: Options,
    *,
    mirna: str,
    mrna: str,
    regulation: str,
    layer: str | None,
    key: str,
) -> AnnData:
    """Cells x pairs of features of one kind, as AnnData."""
    _mudata.modality(mdata, mirna), _mudata.modality(mdata, mrna)
    reg = _mudata.read_regulation(mdata, regulation)
    if _mudata.one_kind(reg):
        raise InputError(
            f"{regulation!r} holds networks among features of one kind; cs.tl.{step} starts from regulation."
        )
    own, other = (mirna, mrna) if side.kind == K.MIRNA else (mrna, mirna)
    features, values = _expression(mdata, own, side.kind, reg, layer)
    weights = run_weights(mdata, reg.obs_names, o.pseudo_cells)
    if len(weights) > 1:
        refuse_other_weights(reg, mdata)
    candidates = candidates_of(reg, side, features, mdata.mod[other].n_vars, o)
    union = union_of(candidates, len(features), side, o)
    warn_if_alone(weights, o.box_size)
    request = Request(STATISTIC, o.box_size, o.alpha, memory=o.memory, n_threads=o.n_threads, progress=o.progress)
    network = _associated(values, union, weights, len(features), request)
    adata = _to_anndata(network, candidates, union, features, side, reg, mdata, o, key)
    if side.kind == K.MRNA:
        adata.var[K.Var.SHARED_MIRNAS] = shared_names(adata, reg, side, usable_pairs(reg, o, tell=False))
        made_of.mark(adata, "cells", var=K.Var.SHARED_MIRNAS)
    n_runs, n_per_run = len(weights), int(weights[0].sum())
    cutoff = request.cutoff
    params = o._asdict() | {
        "n_runs": n_runs,
        "n_per_run": n_per_run,
        "cutoff": cutoff,
        "layer": layer,
        "n_pairs": len(union),
    }
    params = {k: v for k, v in params.items() if k not in ("n_threads", "memory", "progress")}
    _mudata.record(adata, step, **params | {"pseudo_cells": n_runs > 1, "regulation": regulation})
    logger.info("%s: %d run%s of %d cells", step, n_runs, "s" * (n_runs != 1), n_per_run)
    _mudata.record(
        adata, "regulation", statistic=STATISTIC, box_size=o.box_size, alpha=o.alpha, cutoff=cutoff, n_runs=n_runs
    )
    return adata


def _expression(mdata: MuData, name: str, kind: str, reg: AnnData, layer: str | None) -> tuple[pd.Index, np.ndarray]:
    """Names, and features x cells of the networks, with the values that these were inferred from."""
    adata = _mudata.modality(mdata, name)
    _mudata.refuse_repeated(name, adata, "cell", "feature")
    at = adata.obs_names.get_indexer(reg.obs_names)
    if (at < 0).any():
        lacking = reg.obs_names[at < 0]
        raise InputError(
            f"{len(lacking)} cells of the networks lack the {name} modality: {check.listing(lacking)}. Put them back, "
            "run cs.tl.regulation(mdata, net) again, or subset the networks to the cells that have it."
        )
    every = _mudata.matrix(adata, layer, name)
    refuse_other_values(reg, kind, name, layer, adata.obs_names, adata.var_names, every)
    values = _mudata.dense(every[at])
    return adata.var_names.astype(str), np.ascontiguousarray(check.finite_matrix(f"The {name} matrix", values).T)


def _associated(values: np.ndarray, union: np.ndarray, weights: np.ndarray, n: int, request: Request) -> Networks:
    """Return z and support of these pairs in every cell, where z is over the cutoff."""
    if len(union) == 0:
        none = np.zeros(0, np.float32)
        return Networks(np.zeros(weights.shape[1] + 1, int), np.zeros(0, int), none, {K.Layer.SUPPORT: none})
    a, b = np.divmod(union, n)
    used, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    at = at.astype(np.int32)
    pairs = Pairs(at[: len(a)], at[len(a) :], len(used), len(used))
    genes = np.ascontiguousarray(values[used])
    job = request.job(Inputs(genes, genes, pairs, weights))
    return run(job, n_threads=request.n_threads, progress=request.progress)


def _to_anndata(
    network: Networks,
    candidates: list[Sharing],
    union: np.ndarray,
    features: pd.Index,
    side: Side,
    reg: AnnData,
    mdata: MuData,
    o: Options,
    key: str,
) -> AnnData:
    """Edges: candidates of their cell that are associated there. Pairs that are an edge nowhere are left out."""
    n = len(features)
    kept, among = [], []  # for each cell: stored positions in the network, and among the cell's candidates
    for k, c in enumerate(candidates):
        row = slice(network.indptr[k], network.indptr[k + 1])
        here = c.a * n + c.b
        at = np.minimum(np.searchsorted(union, here), max(len(union) - 1, 0))
        known = np.flatnonzero(union[at] == here) if len(union) else at[:0]  # all, unless `max_pairs` left some out
        candidate = np.full(len(union), -1)  # which of the cell's candidates a pair is
        candidate[at[known]] = known
        of_stored = candidate[network.indices[row]]
        edge = np.flatnonzero(of_stored >= 0)
        kept.append(row.start + edge)
        among.append(of_stored[edge])
    indptr = np.append(0, np.cumsum([len(i) for i in kept]))
    stored = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    pairs, column = np.unique(network.indices[stored], return_inverse=True)
    shape = (reg.n_obs, len(pairs))

    def matrix(data: np.ndarray) -> sparse.csr_matrix:
        return sparse.csr_matrix((data, column, indptr), shape=shape)

    def of_candidates(field: str) -> np.ndarray:
        parts = [getattr(c, field)[at] for c, at in zip(candidates, among, strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0)

    layers = {name: matrix(values[stored]) for name, values in network.layers.items()}
    layers[K.Layer.SHARED] = matrix(of_candidates("shared").astype(np.int32))
    layers[K.Layer.SHARED_P] = matrix(of_candidates("p").astype(np.float32))
    if o.adjust:
        layers[K.Layer.SHARED_Q] = matrix(of_candidates("q").astype(np.float32))
    a, b = np.divmod(union[pairs], n)
    names = features.to_numpy(dtype=object)
    prefix = "" if key in (K.SYNERGY, K.SPONGE) else f"{key}:"
    var = pd.DataFrame(
        {
            side.ends[0]: pd.Categorical.from_codes(a, categories=features).remove_unused_categories(),
            side.ends[1]: pd.Categorical.from_codes(b, categories=features).remove_unused_categories(),
            K.Var.N_CELLS: np.bincount(column, minlength=len(pairs)).astype(np.int32),
        },
        index=pd.Index((prefix + names + "|")[a] + names[b], dtype=object),
    )
    own = [c for c in reg.obs if c in mdata.obs and c != K.Obs.N_INTERACTIONS]
    adata = AnnData(X=matrix(network.value[stored]), obs=reg.obs[own].copy(), var=var, layers=layers)
    adata.obs[K.Obs.N_INTERACTIONS] = np.diff(indptr).astype(np.int32)
    made_of.mark_counts(adata)
    return adata


def report(step: str, side: Side, adata: AnnData) -> None:
    """Log how many edges there are."""
    per_cell = adata.obs[K.Obs.N_INTERACTIONS]
    logger.info(
        "%s: %d pairs of %s in some cell, %d to %d per cell",
        step, adata.n_vars, side.word, per_cell.min(), per_cell.max(),
    )  # fmt: skip
    n_empty = int((per_cell == 0).sum())
    if n_empty:
        logger.warning("%s: %d of %d cells have an empty network", step, n_empty, adata.n_obs)
