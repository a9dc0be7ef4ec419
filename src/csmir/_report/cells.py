"""Networks of single cells for the page's chooser: their strongest interactions, and where they are drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _keys as K
from csmir import _mudata, get
from csmir.get.edges import CELL, in_words, knows_direction, value_name

MOST_CELLS = 500  # that can be chosen
MOST_EDGES = 60_000  # of all cells, in the page
PER_CELL = 300
DRAWN = 40
BATCH = 16  # cells whose whole networks are in memory at once
PLACES = 1000  # along each side of the picture


def networks(adata: AnnData) -> dict[str, Any]:
    """What the page's script reads: names once, and for each cell its size, rows of the table and places of the nodes.

    A row is the two ends as positions in `names`, the value, the support if there is one, and where it is known the
    direction as a position in `directions`; the first `drawn` rows are in the picture.
    """
    edges = _mudata.edges(adata)
    size = edges.getnnz(axis=1)
    ends, value = list(_mudata.ends(adata)), value_name(adata)
    directed = knows_direction(adata)
    columns = [value] + [K.Layer.SUPPORT] * (K.Layer.SUPPORT in adata.layers)
    chosen = choose(size, adata.obs_names)
    most = int(np.clip(MOST_EDGES // max(len(chosen), 1), DRAWN, PER_CELL))
    number: dict[str, int] = {}
    null = adata.obs[K.Obs.N_NULL].to_numpy(dtype=float) if K.Obs.N_NULL in adata.obs else None
    left: set[int] = set()
    cells = []
    for row, frame, tied in _strongest(adata, chosen, most, columns, ends[0]):
        i, j = ([number.setdefault(str(n), len(number)) for n in frame[end]] for end in ends)
        left |= {*i, *(j if _mudata.one_kind(adata) else ())}
        values: list[list[Any]] = [[_number(v) for v in frame[c].tolist()] for c in columns]
        values += [frame[K.Var.DIRECTION].cat.codes.tolist()] if directed else []
        cells.append({
            "name": str(adata.obs_names[row]), "n": int(size[row]), "edges": list(zip(i, j, *values, strict=True)),
            "tied": tied,
            "nodes": places(list(zip(i, j, strict=True))[:DRAWN]),
            "shuffled": None if null is None or not np.isfinite(null[row]) else round(float(null[row])),
        })  # fmt: skip
    return {
        "ends": ends, "columns": columns, "names": list(number), "left": sorted(left), "drawn": DRAWN, "cells": cells,
        "start": middle(size[chosen], adata.obs_names[chosen]) if cells else 0,
        "directions": list(in_words(np.zeros(0)).categories) if directed else [],
    }  # fmt: skip


def _number(value: float) -> float | str | None:
    """Four digits of it; JSON has no infinite numbers, and nothing for what is missing but null."""
    if np.isnan(value):
        return None
    return float(f"{value:.4g}") if np.isfinite(value) else "inf" if value > 0 else "-inf"


def packed(found: dict[str, Any]) -> str:
    """As JSON, with nothing between the words."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _by_size(size: np.ndarray, names: pd.Index) -> np.ndarray:
    """Positions of cells by the size of their networks, equal ones by name."""
    return np.lexsort((names.astype(str), size))


def middle(size: np.ndarray, names: pd.Index) -> int:
    """Position of the cell with the median number of interactions, of equal ones by name."""
    return int(_by_size(size, names)[len(size) // 2])


def choose(size: np.ndarray, names: pd.Index) -> np.ndarray:
    """Rows of the cells in the list: all, or as many as it takes at even steps of the size of their networks."""
    if len(size) <= MOST_CELLS:
        return np.arange(len(size))
    by_size = _by_size(size, names)
    return np.sort(by_size[np.linspace(0, len(size) - 1, MOST_CELLS).round().astype(int)])


def places(edges: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """A node and where it is drawn, in whole numbers from 0 to `PLACES`; joined nodes pull at each other."""
    import networkx as nx

    if not edges:
        return []
    graph = nx.Graph(edges)
    near = nx.spring_layout(graph, k=1.6 / np.sqrt(len(graph)), iterations=80, seed=0)
    xy = np.array([near[node] for node in graph])
    # the order of the places along each side is kept and the gaps are made more alike, so that names have room
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    even = np.argsort(np.argsort(xy, axis=0, kind="stable"), axis=0, kind="stable") / max(len(xy) - 1, 1)
    whole = np.rint(PLACES * (0.5 * even + 0.5 * (xy - low) / np.where(span > 0, span, 1))).astype(int)
    return [(node, int(x), int(y)) for node, (x, y) in zip(graph, whole, strict=True)]


def _strongest(
    adata: AnnData, rows: np.ndarray, most: int, columns: list[str], regulator: str
) -> Iterator[tuple[int, pd.DataFrame, int]]:
    """Each cell's strongest interactions, and how many tie at the largest value.

    Of equal ones come first those with the larger support, validated ones, those of many cells; what is then still
    equal is dealt out, one to each regulator in turn: the order of names says nothing.
    """
    for first in range(0, len(rows), BATCH):
        batch = rows[first : first + BATCH]
        whole = get.edges(adata, cell=[str(n) for n in adata.obs_names[batch]])
        start = np.searchsorted(whole[CELL].cat.codes.to_numpy(), np.arange(len(batch) + 1))
        for row, low, high in zip(batch, start, start[1:], strict=False):
            frame = whole.iloc[low:high]
            behind = [c for c in (K.Var.VALIDATED, K.Var.N_CELLS) if c in frame]
            keys = [-frame[c].abs().to_numpy(dtype=float) for c in [*columns, *behind]]
            turn = np.empty(len(frame), dtype=np.int64)
            sort = np.lexsort(keys[::-1])
            turn[sort] = frame.iloc[sort].groupby(regulator, observed=True).cumcount()
            tied = int((keys[0] == np.nanmin(keys[0], initial=np.inf)).sum())
            yield int(row), frame.iloc[np.lexsort([turn, *keys[::-1]])[:most]], tied
