"""The interactions of a module, the best of its members where there are many, and its members against the cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir.get.edges import value_name
from csmir.pl._kit import style
from csmir.pl._kit.labels import settle
from csmir.pl._kit.ticks import cell_ticks, name_ticks
from csmir.pl._kit.words import count_label

MOST_SOURCES = 12  # members that are drawn of a large module
ROWS = 40


class Best(NamedTuple):
    """Members to draw, and how many of them are not."""

    left: list[str]
    right: list[str]
    n_left_out: int


def edges_of(adata: AnnData, net: str, left: list[str], right: list[str]) -> tuple[pd.DataFrame, str]:
    """Edges of this network inside the module: `pair`, `a`, `b`, `value` and what ranks them; and what the value is."""
    first, second = (adata.var[c].astype(str) for c in _mudata.ends(adata))
    members = left if _mudata.one_kind(adata) else right
    inside = (first.isin(left) & second.isin(members)).to_numpy()
    present = _mudata.edges(adata)
    if consensus(adata, net):
        if K.Var.CONSERVATION in adata.var:
            inside = inside & (adata.var[K.Var.CONSERVATION] == net).to_numpy()
        pair = np.flatnonzero(inside)
        value = present[:, pair].getnnz(axis=0).astype(float)
        what, rows = "cells", np.arange(adata.n_obs)
    else:
        rows = _networks.cell_positions(adata, net)
        own = present.indices[present.indptr[rows[0]] : present.indptr[rows[0] + 1]]
        pair = np.intersect1d(own, np.flatnonzero(inside))
        value = _mudata.dense(adata.X[rows])[:, pair].ravel().astype(float)
        what = value_name(adata)
    out = pd.DataFrame({"pair": pair, "a": first.to_numpy()[pair], "b": second.to_numpy()[pair], "value": value})
    out["strength"] = np.abs(value)
    if K.Layer.SUPPORT in adata.layers:
        support = sparse.csr_matrix(adata.layers[K.Layer.SUPPORT][rows], dtype=float)[:, pair]
        out["support"] = np.asarray(support.mean(axis=0)).ravel()
    for name in (K.Var.VALIDATED, K.Var.N_CELLS):
        if name in adata.var:
            out[name] = adata.var[name].to_numpy(dtype=float)[pair]
    return out, what


def consensus(adata: AnnData, net: str) -> bool:
    """Whether this is the network of all conserved, or all rewired, interactions, and of no cell."""
    return net in (K.CONSERVED, K.REWIRED) and net not in adata.obs_names


def best_of(edges: pd.DataFrame, left: list[str], right: list[str], n_right: int) -> Best:
    """The members with the best supported edges; ties go by validation, then by recurrence, then by value."""
    by = [c for c in ("support", K.Var.VALIDATED, K.Var.N_CELLS, "strength") if c in edges]
    chosen = []
    for names, end, most in ((left, "a", MOST_SOURCES), (right, "b", n_right)):
        mean = edges.groupby(end, sort=True)[by].mean().reindex(sorted(names)).fillna(0)
        ranked = mean.sort_values(by, ascending=False, kind="stable").index[:most]
        chosen.append([n for n in names if n in set(ranked)])
    return Best(chosen[0], chosen[1], len(left) + len(right) - sum(map(len, chosen)))


def ranked_by(edges: pd.DataFrame) -> str:
    """What the best members are best by, in a word."""
    known = K.Var.VALIDATED in edges and edges[K.Var.VALIDATED].any()
    return "support" if "support" in edges else "validation" if known else "recurrence"


def by_cells(
    ax: Any, adata: AnnData, edges: pd.DataFrame, drawn: list[str], names: list[str], cmap: str
) -> None:  # fmt: skip
    """Members x cells: in how large a share of its interactions of the module each member takes part in each cell."""
    member = {name: k for k, name in enumerate(names)}
    ends = np.concatenate([edges["a"].map(member), edges["b"].map(member)])
    at = np.tile(np.arange(len(edges)), 2)
    belongs = sparse.csr_matrix((np.ones(len(ends)), (at, ends)), shape=(len(edges), len(names)))
    there = (_mudata.edges(adata)[:, edges["pair"].to_numpy()].astype(float) @ belongs).toarray()
    share = there / np.maximum(np.asarray(belongs.sum(axis=0)).ravel(), 1)
    share = share[:, [member[name] for name in drawn]]
    order = np.argsort(-share.sum(axis=1), kind="stable")
    look: dict[str, Any] = {"aspect": "auto", "interpolation": "none", "vmin": 0, "vmax": 1, "cmap": cmap}
    picture = ax.imshow(share[order].T, gid="csmir-members", **look)
    style.colorbar(picture, ax, "share of its interactions in the module")
    settle(ax)
    named = name_ticks(ax, "y", drawn, limit=60)
    style.dress(ax, ylabel=count_label("members", len(drawn), named))
    cell_ticks(ax, "x", adata.obs_names[order].tolist(), room=0.98)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def note_of(adata: AnnData, edges: pd.DataFrame, what: str, drawn: pd.DataFrame) -> list[str]:
    """How many interactions, what widths mean, and what a shuffle gives of the same pairs."""
    low, high = drawn["value"].abs().min(), drawn["value"].abs().max()
    n_cells = adata.n_obs
    parts = [f"{len(drawn):,} of " * (len(drawn) < len(edges)) + f"{len(edges):,} interactions"]
    if high > low and what == "cells":
        parts.append(f"width: in {low:.0f} to {high:.0f} of {n_cells:,} cells")
    elif high > low:
        parts.append(f"width: {what} {low:.1f} to {high:.1f}")
    elif what == "cells" and len(drawn):
        parts.append(f"each in {low:.0f} of {n_cells:,} cells")
    return parts + by_chance(adata, edges, what)


def by_chance(adata: AnnData, edges: pd.DataFrame, what: str) -> list[str]:
    """In how many cells its interactions are, and in how many shuffled ones."""
    if what != "cells" or K.Var.N_NULL not in adata.var or not len(edges):
        return []
    mean = float(adata.var[K.Var.N_NULL].to_numpy(dtype=float)[edges["pair"]].mean())
    return [f"in {edges['value'].mean():.3g} cells on average, {mean:.3g} when shuffled"]


def refuse(layout: str, given: Mapping[str, Any]) -> None:
    """Options that have no effect in the raster of members against cells."""
    from csmir._errors import InputError

    wrong = [f"`{name}`" for name, value in given.items() if value is not None]
    if layout == "cells" and wrong:
        raise InputError(
            f"layout='cells' has no nodes and no lines: {', '.join(wrong)} would do nothing. Leave it out."
        )
