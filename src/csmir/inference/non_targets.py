"""Decoys of networks that are there: non-targets, tested by the same inference, counted as interactions are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir.inference.alignment import Aligned
from csmir.inference.execute import run
from csmir.inference.expression import n_detected, stored_floor
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.space import listed_of
from csmir.inference.statistics.record import Inputs
from csmir.inference.tail_shares import Beside
from csmir.kernels import decoys as kernel

MOST_GENES = 2000  # that are tested to choose the number of factors
MOST_LISTED = 0.95  # of all pairs: with more, there are no non-targets


@dataclass(frozen=True)
class Counts:
    """Interactions and pairs that non-targets have, weighted so that each pair counts once."""

    interactions: float
    pairs: float
    share: float  # interactions over those of the pairs that have decoys
    interval: tuple[float, float]
    n_without: int  # pairs without a decoy


def why_none(adata: AnnData, found: Aligned) -> str | None:
    """Why there can be no decoys, in words that follow "since"; None if there can."""
    noted = _mudata.recorded(adata, "regulation")
    if noted.get("prior") == "all pairs" or len(found.pairs) > MOST_LISTED * found.pairs.n_mirnas * found.pairs.n_mrnas:
        return "the networks have no prior"
    if adata.n_vars != int(noted.get("n_pairs", adata.n_vars)):
        return "some pairs of the prior were removed from the networks"
    return None


def draw(found: Aligned, *, per_pair: int, seed: int) -> kernel.Decoys:
    """Decoys of every pair, from the pairs that were tested."""
    pairs = found.pairs
    listed = listed_of(pairs)
    detection, expression = profile(found.data.mrna)
    return kernel.draw(pairs.mirna, pairs.mrna, listed, detection, expression, per_pair=per_pair, seed=seed)


def sample(pairs: Pairs, detection: np.ndarray, expression: np.ndarray, *, most: int = 4000, seed: int = 0) -> Beside:
    """Some pairs, evenly over the miRNAs, and two decoys of each, all of the same 2,000 mRNAs at most."""
    genes = np.arange(pairs.n_mrnas)
    if len(genes) > MOST_GENES:  # three quarters of them with pairs, if there are as many
        order = np.random.default_rng(seed).permutation(genes)
        has = np.isin(order, pairs.mrna)
        targets = order[has][: MOST_GENES * 3 // 4]
        genes = np.sort(np.concatenate([targets, order[~np.isin(order, targets)][: MOST_GENES - len(targets)]]))
    at = np.flatnonzero(np.isin(pairs.mrna, genes))
    at = at[np.unique(np.linspace(0, len(at) - 1, min(len(at), most)).astype(int))]
    mirna, mrna = pairs.mirna[at], np.searchsorted(genes, pairs.mrna[at])
    listed = listed_of(pairs)[:, genes]
    drawn = kernel.draw(mirna, mrna, listed, detection[genes], expression[genes], seed=seed)
    return Beside(mirna, genes[mrna], drawn.mirna, genes[drawn.mrna])


def profile(values: Any) -> tuple[np.ndarray, np.ndarray]:
    """The share of cells that detect each feature of cells x features, and its mean."""
    floor = stored_floor(values)
    if floor < 0:
        values = _mudata.dense(values)
    mean = np.asarray(values.sum(axis=0, dtype=np.float64), np.float64).ravel() / values.shape[0]
    return n_detected(values, floor) / values.shape[0], mean


def count(
    adata: AnnData,
    found: Aligned,
    request: Request,
    decoys: kernel.Decoys,
    inputs: Inputs,
    seed: int,
) -> Counts:
    """Test the decoys and count them at each cell's largest significant p."""
    pairs = found.pairs
    key = decoys.mirna * pairs.n_mrnas + decoys.mrna
    unique, of = np.unique(key, return_inverse=True)
    weight = np.bincount(of, decoys.weight, minlength=len(unique))
    mirna, mrna = (part.astype(np.int32) for part in np.divmod(unique, pairs.n_mrnas))
    edges = _mudata.edges(adata)
    tested = request.of.tested
    limit = _limits(adata, edges, request) if tested else None
    asked = replace(request, keep_all=False)
    if limit is not None:
        highest = 10.0 ** -limit[np.isfinite(limit)].min(initial=300)
        asked = replace(asked, adjust=False, alpha=min(highest * (1 + 1e-5), 1 - 1e-12))
    job = asked.job(replace(inputs, pairs=Pairs(mirna, mrna, pairs.n_mirnas, pairs.n_mrnas)))
    networks = run(job, n_threads=request.n_threads, progress=False)
    keep = np.ones(len(networks.indices), np.int32)
    if limit is not None:
        of_data = np.full(len(found.data.cells), np.inf)
        of_data[found.row] = limit
        p = networks.layers.get(K.Layer.NEG_LOG10_P, networks.value)
        row = np.repeat(np.arange(len(networks.indptr) - 1), np.diff(networks.indptr))
        keep = (p >= of_data[row]).astype(np.int32)
    hits = sparse.csr_matrix((keep, networks.indices, networks.indptr), shape=(len(found.data.cells), len(unique)))
    per_decoy = np.asarray(hits[found.row].sum(axis=0)).ravel()
    per_pair = np.asarray(edges.sum(axis=0)).ravel()[found.column].astype(float)
    has = np.bincount(decoys.pair, minlength=len(pairs)) > 0
    share = kernel.share(
        np.bincount(pairs.mrna, per_pair * has, minlength=pairs.n_mrnas),
        np.bincount(mrna, per_decoy * weight, minlength=pairs.n_mrnas),
        seed=seed,
    )
    return Counts(share.decoys, float(((per_decoy > 0) * weight).sum()), share.share, share[3:], decoys.without)


def _limits(adata: AnnData, edges: sparse.csr_matrix, request: Request) -> np.ndarray:
    """-log10 of each cell's largest significant p, infinite for a cell without any, as the networks store it."""
    if not request.adjust:
        return np.full(adata.n_obs, np.float32(-np.log10(request.alpha)))
    stored = adata.layers.get(K.Layer.NEG_LOG10_P, adata.X)
    stored = sparse.csr_matrix(stored.to_memory() if _mudata.on_disk(stored) else stored)
    row = np.repeat(np.arange(adata.n_obs), np.diff(stored.indptr))
    layer = adata.layers.get(K.Layer.SIGNIFICANT)
    is_edge = stored.data > -1
    if layer is not None:
        is_edge = _mudata.values_at(layer, stored) != 0
    out = np.full(adata.n_obs, np.inf)
    np.minimum.at(out, row[is_edge], stored.data[is_edge])
    return out
