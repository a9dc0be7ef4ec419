"""Which miRNAs act on which genes of which enriched gene sets: the links of a flow, and the ribbons that draw them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir.get.edges import in_words, knows_direction, pair_signs
from csmir.pl._kit import style

SET, N_CELLS = "gene_set", K.Var.N_CELLS
GAP = 0.35  # between nodes of the fullest column, in parts of what they have for themselves
N_MIRNAS, N_MRNAS, RIBBONS = 8, 20, 60  # that are drawn at most, unless asked for
WIDE = 0.035  # of a node, in parts of the distance of two columns


class Links(NamedTuple):
    """A flow: `pairs` (`mirna`, `mrna`, `n_cells`, perhaps `direction`) and `members` (`mrna`, `gene_set`)."""

    pairs: pd.DataFrame
    members: pd.DataFrame


def links(adata: AnnData, table: pd.DataFrame, noted: Mapping[str, Any]) -> Links:
    """All interactions behind these rows of an enrichment, and in how many cells each is found.

    `noted`: the parameters of the enrichment. Of a miRNA's targets, its own interactions; of a module, those of its
    miRNAs; of cells and groups, those of their cells; of anything else, all.
    """
    of = noted.get("of")
    rows = table.assign(**{K.MRNA: table["genes"].astype(str).str.split(";")}).explode(K.MRNA)
    rows = rows[rows[K.MRNA] != ""].astype({"query": str, SET: str})
    ends = adata.var[[K.Var.MIRNA, K.Var.MRNA]].astype(str)
    cells = _cells(adata, rows, of)
    pairs = ends.assign(**{N_CELLS: np.asarray(_mudata.edges(adata)[cells].getnnz(axis=0))})
    if knows_direction(adata):
        pairs[K.Var.DIRECTION] = np.asarray(in_words(pair_signs(adata, cells)), dtype=str)
    pairs = pairs[(pairs[N_CELLS] > 0) & pairs[K.Var.MRNA].isin(rows[K.MRNA])]
    if of == "mirnas":
        asked = pd.MultiIndex.from_frame(rows[["query", K.MRNA]])
        pairs = pairs[pd.MultiIndex.from_frame(pairs[[K.Var.MIRNA, K.Var.MRNA]]).isin(asked)]
    elif of == "modules" and isinstance(adata.uns.get(K.UNS, {}).get(K.Table.MODULES), pd.DataFrame):
        whole = _networks.modules(adata)
        own = whole[whole[K.Module.MODULE].astype(str).isin(rows["query"]) & (whole[K.Module.KIND] == K.MIRNA)]
        pairs = pairs[pairs[K.Var.MIRNA].isin(own[K.Module.FEATURE].astype(str))]
    members = rows[[K.MRNA, SET]].drop_duplicates(ignore_index=True)
    return Links(pairs.reset_index(drop=True), members[members[K.MRNA].isin(pairs[K.Var.MRNA])])


def _cells(adata: AnnData, rows: pd.DataFrame, of: Any) -> np.ndarray:
    """The cells whose networks were asked."""
    names = set(rows[K.Module.NETWORK].astype(str)) if of == "modules" and K.Module.NETWORK in rows else set()
    names = names or set(rows["query"])
    own = adata.obs_names.astype(str).isin(names)
    if own.any() and of != "mirnas":
        return np.flatnonzero(own)
    if isinstance(of, str) and of in adata.obs and of not in ("mirnas", "modules", "cells"):
        return np.flatnonzero(adata.obs[of].astype(str).isin(names).to_numpy())
    return np.arange(adata.n_obs)


def inks() -> dict[str, str]:
    """Colours of the lines along ribbons, those of no direction dark enough for a thin line."""
    return style.of_direction() | {K.NO_DIRECTION: style.shade(0.55)}


def fewest(found: Links, n_mirnas: int | None, n_mrnas: int | None) -> Links:
    """The best miRNAs and genes; where their number is None, so many that no more than 60 ribbons are drawn."""
    for part in np.arange(1, 0.15, -0.1):
        n = [round(part * most) if own is None else own for own, most in ((n_mirnas, N_MIRNAS), (n_mrnas, N_MRNAS))]
        out = best(found, n[0], n[1])
        if len(out.pairs) <= RIBBONS:
            break
    return out


def best(found: Links, n_mirnas: int, n_mrnas: int) -> Links:
    """The miRNAs with the most interactions, and of their genes those in the most sets, then with the most."""
    pairs, members = found
    kept = pairs.groupby(K.Var.MIRNA)[N_CELLS].sum().sort_values(ascending=False, kind="stable").index[:n_mirnas]
    pairs = pairs[pairs[K.Var.MIRNA].isin(kept)]
    weight = pairs.groupby(K.Var.MRNA)[N_CELLS].sum()
    rank = pd.DataFrame({"sets": members[K.MRNA].value_counts(), "weight": weight}).dropna()
    genes = rank.sort_values(["sets", "weight"], ascending=False, kind="stable").index[:n_mrnas]
    return Links(pairs[pairs[K.Var.MRNA].isin(genes)], members[members[K.MRNA].isin(genes)])


class Column(NamedTuple):
    """Nodes from top to bottom: names, and where each begins and ends (downwards from 0 to 1)."""

    names: list[str]
    start: np.ndarray
    stop: np.ndarray


def columns(found: Links, sets: list[str]) -> list[Column]:
    """Places of miRNAs, genes and sets: heights as the flow through them, in an order in which few ribbons cross."""
    pairs, members = found
    members = members.assign(at=pd.Index(sets).get_indexer(pd.Index(members[SET])))
    gene = members.groupby(K.MRNA)["at"].mean().sort_values(kind="stable").index.to_list()
    at = pd.Series(np.arange(len(gene)), index=gene)
    mean = (pairs[N_CELLS] * at[pairs[K.Var.MRNA]].to_numpy()).groupby(pairs[K.Var.MIRNA]).sum()
    mirna = (mean / pairs.groupby(K.Var.MIRNA)[N_CELLS].sum()).sort_values(kind="stable").index.to_list()
    through = pairs.groupby(K.Var.MRNA)[N_CELLS].sum()
    each = through[members[K.MRNA]].to_numpy() / members.groupby(K.MRNA)[SET].transform("size")
    of_sets = each.groupby(members[SET].to_numpy()).sum()
    there = [name for name in sets if name in of_sets.index]
    sides = [(mirna, pairs.groupby(K.Var.MIRNA)[N_CELLS].sum()), (gene, through), (there, of_sets)]
    most, total = max(len(names) for names, _ in sides), float(through.sum())
    gap = GAP / max(most - 1, 1)
    out = []
    for names, flow in sides:
        high = flow[names].to_numpy(dtype=float) / total / (1 + gap * (most - 1))
        between = (1 - high.sum()) / max(len(names) - 1, 1) if len(names) > 1 else 0.0
        between = min(between, 3 * gap)
        start = np.r_[0, (high + between)[:-1].cumsum()]
        start += (1 - (start[-1] + high[-1])) / 2
        out.append(Column(names, start, start + high))
    return out


def ribbons(left: Column, right: Column, i: np.ndarray, j: np.ndarray, weight: np.ndarray) -> list[Any]:
    """Outlines between (left[i], right[j]), as wide at both ends as their share of the node; columns one apart."""
    from matplotlib.path import Path

    order = [np.lexsort((j, i)), np.lexsort((i, j))]
    ends = []
    for column, of, by in ((left, i, order[0]), (right, j, order[1])):
        total = np.bincount(of, weight, minlength=len(column.names))
        high = weight * (column.stop - column.start)[of] / total[of]
        top = np.empty(len(of))
        sums = high[by].cumsum() - high[by]
        first = np.r_[True, of[by][1:] != of[by][:-1]]
        top[by] = sums - np.repeat(sums[first], np.diff(np.r_[np.flatnonzero(first), len(by)])) + column.start[of[by]]
        ends.append((top, top + high))
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    out = []
    for a, b, c, d in zip(*ends[0], *ends[1], strict=True):
        near, far, half = WIDE / 2, 1 - WIDE / 2, 0.5
        down = [(near, a), (half, a), (half, c), (far, c)]
        back = [(far, d), (half, d), (half, b), (near, b)]
        out.append(Path([*down, *back, (near, a)], codes))
    return out


def middle(ribbon: Any) -> Any:
    """The curve along the middle of a ribbon."""
    from matplotlib.path import Path

    down, back = ribbon.vertices[:4], ribbon.vertices[4:8][::-1]
    return Path((down + back) / 2, [Path.MOVETO, *[Path.CURVE4] * 3])


def apart(middle: np.ndarray, room: float) -> np.ndarray:
    """Places of names near the middles of their nodes, each at least `room` below the one above."""
    out = np.array(middle, dtype=float)
    for _ in range(200):
        overlap = room - np.diff(out)
        if not (overlap > 1e-6).any():
            break
        push = np.clip(overlap, 0, None) / 2
        out[1:] += push
        out[:-1] -= push
    return out
