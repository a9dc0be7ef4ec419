"""Which interactions and hubs most cells share, and which a single cell has."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, StepError
from csmir._log import logger
from csmir._mudata import assemble, made_of

KINDS = (K.CONSERVED, K.REWIRED, K.NEITHER)


@fill
def conservation(
    data: MuData | AnnData,
    *,
    conserved: float = 0.9,
    rewired: int = 1,
    on: str | Iterable[str] | None = None,
    q_pair: float | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Tell interactions and hub miRNAs that most cells share (conserved) from those of a single cell (rewired).

    With m cells, something found in n of their networks is *conserved* if :math:`n \ge \mathrm{round}(0.9 m)` (half to
    even: 17 of 19 cells, 18 of 20) and *rewired* if n = 1. Everything else is *neither*, interactions found in no cell
    included. Requires :func:`csmir.tl.regulation`, and :func:`csmir.tl.hubs` for the hubs.

    Parameters
    ----------
    %(data)s
    conserved
        Smallest share of the cells that makes something conserved, in (0, 1].
    rewired
        Largest number of cells (at least one) that makes something rewired. It must lie below the number of cells that
        makes something conserved: the two mean nothing in a data set of one cell.
    on
        `"interactions"`, `"hubs"` or both; None takes the interactions, and the hubs if they are there.
    %(q_pair)s
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`:

    - `.var["n_cells"]`: int32, cells that have the interaction, whether the pair holds or not;
    - `.var["conservation"]`: categorical conserved / rewired / neither;
    - `.uns["csmir"]["hub_conservation"]`: DataFrame `mirna`, `n_cells` (cells in which it is a hub), `conservation`,
      one row for each miRNA that has pairs;
    - `.uns["csmir"]["conservation"]`: the parameters, and in `conserved_cells` the number of cells meant.

    With `q_pair`, pairs that do not hold are *neither*; hubs are those that :func:`csmir.tl.hubs` was asked for.

    A hub is counted once for each cell. The authors' implementation counts some twice when cells have different numbers
    of hubs.

    Raises
    ------
    StepError
        There are no networks yet, hubs are asked for before :func:`csmir.tl.hubs`, or `q_pair` is given and the
        networks have no q-values of pairs.
    InputError
        A threshold is out of range, or in this few cells the same count would be conserved and rewired.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> mdata["truth"].var["conservation"].cat.categories.to_list()
    ['conserved', 'rewired', 'neither']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    conserved = check.number("conserved", conserved, low=0, high=1, low_open=True)
    rewired = check.integer("rewired", rewired, low=1)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    on = _which(adata, on)
    held = _mudata.holding(adata, q_pair)
    at_least = _networks.share_even(conserved, adata.n_obs)
    if at_least <= rewired:
        raise InputError(
            f"Expected conserved to mean more cells than rewired; of {adata.n_obs} cell(s), conserved={conserved:g} "
            f"means at least {at_least} and rewired={rewired} at most {rewired}, so an interaction would be both. "
            "Give more cells, a larger `conserved` or a smaller `rewired`."
        )
    if "interactions" in on:
        n_cells = np.zeros(adata.n_vars, np.int32)
        for _, edges in _mudata.edge_blocks(adata):
            n_cells += np.bincount(edges.indices, minlength=adata.n_vars).astype(np.int32)
        adata.var[K.Var.N_CELLS] = n_cells
        n_cells = n_cells if held is None else np.where(held, n_cells, 0)
        adata.var[K.Var.CONSERVATION] = _kinds(n_cells, at_least, rewired)
        made_of.mark(adata, "cells", var=(K.Var.N_CELLS, K.Var.CONSERVATION))
        _report("interactions", n_cells, at_least, rewired)
    if "hubs" in on:
        is_hub = adata.obsm[K.Obsm.HUB]
        n_cells = is_hub.to_numpy(dtype=bool).sum(axis=0).astype(np.int32)
        table = pd.DataFrame({
            _networks.source_kind(adata): pd.Categorical(is_hub.columns, categories=is_hub.columns),
            K.Var.N_CELLS: n_cells,
            K.Var.CONSERVATION: _kinds(n_cells, at_least, rewired),
        })  # fmt: skip
        adata.uns.setdefault(K.UNS, {})[K.Table.HUB_CONSERVATION] = table
        made_of.mark(adata, "cells", "pairs", uns=K.Table.HUB_CONSERVATION)
        _report("hub miRNAs", n_cells, at_least, rewired)
    _mudata.record(
        adata,
        "conservation",
        conserved=conserved,
        rewired=rewired,
        on=on,
        q_pair=q_pair,
        conserved_cells=at_least,
        rewired_cells=rewired,
    )
    return data if copy else None


def _which(adata: AnnData, on: str | Iterable[str] | None) -> list[str]:
    has_hubs = K.Obsm.HUB in adata.obsm
    if on is None:
        if not has_hubs:
            logger.info("conservation: interactions only; run cs.tl.hubs first to have the hubs as well")
        return ["interactions", "hubs"] if has_hubs else ["interactions"]
    on = check.words("on", on)
    for word in on:
        check.choice("on", word, ("interactions", "hubs"))
    if "hubs" in on and not has_hubs:
        raise StepError("Hub miRNAs are not there yet. Run cs.tl.hubs(mdata) first.")
    return on


def _kinds(n_cells: np.ndarray, at_least: int, rewired: int) -> pd.Categorical[str]:
    codes = np.full(len(n_cells), KINDS.index(K.NEITHER), np.int8)
    codes[(n_cells >= 1) & (n_cells <= rewired)] = KINDS.index(K.REWIRED)
    codes[n_cells >= at_least] = KINDS.index(K.CONSERVED)
    return pd.Categorical.from_codes(codes, categories=pd.Index(KINDS))


def _report(what: str, n_cells: np.ndarray, at_least: int, rewired: int) -> None:
    union = int((n_cells > 0).sum())
    n_conserved = int((n_cells >= at_least).sum())
    n_rewired = int(((n_cells > 0) & (n_cells <= rewired)).sum())
    share = 100 / max(union, 1)
    logger.info(
        "conservation: of %d %s in any cell, %d (%.2f %%) are conserved (>= %d cells), %d (%.2f %%) rewired (<= %d)",
        union, what, n_conserved, n_conserved * share, at_least, n_rewired, n_rewired * share, rewired,
    )  # fmt: skip
