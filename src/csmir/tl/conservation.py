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
from csmir._errors import InputError, run_first
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._networks import by_group

CONSERVED, REWIRED = 0.9, 1  # of all cells at least; cells at most
MANY = 1000  # cells from which on groups come first
KINDS = (K.CONSERVED, K.REWIRED, K.NEITHER)


@step
def conservation(
    data: MuData | AnnData,
    *,
    conserved: float = CONSERVED,
    rewired: int = REWIRED,
    on: str | Iterable[str] | None = None,
    groups: str | None = None,
    elsewhere: float = 0.1,
    q_pair: float | None = None,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Tell interactions and hub miRNAs that most cells share (conserved) from those of a single cell (rewired).

    With m cells, something found in n of their networks is *conserved* if :math:`n \ge \mathrm{round}(0.9 m)` (half to
    even: 17 of 19 cells, 18 of 20) and *rewired* if n = 1. Everything else is *neither*, interactions found in no cell
    included. Requires :func:`csmir.tl.regulation`, and :func:`csmir.tl.hubs` for the hubs.

    With hundreds of cells of several types neither says much: nothing is in nearly all of them, and what one cell in a
    thousand has is chance as a rule. Give `groups=` there. In a group g of :math:`m_g` cells that has an interaction in
    :math:`n_g` networks, it is *conserved in g* if :math:`n_g \ge \mathrm{round}(0.9 m_g)`; it is *specific* to the
    groups it is conserved in if there are others, and each of them has it in at most a tenth of its cells.

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
    groups
        A column of `.obs` of the MuData or of the networks, such as cell types: in which groups is each interaction
        conserved? A smaller `conserved` fits tests of little power: found in half of the cells where the power is one
        half means everywhere.
    elsewhere
        Largest share of the cells of any other group that may have what is specific to a group, below `conserved`.
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

    With `q_pair`, pairs that do not hold are *neither*, and conserved in no group; hubs are those that
    :func:`csmir.tl.hubs` was asked for.

    With `groups`, also, to be read with :func:`csmir.get.conservation`:

    - `.var["conserved_in"]`: categorical, the groups it is conserved in, joined by `" & "`; none for none;
    - `.var["group_specific"]`: bool, whether it is specific to them;
    - `.uns["csmir"]["conservation_groups"]`: DataFrame `group`, `n_cells`, `conserved_cells` (the number meant),
      `n_found` (interactions in any of its cells), `n_conserved`, `n_specific` (to this group alone);
    - `.uns["csmir"]["conservation_combinations"]`: DataFrame `groups`, `code` (1 for each group that is in, in the
      order of the table of groups), `n_groups`, `n_interactions`, `n_specific`, a row for each combination there is.

    A hub is counted once for each cell. The authors' implementation counts some twice when cells have different numbers
    of hubs.

    Groups are described, not tested: one of few cells, or of cells in which the test has more power, has more that is
    specific to it. :func:`csmir.tl.differential` tests whether a pair differs between conditions.

    Raises
    ------
    StepError
        There are no networks yet, hubs are asked for before :func:`csmir.tl.hubs`, or `q_pair` is given and the
        networks have no q-values of pairs.
    InputError
        A threshold is out of range, in this few cells the same count would be conserved and rewired, or `groups` is not
        a column of `.obs`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> mdata["truth"].var["conservation"].cat.categories.to_list()
    ['conserved', 'rewired', 'neither']
    >>> cs.tl.conservation(mdata, groups="group", regulation="truth")
    >>> cs.get.conservation(mdata, regulation="truth").columns.to_list()
    ['group', 'n_cells', 'conserved_cells', 'n_found', 'n_conserved', 'n_specific']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    conserved = check.number("conserved", conserved, low=0, high=1, low_open=True)
    rewired = check.integer("rewired", rewired, low=1)
    elsewhere = check.number("elsewhere", elsewhere, low=0, high=1)
    if groups is not None and elsewhere >= conserved:
        raise InputError(
            f"`elsewhere` must be below `conserved`, or all that is conserved would be specific; found {elsewhere:g} "
            f"and {conserved:g}."
        )
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    on = _which(adata, on)
    at_least = _networks.share_even(conserved, adata.n_obs)
    if at_least <= rewired:
        raise InputError(
            f"Expected conserved to mean more cells than rewired; of {check.many(adata.n_obs, 'cell')}, "
            f"conserved={conserved:g} means at least {at_least} and rewired={rewired} at most {rewired}, so an "
            "interaction would be both. Give more cells, a larger `conserved` or a smaller `rewired`."
        )
    held = _mudata.holding(adata, q_pair)
    many = adata.n_obs >= MANY
    if groups is not None and "interactions" not in on:
        raise InputError("`groups` are of interactions; `on` names the hubs alone.")
    before = adata.uns.get(K.UNS, {}).get("conservation", {})
    stratified = None if groups is None else by_group.shared(data, adata, groups, conserved, elsewhere, held)
    if stratified is not None and many:
        by_group.tell(stratified)
    if "interactions" in on:
        n_cells = np.zeros(adata.n_vars, np.int32)
        for _, edges in _mudata.edge_blocks(adata):
            n_cells += np.bincount(edges.indices, minlength=adata.n_vars).astype(np.int32)
        adata.var[K.Var.N_CELLS] = n_cells
        counted = n_cells if held is None else np.where(held, n_cells, 0)
        adata.var[K.Var.CONSERVATION] = _kinds(counted, at_least, rewired)
        made_of.mark(adata, "cells", var=(K.Var.N_CELLS, K.Var.CONSERVATION))
        _report("interactions", counted, at_least, rewired)
        by_group.write(adata, stratified)
        if stratified is not None and not many:
            by_group.tell(stratified)
        elif stratified is None and many:
            logger.info(
                "conservation: of %s cells in all; give groups= to see what each type shares", f"{adata.n_obs:,}"
            )
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
    of_interactions = {"groups": groups, "elsewhere": None if groups is None else elsewhere, "q_pair": q_pair}
    if "interactions" not in on:  # what was found of them stays
        of_interactions = {name: before.get(name) for name in of_interactions}
    _mudata.record(
        adata,
        "conservation",
        conserved=conserved,
        rewired=rewired,
        on=on,
        **of_interactions,
        conserved_cells=at_least,
        rewired_cells=rewired,
    )
    return data if copy else None


def limits_of(adata: AnnData) -> dict[str, int]:
    """Most cells of what is rewired, and fewest of what is conserved: as this was asked, else by the defaults."""
    asked = adata.uns.get(K.UNS, {}).get("conservation", {})
    conserved = _networks.share_even(float(asked.get("conserved", CONSERVED)), adata.n_obs)
    return {"rewired_cells": int(asked.get("rewired", REWIRED)), "conserved_cells": conserved}


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
        raise run_first("Hub miRNAs are not there yet", "cs.tl.hubs(mdata)")
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
