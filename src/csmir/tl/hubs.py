"""Hub miRNAs of every cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._log import logger
from csmir._mudata import assemble, h5_columns, made_of
from csmir._mudata.step import step

TIES = ("name", "reference", "all")
FRACTION = 0.2


@step
def hubs(
    data: MuData | AnnData,
    *,
    fraction: float = FRACTION,
    ties: str = TIES[0],
    q_pair: float | None = None,
    mirna: str = K.MIRNA,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Find the hub miRNAs of every cell: the few that have the most targets in its network.

    The out-degree of miRNA r in cell k is the number of its edges there. With :math:`R_k` miRNAs of degree above 0, the
    hubs of the cell are the first :math:`\lceil f R_k \rceil` of them by decreasing degree, f being `fraction`. The
    product is taken in decimals, so that 0.07 * 100 counts as 7.

    Several miRNAs may share the degree at which the list is cut. `ties` says which of them are hubs, and the log says
    in how many cells that mattered.

    Parameters
    ----------
    %(data)s
    fraction
        Share of a cell's miRNAs that are hubs, in (0, 1].
    ties
        Among miRNAs of equal degree, `"name"` takes the alphabetically first, whatever the order of the features;
        `"reference"` takes the last in the order of the miRNA modality (of the pairs, if `data` is an AnnData), as the
        authors' implementation does; `"all"` takes all of them, so that a cell may have more hubs than `fraction` says.
    %(q_pair)s
    mirna
        Name of the miRNA modality; used with `ties="reference"` only.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`:

    - `.obsm["out_degree"]`: DataFrame cells x miRNAs, int32; one column for each miRNA that has pairs, in their order;
    - `.obsm["hub_mirna"]`: DataFrame of the same shape, bool;
    - `.obs["n_interactions"]`: int32, if it was not there, of all pairs;
    - `.uns["csmir"]["hubs"]`: the parameters.

    A cell with an empty network has no hubs. In networks without direction (miRNA synergy, mRNA sponges) the degree
    counts both ends, and the columns are the features at either end.

    Raises
    ------
    StepError
        There are no networks yet, or `q_pair` is given and they have no q-values of pairs.
    InputError
        `fraction` or `q_pair` is outside (0, 1], or `ties` is not one of the three words.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> bool(mdata["truth"].obsm["hub_mirna"].sum(axis=1).max() <= 4)  # of 20 miRNAs
    True

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    fraction = check.number("fraction", fraction, low=0, high=1, low_open=True)
    check.choice("ties", ties, TIES)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    held = _mudata.holding(adata, q_pair)
    codes, names = _networks.sources(adata)
    degree = np.zeros((adata.n_obs, len(names)), np.int32)
    n_edges = np.zeros(adata.n_obs, np.int32)
    for cells, edges in _mudata.edge_blocks(adata, held):
        degree[cells] = _networks.out_degree(edges, codes, len(names))
        n_edges[cells] = np.diff(edges.indptr)

    is_hub, n_cut = first(data, names, degree, fraction=fraction, ties=ties, mirna=mirna)

    adata.obsm[K.Obsm.OUT_DEGREE] = pd.DataFrame(degree, index=adata.obs_names, columns=names)
    adata.obsm[K.Obsm.HUB] = pd.DataFrame(is_hub, index=adata.obs_names, columns=names)
    made_of.mark(adata, "pairs", obsm=(K.Obsm.OUT_DEGREE, K.Obsm.HUB))
    if K.Obs.N_INTERACTIONS not in adata.obs and held is None:
        adata.obs[K.Obs.N_INTERACTIONS] = n_edges
        made_of.mark(adata, "pairs", obs=K.Obs.N_INTERACTIONS)
    _mudata.record(adata, "hubs", fraction=fraction, ties=ties, q_pair=q_pair)
    per_cell = is_hub.sum(axis=1)
    logger.info(
        "hubs: %d of %d miRNAs are a hub in some cell, %s per cell; %d of %d cells have a tie at the cut (ties=%r)",
        is_hub.any(axis=0).sum(), len(names), _range(per_cell), n_cut, adata.n_obs, ties,
    )  # fmt: skip
    n_empty = int((degree.sum(axis=1) == 0).sum())
    if n_empty:
        logger.warning("hubs: %d cells have an empty network and so no hubs", n_empty)
    _warn_of_files(names)
    return data if copy else None


def _warn_of_files(names: pd.Index) -> None:
    """Names that no file takes as columns are said now, not on writing."""
    both = h5_columns.refused(names)
    for writers, odd in (
        ("mdata.write_h5mu and mdata.write_zarr", both),
        ("mdata.write_zarr", [name for name in names if "/" in name and name not in both]),
    ):
        if odd:
            logger.warning(
                "hubs: %s will refuse miRNAs of these names as columns of .obsm: %s. Rename them first, with ',' for "
                "'/', or take 'out_degree' and 'hub_mirna' out of .obsm before writing",
                writers, check.listing(odd),
            )  # fmt: skip


def rule_of(adata: AnnData) -> dict[str, Any]:
    """Options of :func:`first` by which the networks' hubs were chosen; the defaults if they were not."""
    noted = adata.uns.get(K.UNS, {}).get("hubs", {})
    return {"fraction": float(noted.get("fraction", FRACTION)), "ties": str(noted.get("ties", TIES[0]))}


def first(
    data: MuData | AnnData, names: pd.Index, degree: np.ndarray, *, fraction: float = FRACTION, ties: str = TIES[0],
    mirna: str = K.MIRNA,
) -> tuple[np.ndarray, int]:  # fmt: skip
    """Which of these miRNAs are hubs of each cell, by their degrees there, and how many cells are cut within a tie."""
    preferred = np.arange(len(names))
    if ties == "name":
        preferred = np.argsort(names.to_numpy(dtype=object), kind="stable")
    elif ties == "reference":
        preferred = _expression_order(data, names, mirna)[::-1]
    return _networks.first_by_degree(degree, fraction, preferred, keep_ties=ties == "all")


def _expression_order(data: MuData | AnnData, names: pd.Index, mirna: str) -> np.ndarray:
    """The miRNAs' numbers in the order of the expression matrix."""
    if not isinstance(data, MuData):
        return np.arange(len(names))
    at = _mudata.modality(data, mirna).var_names.get_indexer(names)
    return np.argsort(at, kind="stable")


def _range(values: np.ndarray) -> str:
    if len(values) == 0:
        return "none"
    return f"{values.min()}-{values.max()}"
