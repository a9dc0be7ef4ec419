"""How much of a result is the seed."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger, progress_bar
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir.inference.alignment import align
from csmir.inference.statistics import recorded_statistic

STEP = "stability"


@step
def stability(
    mdata: MuData,
    *,
    n_seeds: int = 5,
    n_runs: int | None = None,
    first_seed: int = 0,
    n_threads: int | None = None,
    progress: bool | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | None:
    r"""Draw the pseudo-cells anew, several times, and see what stays.

    Answers: would another seed have told the same story? For each seed the networks are inferred with the recorded
    parameters, and read: which interactions and hubs are conserved or rewired. Two seeds agree on a set of things to
    the extent of their Jaccard index, :math:`|A \cap B| / |A \cup B|`. A larger `n_runs` makes them agree more, up to
    the limit that the few real cells set: it does not make the networks truer.

    Parameters
    ----------
    %(mdata)s
    n_seeds
        Seeds, at least 2. Each costs as much as the inference itself.
    n_runs
        Bootstrap runs per seed; None takes the recorded number.
    first_seed
        Seeds are counted from here.
    n_threads
        Threads; None takes every core. The result does not depend on it.
    %(show_progress)s
    %(regulation)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes to `mdata["regulation"].uns["csmir"]`:

    - `stability_seeds`: DataFrame, one row a seed: `seed`, `n_interactions` (in any cell), `conserved`, `rewired`,
      `smallest` and `largest` network, `conserved_hubs`, `rewired_hubs`;
    - `stability`: the parameters, and for each of `conserved`, `rewired`, `conserved_hubs`, `rewired_hubs` the mean
      Jaccard index over every two seeds (NaN if no seed has any).

    Raises
    ------
    StepError
        There are no networks yet, or the data or the pseudo-cells changed since, or networks of cells were removed.
    InputError
        The networks were inferred without pseudo-cells, so no seed had a part in them; a number is out of range.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=19, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.pp.bootstrap_cells(mdata, n_runs=10)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"])
    >>> cs.tl.stability(mdata, n_seeds=2)
    >>> mdata["regulation"].uns["csmir"]["stability_seeds"]["seed"].tolist()
    [0, 1]

    References
    ----------
    The index of agreement: Jaccard, New Phytologist 1912, 11:37. The bootstrap: Zhang et al., BMC Bioinformatics
    2021, 22:578.
    """
    n_seeds = check.integer("n_seeds", n_seeds, low=2)
    first_seed = check.seed(first_seed, "first_seed")
    adata = _mudata.read_regulation(mdata, regulation)
    params = _mudata.recorded(adata, "regulation")
    of = recorded_statistic(params["statistic"])
    if of is None or "pseudo_cells" not in of.options or params["n_runs"] == 1:
        raise InputError(
            "These networks were inferred without pseudo-cells: they depend on no seed. Run "
            "cs.pp.bootstrap_cells(mdata) and cs.tl.regulation(mdata, net) for networks that do."
        )
    n_runs = int(params["n_runs"]) if n_runs is None else check.integer("n_runs", n_runs, low=2)
    mdata = assemble.duplicate(mdata) if copy else mdata
    keys = (str(params["mirna"]), str(params["mrna"]))
    cells = align(mdata, adata, every_cell=True).data.cells
    bare = assemble.assemble({key: _of_cells(mdata[key], cells) for key in keys})
    rows, found = [], []
    for seed in progress_bar(range(first_seed, first_seed + n_seeds), desc="seeds", show=progress):
        row, sets = _one(bare, adata, params, seed=seed, n_runs=n_runs, n_threads=n_threads)
        rows.append(row)
        found.append(sets)
    agreement = {name: _jaccard([sets[name] for sets in found]) for name in found[0]}
    adata = _mudata.regulation(mdata, regulation)
    adata.uns[K.UNS][K.Table.STABILITY] = pd.DataFrame(rows)
    made_of.mark(adata, "cells", "pairs", uns=(K.Table.STABILITY, STEP))
    _mudata.record(adata, STEP, n_seeds=n_seeds, n_runs=n_runs, first_seed=first_seed, **agreement)
    logger.info("stability: %d seeds agree by Jaccard indices of %s", n_seeds, _words(agreement))
    return mdata if copy else None


def _of_cells(adata: AnnData, cells: pd.Index) -> AnnData:
    """The modality with the cells of the inference in its order: cells are drawn by position."""
    return adata if adata.obs_names.equals(cells) else adata[cells].copy()


def _one(bare: MuData, adata, params, *, seed: int, n_runs: int, n_threads: int | None):
    """The figures of one seed, and what it found to be conserved and rewired."""
    from csmir.pp.bootstrap_cells import bootstrap_cells
    from csmir.tl.conservation import conservation
    from csmir.tl.hubs import hubs
    from csmir.tl.regulation import regulation

    n_cells = adata.n_obs
    n_between = (int(params["n_per_run"]) - n_cells) // (n_cells - 1)
    mirna, mrna = str(params["mirna"]), str(params["mrna"])
    net = adata.var[[K.Var.MIRNA, K.Var.MRNA]].set_axis([K.SOURCE, K.TARGET], axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what the first inference said already
        bootstrap_cells(bare, n_between=n_between, n_runs=n_runs, seed=seed, mirna=mirna, mrna=mrna)
        regulation(
            bare,
            net,
            box_size=float(params["box_size"]),
            alpha=float(params["alpha"]),
            mirna=mirna,
            mrna=mrna,
            layer=params.get("layer"),
            n_threads=n_threads,
            progress=False,
        )
    hubs(bare, mirna=mirna)
    conservation(bare)
    networks = bare[K.REGULATION]
    kinds = {"": networks.var, "_hubs": networks.uns[K.UNS][K.Table.HUB_CONSERVATION].set_index(K.Var.MIRNA)}
    sets = {
        f"{kind}{suffix}": frozenset(table.index[table[K.Var.CONSERVATION] == kind])
        for suffix, table in kinds.items()
        for kind in (K.CONSERVED, K.REWIRED)
    }
    per_cell = networks.obs[K.Obs.N_INTERACTIONS]
    row = {"seed": seed, "n_interactions": int((networks.var[K.Var.N_CELLS] > 0).sum())}
    row |= {"smallest": int(per_cell.min()), "largest": int(per_cell.max())}
    return row | {name: len(members) for name, members in sets.items()}, sets


def _jaccard(sets: list[frozenset[str]]) -> float:
    shares = [len(a & b) / len(a | b) for a, b in itertools.combinations(sets, 2) if a | b]
    return float(np.mean(shares)) if shares else float("nan")


def _words(agreement: dict[str, float]) -> str:
    return ", ".join(f"{value:.2f} ({name})" for name, value in agreement.items())
