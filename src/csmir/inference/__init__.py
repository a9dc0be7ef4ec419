"""From two matrices and the pairs to test to one network per cell. `infer` is the whole way; each step is a file.

What was asked is a `Request` (`options.py`), checked against the record of its statistic (`statistics/`). The data
come as two aligned matrices cells x features. Cells that are copies of others may be left out (`copies.py`). The prior
is lined up with the names of the data (`pairs.py`), runs of pseudo-cells or groups of cells are looked up (`cells.py`),
and the matrices are checked and turned, or left as they are stored and read some features at a time (`expression.py`).

A test among neighbours asks for more: whom each cell is compared with (`neighbourhood.py`, `space.py`) and what is
adjusted for (`adjustment.py`). With these `Inputs` the statistic makes a `Job` (`blocks.py`): blocks that know nothing
of each other, computed by threads or by a cluster (`dask_workers.py`), put together to rows (`execute.py`) and
finished there, in memory or on a disk (`result.py`, `on_disk/`).

What networks were inferred from is kept as hashes beside them (`origin.py`), by which later steps find the same data
again (`alignment.py`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from anndata import AnnData
    from mudata import MuData

    from csmir._mudata import Paired
    from csmir.inference.adjustment import Adjusted
    from csmir.inference.copies import Copies
    from csmir.inference.options import Request
    from csmir.inference.pairs import Pairs
    from csmir.inference.result import About
    from csmir.inference.statistics.record import Inputs


def infer(
    mdata: MuData,
    net: pd.DataFrame | None,
    request: Request,
    *,
    mirna: str,
    mrna: str,
    layer: str | None,
    key: str,
    pseudo_cells: bool | None = None,
    parents: pd.DataFrame | None = None,
    out: str | os.PathLike[str] | None = None,
    client: Any = None,
) -> AnnData:
    """The networks cells x pairs of the modality `key`, which is not written here."""
    from csmir import _mudata
    from csmir.inference import result
    from csmir.inference.cells import obs_of
    from csmir.inference.memory import refuse_if_too_large
    from csmir.inference.pairs import pairs_to_test

    every = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
    data, same = _that_count(mdata, every, request, pseudo_cells, on_disk=out is not None)
    pairs = pairs_to_test(net, data)
    weights, groups = _weights_and_groups(mdata, data.cells, request, pseudo_cells)
    share = request.of.stored_share(len(weights))
    refuse_if_too_large(len(data.cells), len(pairs), keep_all=request.keep_all, share=share, on_disk=out is not None)
    inputs, adjusted = _inputs(mdata, data, pairs, weights, groups, request, parents, mirna=mirna, mrna=mrna)
    named = {"prior": "all pairs" if net is None else "net", "mirna": mirna, "mrna": mrna, "layer": layer}
    about = _about(mdata, data, inputs, adjusted, request, key, named)
    if out is not None:
        adata = result.on_disk(inputs, request, about, client, out)
    else:
        adata = result.in_memory(inputs, request, about, client)
        if same is not None and request.duplicates == "weigh":
            adata = same.expanded(adata, obs_of(mdata, every.cells))
    result.report(adata, about, weights)
    return adata


def _that_count(
    mdata: MuData, data: Paired, request: Request, pseudo_cells: bool | None, *, on_disk: bool
) -> tuple[Paired, Copies | None]:
    """The data of the cells that count, and which cells are copies of them, if copies are not to count."""
    from csmir._errors import InputError
    from csmir.inference.cells import MIN_CELLS, may_be_copies
    from csmir.inference.copies import not_to_count

    same = None
    if request.duplicates is not None or may_be_copies(data).any():
        same = not_to_count(mdata, data, request, pseudo_cells, on_disk=on_disk)
        data = data if same is None else same.unlike(data)
    if len(data.cells) < MIN_CELLS:
        raise InputError(
            f"Networks need at least {MIN_CELLS} cells with both modalities; found {len(data.cells)}. "
            "A cell's network says how it differs from the other cells."
        )
    return data, same


def _weights_and_groups(
    mdata: MuData, cells: pd.Index, request: Request, pseudo_cells: bool | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """How often each cell counts in each run, (runs, cells), and the groups that cells are compared in, if any."""
    import numpy as np

    from csmir.inference.cells import MIN_CELLS, group_labels, run_weights, warn_if_alone

    if "pseudo_cells" in request.of.options:
        weights = run_weights(mdata, cells, pseudo_cells)
        warn_if_alone(weights, request.box_size)
        return weights, None
    groups = None if request.groups is None else group_labels(mdata, cells, request.groups, fewest=MIN_CELLS)
    return np.ones((1, len(cells)), np.int64), groups


def _inputs(
    mdata: MuData, data: Paired, pairs: Pairs, weights: np.ndarray, groups: np.ndarray | None, request: Request,
    parents: pd.DataFrame | None, *, mirna: str, mrna: str,
) -> tuple[Inputs, Adjusted]:  # fmt: skip
    """What the statistic reads, and what is adjusted for."""
    import logging

    from csmir import _mudata
    from csmir._errors import InputError
    from csmir._log import logger
    from csmir.inference.adjustment import NOTHING, conditions
    from csmir.inference.detectable import tell_of_boxes
    from csmir.inference.expression import readable
    from csmir.inference.left_out import leaves_out_targets, left_out, warn_if_inferred
    from csmir.inference.statistics.record import Inputs

    inferred = _mudata.is_inferred(mdata[mirna])
    if inferred:
        warn_if_inferred(mdata, mirna, request.statistic)
    x, y = readable(data, request)
    if inferred:
        x = left_out(mdata[mirna], data, x, y, request.statistic)
    near, adjusted = None, NOTHING
    if request.near:
        near, adjusted = conditions(
            mdata, data, x, y, pairs, request, mirna=mirna, mrna=mrna, groups=groups, parents=parents
        )
    if "box_size" in request.of.options and logger.isEnabledFor(logging.INFO):
        tell_of_boxes(data, pairs, groups, near, request)
    if inferred and adjusted.own is not None and leaves_out_targets(mdata[mirna]):
        raise InputError(
            "`parents` and `transcription` are for measured miRNAs: of inferred ones each pair has a vector of its "
            "own. Leave them out; `covariates` and `factors` can be given."
        )
    return Inputs(x, y, pairs, weights, groups, near, adjustment=adjusted.adjustment, own=adjusted.own), adjusted


def _about(
    mdata: MuData, data: Paired, inputs: Inputs, adjusted: Adjusted, request: Request, key: str, named: dict[str, Any]
) -> About:
    """What is recorded beside the networks; `named` is what the user named the data by."""
    import pandas as pd

    from csmir import _keys as K
    from csmir.inference.adjustment import NOTHING
    from csmir.inference.cells import obs_of
    from csmir.inference.named_neighbors import named_neighbors
    from csmir.inference.options import EXPRESSION
    from csmir.inference.origin import origin_of
    from csmir.inference.result import About

    weights, near = inputs.weights, inputs.near
    noted = request.noted() | {
        "n_runs": len(weights),
        "n_per_run": int(weights[0].sum()),
        "n_pairs": len(inputs.pairs),
        "n_dropped_cells": data.n_dropped,
        **named,
        **adjusted.noted,
    }
    obs = obs_of(mdata, data.cells)
    if near is not None:
        noted["space"] = near.noted
        if near.types is not None:
            obs[K.Obs.FOUND_TYPE] = pd.Categorical((near.types + 1).astype(str))
    given = {
        "pseudo-cells": weights,
        "groups": inputs.groups,
        "neighbours": None if near is None else tuple(near.lists[:3]),
        "covariates": None if adjusted is NOTHING else adjusted.given,
    }
    by_user = request.neighbors is not None and request.neighbors != EXPRESSION
    graph = named_neighbors(mdata, data.cells, str(request.neighbors), named["mrna"]) if by_user else None
    origin = origin_of(data, weights=weights, groups=inputs.groups, near=graph, covariates=adjusted.known)
    return About(data, inputs.pairs, obs, key, noted, given, origin)
