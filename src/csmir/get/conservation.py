"""What groups of cells share, as tidy tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import StepError, run_first
from csmir._networks import by_group

KINDS = ("groups", "combinations", "pairs")


@fill
def conservation(data: MuData | AnnData, *, kind: str = "groups", regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate which interactions are conserved within groups of cells, and which are specific to a group.

    Requires :func:`csmir.tl.conservation` with `groups=`.

    Parameters
    ----------
    %(data)s
    kind
        `"groups"`: a row for each group; `"combinations"`: a row for each set of groups that share interactions, as an
        UpSet plot draws them; `"pairs"`: a row for each interaction that is conserved in any group.
    %(regulation)s

    Returns
    -------
    `"groups"`: `group`, `n_cells`, `conserved_cells` (so many cells make an interaction conserved there), `n_found`
    (interactions in any of its cells), `n_conserved`, `n_specific` (to this group alone).
    `"combinations"`: a column of True and False for each group, then `n_groups`, `n_interactions` (conserved in exactly
    these groups), `n_specific` (of them, those that hardly any cell of the other groups has), most interactions first.
    `"pairs"`: `mirna`, `mrna`, `conserved_in`, `specific`, and for each group `n_cells_<group>` and `share_<group>`;
    those of the largest mean share over the groups they are conserved in first.

    Raises
    ------
    StepError
        :func:`csmir.tl.conservation` was not run with `groups=`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, groups="group", regulation="truth")
    >>> table = cs.get.conservation(mdata, kind="combinations", regulation="truth")
    >>> table.columns[-3:].to_list()
    ['n_groups', 'n_interactions', 'n_specific']
    """
    check.choice("kind", kind, KINDS)
    adata = _mudata.read_regulation(data, regulation)
    found = adata.uns.get(K.UNS, {})
    if not all(name in found for name in (K.Table.CONSERVATION_GROUPS, K.Table.COMBINATIONS)):
        raise run_first("Conservation by group is not there yet", "cs.tl.conservation(mdata, groups=...)")
    groups: pd.DataFrame = found[K.Table.CONSERVATION_GROUPS]
    table: pd.DataFrame = found[K.Table.COMBINATIONS]
    if kind == "groups":
        return groups.reset_index(drop=True)
    names = groups["group"].astype(str).to_list()
    # (combinations, groups)
    member = np.array([[c == "1" for c in code] for code in table["code"].astype(str)], bool).reshape(-1, len(names))
    if kind == "combinations":
        counts = table[["n_groups", "n_interactions", "n_specific"]].reset_index(drop=True)
        return pd.concat([pd.DataFrame(member, columns=names), counts], axis=1)
    return _pairs(data, adata, names, member, groups)


def _pairs(
    data: MuData | AnnData, adata: AnnData, names: list[str], member: np.ndarray, groups: pd.DataFrame
) -> pd.DataFrame:
    column, sizes = str(_mudata.recorded(adata, "conservation")["groups"]), groups[K.Var.N_CELLS].to_numpy()
    among = by_group.groups_of(data, adata, column)
    kind = adata.var[K.Var.CONSERVED_IN]
    at = np.flatnonzero(kind.notna())
    inside = member[kind.cat.codes.to_numpy()[at]]
    n_cells = by_group.cells_by_group(adata, among)
    same = among.names == names and bool((among.sizes == sizes).all())
    if not same or not np.array_equal(n_cells[at] >= groups["conserved_cells"].to_numpy(), inside):
        raise StepError(f"{column!r} has changed since. Run cs.tl.conservation(mdata, groups={column!r}) again.")
    share = n_cells[at] / sizes
    mean = np.where(inside, share, 0).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    out = adata.var[[*_mudata.ends(adata), K.Var.CONSERVED_IN]].iloc[at].reset_index(drop=True)
    out["specific"] = adata.var[K.Var.GROUP_SPECIFIC].to_numpy(dtype=bool)[at]
    for k, name in enumerate(names):
        out[f"{K.Var.N_CELLS}_{name}"], out[f"share_{name}"] = n_cells[at, k], share[:, k]
    return out.iloc[np.argsort(-mean, kind="stable")].reset_index(drop=True)
