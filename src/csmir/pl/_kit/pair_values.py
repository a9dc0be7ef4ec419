"""What the networks say of one pair in every cell, and the cells in an embedding by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir._errors import InputError
from csmir.get.edges import in_words, knows_direction, pair_signs, signs, value_name
from csmir.get.edges import signed as has_sign
from csmir.pl._kit import style
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.words import directed, one_side
from csmir.pl._kit.words import signed as signed_text

# which way a pair goes, by mark as well as by colour
MARKS = {K.REPRESSION: "v", K.ACTIVATION: "^", K.NO_DIRECTION: "s"}


class InCells(NamedTuple):
    """A pair in the cells of the networks."""

    value: np.ndarray  # NaN where nothing is known
    edge: np.ndarray  # whether the cell's network has it
    word: np.ndarray  # which way it goes there
    what: str  # the value's name
    signed: bool  # it is a correlation
    directed: bool  # it is known which way it goes
    overall: float  # correlation over all cells, that gives all edges their direction; NaN if each has its own


def in_cells(data: MuData | AnnData, adata: AnnData, mirna: str, mrna: str) -> InCells:
    """The stored values; after the local test, also the correlation in cells without an edge."""
    at = column_of(adata, mirna, mrna)
    edge = np.asarray(_mudata.edges(adata)[:, [at]].toarray()).ravel().astype(bool)
    value = np.asarray(_mudata.dense(adata.X[:, [at]]), dtype=float).ravel()
    what = value_name(adata)
    noted = _mudata.recorded(adata, "regulation") if "regulation" in adata.uns.get(K.UNS, {}) else {}
    signed = has_sign(adata)
    value = np.where(edge | (signed & (value != 0)), value, np.nan)
    if noted.get("statistic") == "local" and isinstance(data, MuData) and not noted.get("both_sides"):
        from csmir.inference.one_local import one_local

        found = one_local(data, adata, mirna, mrna)
        rho = found.rho[np.arange(len(found.rho)), np.nan_to_num(np.abs(found.rho), nan=-1).argmax(axis=1)]
        row = found.cells.get_indexer(adata.obs_names.astype(str))
        known = np.where(row >= 0, rho[row], np.nan)
        value = np.where(np.isnan(value), known, value)
    sign = signs(adata, np.nan_to_num(value)) if signed else np.zeros(adata.n_obs)
    overall = np.nan
    if knows_direction(adata) and not signed:
        sign[:] = pair_signs(adata)[at]
        overall = float(adata.var[K.Var.CORRELATION].iloc[at]) if K.Var.CORRELATION in adata.var else np.nan
    return InCells(value, edge, np.asarray(in_words(sign), dtype=str), what, signed, knows_direction(adata), overall)


def column_of(adata: AnnData, mirna: str, mrna: str) -> int:
    """Where the networks have the pair."""
    ends = [adata.var[key].astype(str) for key in (K.Var.MIRNA, K.Var.MRNA)]
    for end, name, what in zip(ends, (mirna, mrna), ("miRNA", "mRNA"), strict=True):
        _networks.positions(f"{what} of the networks", pd.Index(end.unique()), [name])
    at = np.flatnonzero(((ends[0] == mirna) & (ends[1] == mrna)).to_numpy())
    if not len(at):
        raise InputError(f"{mirna} and {mrna} are not a pair of these networks. Draw one that was tested.")
    return int(at[0])


def draw(ax: Any, at: np.ndarray, found: InCells, cmap: Any, options: Mapping[str, Any]) -> None:
    """Triangles are edges, pointing down where the pair goes apart; dots are cells without one."""
    if found.signed:
        top = float(np.nanmax(np.abs(found.value), initial=0)) or 1.0
        scale: dict[str, Any] = {
            "cmap": style.diverging() if cmap == style.SEQUENTIAL else cmap,
            "vmin": -top,
            "vmax": top,
        }
    else:
        scale = {"cmap": cmap, "vmin": 0.0, "vmax": float(np.nanmax(found.value, initial=0)) or 1.0}
    placed, known = np.isfinite(at).all(axis=1), np.isfinite(found.value)
    size = float(options["s"])
    parts = [("no edge", placed & ~found.edge, "o", 0.6 * size)]
    parts += [
        (
            f"edge: {directed(word)}" if found.directed else "edge",
            placed & found.edge & (found.word == word),
            m,
            1.6 * size,
        )
        for word, m in MARKS.items()
    ]
    handles, drawn = [], None
    for word, here, mark, area in parts:
        if not here.any():
            continue
        handles.append(
            dot(f"{word} ({here.sum():,})", style.grey() if mark == "o" else style.ink(), marker=mark, size=5)
        )
        own = dict(options) | {"marker": mark, "s": area, "gid": f"csmir-{word}"}
        if (here & ~known).any():
            ax.scatter(*at[here & ~known].T, **own | {"color": style.grey()})
        some = np.flatnonzero(here & known)
        some = some[np.argsort(np.abs(found.value[some]), kind="stable")]  # the strongest on top
        if len(some):
            # around small marks a rim would be all that is seen
            rim = {} if mark == "o" or area < 25 else {"edgecolor": style.ink(), "linewidth": 0.5}
            drawn = ax.scatter(*at[some].T, **own | rim | scale | {"c": found.value[some]})
    if drawn is not None:
        words = f"ρ among the neighbours{one_side(found.value[placed])}" if found.signed else found.what
        style.colorbar(drawn, ax, words)
    if np.isfinite(found.overall):
        handles.append(dot(f"direction: by ρ = {signed_text(found.overall)} over all cells", "none", marker=""))
    legend_above(ax, handles)
