"""Cells paired anew, and what networks of such pairings look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    from csmir.inference.blocks import Networks
    from csmir.kernels.neighbors import Lists

MOST_COMPARED = 200  # cells whose similarity is summed up


def permutation(rng: np.random.Generator, n_cells: int, groups: np.ndarray | None) -> np.ndarray:
    """A random order of the cells, inside their groups if there are any."""
    order = np.arange(n_cells)
    if groups is None:
        return rng.permutation(n_cells)
    for label in np.unique(groups):
        inside = np.flatnonzero(groups == label)
        order[inside] = rng.permutation(inside)
    return order


def exchanged(
    rng: np.random.Generator, n_cells: int, lists: Lists | None, groups: np.ndarray | None, samples: np.ndarray | None
) -> np.ndarray:
    """A random order of the cells: inside groups and samples where there are any, else among neighbours of a list."""
    if lists is not None and groups is None:
        return swaps(rng, lists, samples)
    if groups is None or samples is None:
        return permutation(rng, n_cells, samples if groups is None else groups)
    both = np.unique(np.column_stack([groups, samples]), axis=0, return_inverse=True)[1]
    return permutation(rng, n_cells, both.ravel())


def swaps(rng: np.random.Generator, lists: Lists, samples: np.ndarray | None = None) -> np.ndarray:
    """An order of the cells after each, in random turn, has swapped places with one of its list, chosen by weight.

    With `samples` (cells,) with one of its own sample.
    """
    n_cells = len(lists.list_of)
    order = np.arange(n_cells)
    draws = rng.random(n_cells)
    for cell in rng.permutation(n_cells):
        which = lists.list_of[cell]
        if which < 0:
            continue
        a, b = lists.indptr[which : which + 2]
        others = lists.indices[a:b] != cell
        if samples is not None:
            others &= samples[lists.indices[a:b]] == samples[cell]
        total = np.cumsum(lists.weights[a:b] * others)
        if total[-1] > 0:
            at = min(int(np.searchsorted(total, draws[cell] * total[-1], "right")), len(total) - 1)
            with_cell = lists.indices[a + at]
            order[cell], order[with_cell] = order[with_cell], order[cell]
    return order


def present(networks: Networks, rows: np.ndarray, n_pairs: int) -> sparse.csr_matrix:
    """Interactions of some cells, cells x pairs, as ones."""
    found = sparse.csr_matrix(
        (np.ones(len(networks.indices), np.int32), networks.indices, networks.indptr),
        shape=(len(networks.indptr) - 1, n_pairs),
    )
    return found[rows]


def summary(
    edges: sparse.csr_matrix,
    degree: np.ndarray,
    is_hub: np.ndarray,
    mirna: np.ndarray,
    *,
    rewired_cells: int,
    conserved_cells: int,
) -> dict[str, np.ndarray]:
    """What figures draw of one shuffle, whose miRNAs have these degrees, (cells, miRNAs), and are these hubs.

    `recurrence` (cells + 1,): pairs by how many cells have them; `hub_recurrence`: the same of hub miRNAs; `degrees`
    (miRNAs,): interactions of each; `rewired`, `conserved` (miRNAs,): pairs of each, by `mirna` (pairs,), that at
    most and at least so many cells have; `similarity` (5,): least, quartiles and most of the overlap coefficient of two
    cells' networks, NaN if all are empty.
    """
    per_pair = np.asarray(edges.sum(axis=0)).ravel()
    recurrence = np.bincount(per_pair, minlength=edges.shape[0] + 1)
    hub_recurrence = np.bincount(is_hub.sum(axis=0), minlength=edges.shape[0] + 1)
    degrees = degree.sum(axis=0, dtype=np.int64)
    kinds = {"rewired": (per_pair > 0) & (per_pair <= rewired_cells), "conserved": per_pair >= conserved_cells}
    of_mirnas = {kind: np.bincount(mirna[those], minlength=degree.shape[1]) for kind, those in kinds.items()}
    size = np.diff(edges.indptr)
    full = np.flatnonzero(size)
    full = full[np.unique(np.linspace(0, len(full) - 1, min(len(full), MOST_COMPARED)).astype(int))]
    similarity = np.full(5, np.nan)
    if len(full) > 1:
        some = edges[full]
        shared = (some @ some.T).toarray()
        a, b = np.triu_indices(len(full), 1)
        overlap = shared[a, b] / np.minimum(size[full][a], size[full][b])
        similarity = np.quantile(overlap, [0, 0.25, 0.5, 0.75, 1])
    of_pairs = {"recurrence": recurrence, "hub_recurrence": hub_recurrence}
    return of_pairs | of_mirnas | {"degrees": degrees, "similarity": similarity}


def tables(summaries: list[dict[str, np.ndarray]], mirna_names: pd.Index) -> dict[str, pd.DataFrame]:
    """Summaries of all shuffles as frames with a column for each, numbered from 1."""
    shuffles = [str(i + 1) for i in range(len(summaries))]

    def frame(name: str, index: list[str]) -> pd.DataFrame:
        values = np.array([s[name] for s in summaries]).T
        return pd.DataFrame(values, index=pd.Index(index), columns=shuffles)

    n_cells = [str(i) for i in range(len(summaries[0]["recurrence"]))]
    return {
        "recurrence": frame("recurrence", n_cells),
        "hub_recurrence": frame("hub_recurrence", n_cells),
        **{name: frame(name, list(mirna_names.astype(str))) for name in ("degrees", "rewired", "conserved")},
        "similarity": frame("similarity", ["min", "q25", "median", "q75", "max"]),
    }
