"""The enlarged data set of one bootstrap run."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError, run_first
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.pp import _values as V

SOURCE_CELL = "source_cell"
IS_PSEUDO = "is_pseudocell"


@step
def pseudocells(mdata: MuData, *, run: int = 0, mirna: str = K.MIRNA, mrna: str = K.MRNA) -> MuData:
    """Build the enlarged data set of one bootstrap run: the real cells, then their copies.

    For looking at it, or for another tool. csmir itself works on the weights and never on copies. Requires
    :func:`csmir.pp.bootstrap_cells`.

    Parameters
    ----------
    %(mdata)s
    run
        Which run, counted from 0.
    %(modalities)s

    Returns
    -------
    A new MuData with both modalities: the cells that have both, in their order, then a copy for each time a
    cell was drawn, in the order of their sources and named after them (`cell_01-copy1`). `.obs["source_cell"]`
    (categorical) names the real cell, `.obs["is_pseudocell"]` (bool) tells copies; the other columns of `mdata.obs`
    are the source's. `X`, layers and `.obs` of both modalities are copied along.

    Raises
    ------
    StepError
        There are no weights yet.
    InputError
        No such run; the cells changed since the weights were made; a name of a copy is the name of another cell.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.bootstrap_cells(mdata, n_runs=20)
    >>> enlarged = cs.pp.pseudocells(mdata, run=3)
    >>> enlarged.n_obs, int(enlarged.obs["is_pseudocell"].sum())
    (175, 145)
    """
    V.opened(mdata, False, mirna, mrna)
    if K.BOOTSTRAP not in mdata.obsm:
        raise run_first(f"No weights in mdata.obsm[{K.BOOTSTRAP!r}]", "cs.pp.bootstrap_cells(mdata)")
    cells = V.shared_cells(mdata, mirna, mrna)
    weights = _mudata.weights(mdata, cells)
    run = check.integer("run", run, low=0, high=weights.shape[1] - 1)
    weight = weights[:, run]
    source = np.concatenate([np.arange(len(cells)), np.repeat(np.arange(len(cells)), weight - 1)])
    copies = [f"{cell}-copy{i}" for cell, w in zip(cells, weight, strict=True) for i in range(1, w)]
    names = pd.Index([*cells.astype(str), *copies])
    if not names.is_unique:
        raise InputError(
            f"Copies would have the names of other cells: {check.listing(names[names.duplicated()])}. Rename the cells."
        )
    parts = {}
    for key in (mirna, mrna):
        with assemble.repeated_names():
            part = mdata[key][mdata[key].obs_names.get_indexer(cells[source])].copy()
            part.obs_names = names
        parts[key] = part
    out = assemble.assemble(parts)
    obs = mdata.obs.loc[cells[source]].set_axis(names, axis=0)
    for column in obs.columns:
        out.obs[column] = obs[column]
    out.obs[SOURCE_CELL] = pd.Categorical.from_codes(source, categories=cells.astype(str))
    out.obs[IS_PSEUDO] = np.arange(len(names)) >= len(cells)
    _mudata.record(out, "pseudocells", run=run, n_cells=len(cells), n_total=len(names))
    return out
