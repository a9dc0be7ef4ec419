"""In how many cells of each group a pair is found, and what groups share: for `cs.tl.conservation(groups=)`."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import made_of

JOINT = "&"  # between the groups of a combination, for display


class Groups(NamedTuple):
    """Groups of cells."""

    codes: np.ndarray  # (cells,) -1 for none
    names: list[str]

    @property
    def sizes(self) -> np.ndarray:
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))


class Recurrence(NamedTuple):
    """Where pairs recur, pairs x groups."""

    n_cells: np.ndarray  # int32
    conserved: np.ndarray  # bool
    specific: np.ndarray  # (pairs,) conserved in some groups, and hardly found in any other


def groups_of(data: MuData | AnnData, adata: AnnData, column: str, name: str = "groups") -> Groups:
    """The groups that a column makes, in the order of its categories, or of their names.

    The MuData's own column is taken, as it may be newer than the networks, else that of the networks' `.obs`.
    """
    outer = data.obs if isinstance(data, MuData) else adata.obs
    known = [str(c) for c in dict.fromkeys([*outer.columns, *adata.obs.columns])]
    if not isinstance(column, str) or column not in known:
        raise InputError(
            f"`{name}` must be a column of .obs of the MuData or of the networks; they have "
            f"{check.listing(known) or 'none'}; found {column!r}.{check.suggest(column, known)}"
        )
    values = (outer[column] if column in outer else adata.obs[column]).reindex(adata.obs_names)
    check.groups(f"The column {column!r}", values)
    if column in outer and column in adata.obs and not _alike(values, adata.obs[column]):
        logger.info("%r of mdata.obs is taken, which differs from that of the networks' own .obs", column)
    labels = values.astype(str).to_numpy(dtype=object)
    known = values.notna().to_numpy()
    there = set(labels[known])
    if not there:
        raise InputError(f"{column!r} names no group: every value is missing.")
    categories = map(str, values.cat.categories) if hasattr(values, "cat") else sorted(there)
    names = [name for name in dict.fromkeys(categories) if name in there]
    codes = np.where(known, pd.Index(names).get_indexer(pd.Index(labels)), -1)
    return Groups(codes, names)


def _alike(a: pd.Series, b: pd.Series) -> bool:
    """Whether two columns name the same groups."""
    first, second = (v.astype(str).to_numpy(dtype=object) for v in (a, b))
    return bool((a.isna().to_numpy() == b.isna().to_numpy()).all() and (first == second)[a.notna().to_numpy()].all())


def cells_by_group(adata: AnnData, groups: Groups) -> np.ndarray:
    """(pairs, groups) int32: cells of the group that have the pair, some cells at a time."""
    n = np.zeros((adata.n_vars, len(groups.names)), np.int32)
    for cells, edges in _mudata.edge_blocks(adata):
        codes = groups.codes[cells]
        row = np.flatnonzero(codes >= 0)
        member = sparse.csr_matrix(
            (np.ones(len(row), np.int32), (row, codes[row])), shape=(len(codes), len(groups.names))
        )
        n += (edges.T.astype(np.int32) @ member).toarray()
    return n


def recurrence(n_cells: np.ndarray, sizes: np.ndarray, at_least: np.ndarray, elsewhere: float) -> Recurrence:
    """Which groups share a pair, `at_least` cells of each, and whether it is hardly found in the others."""
    conserved = n_cells >= at_least
    most = np.array([math.floor(Fraction(repr(float(elsewhere))) * int(m)) for m in sizes])
    n_in = conserved.sum(axis=1)
    specific = (n_in > 0) & (n_in < len(sizes)) & (conserved | (n_cells <= most)).all(axis=1)
    return Recurrence(n_cells, conserved, np.asarray(specific))


def combinations(found: Recurrence, names: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Row of each pair in a table of the combinations of groups, -1 where none; most pairs first.

    `code` says group by group, in the order of `names`, whether it is in (1) or not (0).
    """
    kinds, which, n = np.unique(found.conserved, axis=0, return_inverse=True, return_counts=True)
    which = which.ravel()
    n_specific = np.bincount(which, found.specific, minlength=len(kinds)).astype(np.int64)
    order = [k for k in np.lexsort((np.arange(len(kinds)), kinds.sum(axis=1), -n)) if kinds[k].any()]
    at = np.full(len(kinds), -1)
    at[order] = np.arange(len(order))
    joint = JOINT
    while any(joint in name for name in names):
        joint += JOINT
    table = pd.DataFrame({
        "groups": [f" {joint} ".join(np.array(names, dtype=object)[kinds[k]]) for k in order],
        "code": ["".join("01"[int(i)] for i in kinds[k]) for k in order],
        "n_groups": kinds[order].sum(axis=1).astype(np.int64),
        "n_interactions": n[order].astype(np.int64),
        "n_specific": n_specific[order],
    })  # fmt: skip
    return at[which], table


def cells_meant(share: float, sizes: np.ndarray) -> np.ndarray:
    """Cells that the share means in groups of these sizes, half to even; one cell at least."""
    return np.array([max(_networks.share_even(share, int(m)), 1) for m in sizes])


class Shared(NamedTuple):
    """Tables, and for each pair where it belongs."""

    groups: pd.DataFrame
    combinations: pd.DataFrame
    conserved_in: pd.Categorical[str]
    specific: np.ndarray


def shared(
    data: MuData | AnnData, adata: AnnData, column: str, conserved: float, elsewhere: float, held: np.ndarray | None
) -> Shared:
    """The table of groups and that of their combinations, and for each pair its combination and whether specific."""
    groups = groups_of(data, adata, column)
    if len(groups.names) > 1 and groups.sizes.max() == 1:
        raise InputError(f"{column!r} names a group for each cell. `groups` takes a column such as cell types.")
    if isinstance(data, MuData) and column in data.obs:  # for whoever reads the networks alone
        adata.obs[column] = data.obs[column].reindex(adata.obs_names)
    n_without = int((groups.codes < 0).sum())
    if n_without:
        logger.warning("conservation: %d cells have no group in %r and count in none", n_without, column)
    n_cells = cells_by_group(adata, groups)
    if held is not None:
        n_cells[~held] = 0
    at_least = cells_meant(conserved, groups.sizes)
    small = [name for name, n in zip(groups.names, at_least, strict=True) if n == 1]
    if small:
        logger.warning(
            "conservation: in %s a single cell makes an interaction conserved; merge small groups", check.listing(small)
        )
    found = recurrence(n_cells, groups.sizes, at_least, elsewhere)
    at, table = combinations(found, groups.names)
    alone = found.conserved.sum(axis=1) == 1
    summary = pd.DataFrame({
        "group": groups.names,
        K.Var.N_CELLS: groups.sizes.astype(np.int64),
        "conserved_cells": at_least,
        "n_found": (n_cells > 0).sum(axis=0),
        "n_conserved": found.conserved.sum(axis=0),
        "n_specific": (found.conserved & (found.specific & alone)[:, None]).sum(axis=0),
    })  # fmt: skip
    conserved_in = pd.Categorical.from_codes(at, categories=pd.Index(table["groups"]))
    return Shared(summary, table, conserved_in, found.specific)


def write(adata: AnnData, found: Shared | None) -> None:
    """Put what was found by group in its places; None takes out what an earlier call left there."""
    tables, columns = (K.Table.CONSERVATION_GROUPS, K.Table.COMBINATIONS), (K.Var.CONSERVED_IN, K.Var.GROUP_SPECIFIC)
    uns = adata.uns.setdefault(K.UNS, {})
    if found is None:
        for name in tables:
            uns.pop(name, None)
        for name in columns:
            if name in adata.var:
                del adata.var[name]
        return
    uns |= dict(zip(tables, found[:2], strict=True))
    for name, values in zip(columns, found[2:], strict=True):
        adata.var[name] = values
    made_of.mark(adata, "cells", var=columns)
    made_of.mark(adata, "cells", "pairs", uns=tables)


def tell(found: Shared) -> None:
    """One line for the groups, one for what all share."""
    summary, table = found.groups, found.combinations
    shown = [
        f"{row.group} {row.n_conserved:,} of {row.n_found:,} (>= {row.conserved_cells:,} of {row.n_cells:,} cells; "
        f"{row.n_specific:,} specific)"
        for row in summary.itertuples()
    ]
    logger.info("conservation: interactions conserved within groups: %s", "; ".join(shown[:20]))
    everywhere = table.loc[table["n_groups"] == len(summary), "n_interactions"].sum()
    logger.info("conservation: %s interactions are conserved in all %d groups", f"{everywhere:,}", len(summary))
