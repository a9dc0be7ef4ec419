"""From a job to the AnnData of networks: in memory, or on a disk where a run can go on after an interruption."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _keys as K
from csmir import _mudata
from csmir._log import logger
from csmir.inference.blocks import Job
from csmir.inference.execute import compute, run
from csmir.inference.networks import Networks, put_evidence, to_anndata
from csmir.inference.on_disk.zarr_rows import Written
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.record import Inputs
from csmir.inference.threads import thread_count


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
            sizes = folder.sizes(memory=request.memory, threads=thread_count(request.n_threads))
            # blocks are cut as they were in the first call, whatever the memory and the threads of this one
            job = replace(request, memory=sizes["memory"], n_threads=sizes["threads"]).job(inputs)
            folder.fill(
                job,
                partial(_compute, request=request, client=client),
                partial(_skeleton, about),
                memory=request.memory,
                n_threads=request.n_threads,
            )
    folder.clear()
    return open_networks(folder.path, given=str(folder.path), lazy=None, limit=request.memory)


def _compute(job: Job, which: Sequence[int], keep: Callable[[int, Any], Any], *, request: Request, client: Any) -> None:
    if client is None:
        compute(job, which, keep, n_threads=request.n_threads, progress=request.progress)
        return
    from csmir.inference.dask_workers import compute_by

    compute_by(client, job, which, keep, progress=request.progress)


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
        "%d cells, %d run(s) of %d cells, %s pairs of %d miRNAs and %d mRNAs: %s interactions, %s to %s per cell",
        len(about.data.cells),
        len(weights),
        weights[0].sum(),
        f"{len(about.pairs):,}",
        len(np.unique(about.pairs.mirna)),
        len(np.unique(about.pairs.mrna)),
        f"{int(per_cell.sum()):,}",
        f"{per_cell.min():,}",
        f"{per_cell.max():,}",
    )
