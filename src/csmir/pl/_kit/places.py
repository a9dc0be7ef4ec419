"""Where the cells of a graph are drawn: places in a network, order in a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

# more cells are not sorted by a tree
TREE = 5_000


def network_places(graph: Any, cells: pd.DataFrame, seed: int) -> np.ndarray:
    """Places of the cells: springs that pull the members of a module together; cells without a line in a row below."""
    import networkx as nx

    names = cells["cell"].to_list()
    by_name = cells.sort_values("cell")  # places hang on the order of the nodes
    joined = by_name["cell"][by_name["degree"] > 0].to_list()
    module = dict(zip(names, cells["module"], strict=True))
    inner: nx.Graph = nx.Graph()
    inner.add_nodes_from(joined)
    for a, b in sorted(tuple(sorted(ends)) for ends in graph.edges()):
        inner.add_edge(a, b, pull=3.0 if module[a] and module[a] == module[b] else 1.0)
    found = nx.spring_layout(inner, weight="pull", seed=seed, k=2.5 / np.sqrt(len(joined)), iterations=200)
    spread = _spread(np.array([found[name] for name in joined]))
    found = dict(zip(joined, spread, strict=True))
    alone = [n for n in by_name["cell"] if n not in found]
    for i, name in enumerate(alone):
        found[name] = np.array([-1 + 2 * (i + 0.5) / len(alone), -1.35])
    return np.array([found[name] for name in names])


def _spread(places: np.ndarray) -> np.ndarray:
    """Places in a square of side 2, half as dense in the middle, and no two closer than a dot is wide."""
    n = len(places)
    rank = places.argsort(axis=0).argsort(axis=0) / max(n - 1, 1)
    span = np.ptp(places, axis=0)
    level = (places - places.min(axis=0)) / np.where(span > 0, span, 1)
    out = (rank + level) - 1
    apart = min(0.24, 1.2 / np.sqrt(n))
    for _ in range(60):
        gap = out[:, None] - out[None]
        distance = np.hypot(gap[..., 0], gap[..., 1]) + np.eye(n)
        push = np.clip(apart - distance, 0, None)
        if not push.any():
            break
        out += 0.5 * (gap / np.maximum(distance, 1e-9)[..., None] * push[..., None]).sum(axis=1)
    return out


def alike(similarity: np.ndarray) -> np.ndarray:
    """Position of each cell in the tree of all cells, so that alike cells come together; as they are for very many."""
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    n = len(similarity)
    if n > TREE or n < 3:
        return np.arange(n)
    distance = 1 - np.nan_to_num((similarity + similarity.T) / 2, nan=0.0)
    np.fill_diagonal(distance, 0)
    leaves = hierarchy.leaves_list(hierarchy.linkage(squareform(distance, checks=False), "average"))
    return np.argsort(leaves)
