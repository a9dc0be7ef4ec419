"""From a job to the AnnData of networks, in memory, or on a disk where a run can go on after an interruption."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir._mudata import Paired, made_of
from csmir.inference.blocks import Networks
from csmir.inference.execute import compute, run, thread_count
from csmir.inference.on_disk.zarr_rows import Written
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.record import Inputs

if TYPE_CHECKING:
    from csmir.kernels.fdr import PairSums


class About(NamedTuple):
    """What is known of the networks before they are computed."""

    data: _mudata.Paired
    pairs: Pairs
    obs: pd.DataFrame
    key: str  # name of the modality
    noted: dict[str, Any]  # parameters to record
    given: dict[str, Any]  # what else they are computed from: weights, groups, neighbours
    origin: dict[str, Any]  # see `origin_of`


def in_memory(inputs: Inputs, request: Request, about: About, client: Any) -> AnnData:
    """Compute the networks, all of them in memory."""
    networks = run(request.job(inputs), n_threads=request.n_threads, progress=request.progress, client=client)
    return _noted(to_anndata(networks, about.data, about.pairs, about.obs, about.key), about)


def on_disk(inputs: Inputs, request: Request, about: About, client: Any, out: str | os.PathLike[str]) -> AnnData:
    """Compute what is not there yet of the networks in the folder `out`, and open them."""
    from csmir.inference.on_disk.fingerprint import fingerprint
    from csmir.inference.on_disk.open_networks import open_networks
    from csmir.inference.on_disk.run_folder import Folder

    folder = Folder(out, fingerprint(about.data, about.pairs, about.noted | {"modality": about.key}, about.given))
    if folder.done:
        logger.info("%s is there already, from the same data and parameters: nothing to compute", folder.path.name)
    else:
        with folder.locked():
            folder.refuse_unkept(about.obs)
            sizes = folder.sizes(memory=request.memory, threads=thread_count(request.n_threads))
            # blocks are cut as they were in the first call, whatever the memory and the threads of this one
            job = replace(request, memory=sizes["memory"], n_threads=sizes["threads"]).job(inputs)
            folder.fill(
                job,
                partial(compute, n_threads=request.n_threads, progress=request.progress, client=client),
                partial(_skeleton, about),
                memory=request.memory,
                n_threads=request.n_threads,
            )
    folder.clear()
    adata = open_networks(folder.path, given=str(folder.path), lazy=None, limit=request.memory)
    _renew_columns(adata, about.obs, folder.path.name)
    return adata


def _renew_columns(adata: AnnData, obs: pd.DataFrame, folder: str) -> None:
    """Columns of the cells as they are now. Networks do not depend on them, so that the folder may be from before."""
    then = adata.obs.drop(columns=K.Obs.N_INTERACTIONS)
    names = list(dict.fromkeys([*then, *obs]))
    changed = [c for c in names if c not in then or c not in obs or not _same_values(then[c], obs[c])]
    if changed:
        adata.obs = obs.assign(**{K.Obs.N_INTERACTIONS: adata.obs[K.Obs.N_INTERACTIONS]})
        logger.warning(
            "%s was written with other columns of the cells: %s. mdata has those of now, the folder those of then",
            *(folder, check.listing(changed)),
        )


def _same_values(a: pd.Series, b: pd.Series) -> bool:
    """Whether two columns say the same; texts come back from a file as categories."""
    return bool(np.array_equal(a.astype(str).to_numpy(), b.astype(str).to_numpy()))


def _skeleton(about: About, written: Written) -> AnnData:
    """The networks without their entries."""
    layers = {name: np.zeros(0, dtype) for name, dtype in written.layers.items()}
    none = Networks(
        np.zeros(len(written.per_cell) + 1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32), layers
    )
    adata = to_anndata(none, about.data, about.pairs, about.obs, about.key)
    adata.var[K.Var.N_CELLS] = written.n_cells.astype(np.int32)
    if written.sums is not None:
        put_evidence(adata, written.sums)
    adata.obs[K.Obs.N_INTERACTIONS] = written.interactions.astype(np.int32)
    return _noted(adata, about)


def _noted(adata: AnnData, about: About) -> AnnData:
    _mudata.record(adata, "regulation", **about.noted)
    adata.uns[K.UNS][K.ORIGIN] = about.origin
    return adata


def report(adata: AnnData, about: About, weights: np.ndarray) -> None:
    """Log how many of what there are."""
    per_cell = adata.obs[K.Obs.N_INTERACTIONS]
    if about.data.n_dropped:
        logger.warning("%d cells lack one of the modalities and have no network", about.data.n_dropped)
    logger.info(
        "%d cells, %d run%s of %d cells, %s pairs of %d miRNAs and %d mRNAs: %s interactions, %s to %s per cell",
        len(about.data.cells),
        len(weights),
        "s" * (len(weights) != 1),
        weights[0].sum(),
        f"{len(about.pairs):,}",
        len(np.unique(about.pairs.mirna)),
        len(np.unique(about.pairs.mrna)),
        f"{int(per_cell.sum()):,}",
        f"{per_cell.min():,}",
        f"{per_cell.max():,}",
    )


class _Unique(AnnData):
    """An AnnData as it is made of names that are known to be unique. The setting for it is the whole process's."""

    def _check_uniqueness(self) -> None:
        pass


def to_anndata(networks: Networks, data: Paired, pairs: Pairs, obs: pd.DataFrame, key: str) -> AnnData:
    """The networks as AnnData: pairs are variables, every layer shares the pattern of X.

    Names of pairs start with the modality's name unless it is the default one, so that several networks of the same
    pairs can stand in one MuData.
    """
    shape = (len(data.cells), len(pairs))

    def matrix(values: np.ndarray) -> sparse.csr_matrix:
        out = sparse.csr_matrix(shape, dtype=values.dtype)
        # set directly: the constructor would copy or re-check hundreds of megabytes that are in order as they are
        out.data, out.indices, out.indptr = values, networks.indices, networks.indptr
        return out

    var, unique = var_of(data, pairs, key)
    layers = {name: matrix(values) for name, values in networks.layers.items()}
    adata = new(matrix(networks.value), obs, var, unique=unique, layers=layers)
    significant = networks.layers.get(K.Layer.SIGNIFICANT)
    kept = networks.indices if significant is None else networks.indices[significant]
    adata.var[K.Var.N_CELLS] = np.bincount(kept, minlength=len(pairs)).astype(np.int32)
    if networks.sums is not None:
        put_evidence(adata, networks.sums)
    if significant is None:
        adata.obs[K.Obs.N_INTERACTIONS] = np.diff(networks.indptr).astype(np.int32)
    else:
        before = np.concatenate([[0], np.cumsum(significant)])
        adata.obs[K.Obs.N_INTERACTIONS] = np.diff(before[networks.indptr]).astype(np.int32)
    made_of.mark_counts(adata)
    return adata


def var_of(data: Paired, pairs: Pairs, key: str) -> tuple[pd.DataFrame, bool]:
    """Pairs as variables of a modality `key`, by name, with both ends; and whether their names are known to differ."""
    mirna, mrna = np.asarray(data.mirna_names, dtype=object), np.asarray(data.mrna_names, dtype=object)
    index = pd.Index(
        ((f"{key}:" if key != K.REGULATION else "") + mirna + "|")[pairs.mirna] + mrna[pairs.mrna], dtype=object
    )
    # names are unique as the pairs are; to find that out by hashing takes as long as inferring the networks
    unique = not any("|" in name for name in data.mirna_names)
    if unique:
        index._cache["is_unique"] = True
    ends = {
        K.Var.MIRNA: pd.Categorical.from_codes(pairs.mirna, categories=data.mirna_names),
        K.Var.MRNA: pd.Categorical.from_codes(pairs.mrna, categories=data.mrna_names),
    }
    return pd.DataFrame(ends, index=index), unique


def new(x: Any, obs: pd.DataFrame, var: pd.DataFrame, *, unique: bool, layers: dict[str, Any] | None = None) -> AnnData:
    """An AnnData, whose names are not looked through if they are `unique`."""
    adata = (_Unique if unique else AnnData)(X=x, obs=obs, var=var, layers=layers)
    adata.__class__ = AnnData
    return adata


def put_evidence(adata: AnnData, sums: PairSums) -> None:
    """One p-value a pair over its cells, and Benjamini-Hochberg over the pairs."""
    from csmir.kernels.fdr import adjusted

    adata.var[K.Var.PAIR_P] = sums.p()
    adata.var[K.Var.PAIR_Q] = adjusted(adata.var[K.Var.PAIR_P].to_numpy())
