"""What may happen to the object between two steps, each a function MuData -> MuData that leaves its argument alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import anndata as ad
import numpy as np

from csmir._mudata.assemble import assemble, duplicate

NETWORKS = "regulation"
DATA = ("mirna", "mrna")


# after these, the networks are of other cells, and what was counted over all of them must go
OTHER_CELLS = ("subset x cells of networks", "subset x cells", "rename cells", "concat of half")


class Move(NamedTuple):
    """A change, and whether networks or only the data beside them lose or change something."""

    name: str
    make: Callable
    loses: str  # "", "networks" or "data"


def all_moves(seed: int) -> list[Move]:
    """Every order and subset of every axis, and what else happens to objects."""
    out = []
    for kind in ("reverse", "shuffle", "sort by n_cells", "subset"):
        for axis in ("pairs", "cells of networks", "cells of data", "cells", "miRNAs", "mRNAs"):
            loses = "" if kind != "subset" else "data" if axis in ("cells of data", "miRNAs", "mRNAs") else "networks"
            out.append(Move(f"{kind} x {axis}", partial(reordered, kind=kind, axis=axis, seed=seed), loses))
    others = [("rename cells", "networks"), ("rename miRNAs", "data"), ("rename pairs' mRNAs", "networks")]
    others += [
        ("update", ""),
        ("entries in two orders", ""),
        ("concat", "networks"),
        ("concat of half", "networks"),
        ("changed layer", "data"),
    ]
    return out + [Move(name, globals()[name.replace(" ", "_").replace("'", "")], loses) for name, loses in others]


def copied(mdata):
    """The object as a copy whose modalities are its own."""
    return duplicate(mdata)


def reordered(mdata, *, kind: str, axis: str, seed: int):
    """One axis in another order, or every third entry left out."""
    out = copied(mdata)
    if axis == "cells":  # of the whole object, as users do it
        at = order(mdata.n_obs, kind, seed, mdata[NETWORKS].obs["n_interactions"])
        return mdata[mdata.obs_names[at]].copy()
    keys = {"pairs": [NETWORKS], "cells of networks": [NETWORKS], "cells of data": DATA}.get(axis)
    cells = axis.startswith("cells")
    for key in keys or [{"miRNAs": "mirna", "mRNAs": "mrna"}[axis]]:
        adata = out[key]
        n = adata.n_obs if cells else adata.n_vars
        by = adata.obs.get("n_interactions") if cells else adata.var.get("n_cells")
        at = order(n, kind, seed, by)
        out.mod[key] = (adata[at] if cells else adata[:, at]).copy()
    return out


def shuffled(mdata):
    """Every axis in an order of its own."""
    out = mdata
    for seed, axis in enumerate(("pairs", "cells of networks", "cells of data", "miRNAs", "mRNAs")):
        out = reordered(out, kind="shuffle", axis=axis, seed=100 + seed)
    return out


def order(n: int, kind: str, seed: int, by) -> np.ndarray:
    """Positions."""
    rng = np.random.default_rng(seed)
    if kind == "reverse":
        return np.arange(n)[::-1]
    if kind == "shuffle":
        return rng.permutation(n)
    if kind == "subset":
        return np.flatnonzero(np.arange(n) % 3 != 1)
    return np.argsort(rng.random(n) if by is None else -by.to_numpy(), kind="stable")


def rename_cells(mdata):
    """Every cell has another name, everywhere."""
    parts = {key: mdata[key].copy() for key in (*DATA, NETWORKS)}
    for adata in parts.values():
        adata.obs_names = [f"{name}-new" for name in adata.obs_names]
    return put_together(parts, mdata)


def rename_miRNAs(mdata):
    """One miRNA that has pairs has another name in the data."""
    out = copied(mdata)
    name = str(mdata[NETWORKS].var["mirna"].iloc[0])
    out["mirna"].var_names = [f"{n}-new" if n == name else n for n in out["mirna"].var_names]
    return out


def rename_pairs_mRNAs(mdata):
    """One mRNA has another name in the networks."""
    out = copied(mdata)
    var = out[NETWORKS].var
    name = str(var["mrna"].iloc[0])
    var["mrna"] = var["mrna"].cat.rename_categories({name: f"{name}-new"})
    return out


def update(mdata):
    """The global index brought up to date."""
    out = copied(mdata)
    out.update()
    return out


def entries_in_two_orders(mdata):
    """Pairs in another order, then the entries of X sorted, as scipy does on occasion, and not those of layers."""
    out = reordered(mdata, kind="shuffle", axis="pairs", seed=7)
    out[NETWORKS].X.sort_indices()
    return out


def concat(mdata):
    """Both halves of the cells put together again, in the other order."""
    return put_together({key: halves(mdata[key], 1.0) for key in (*DATA, NETWORKS)}, mdata)


def concat_of_half(mdata):
    """Quarters put together: half of the cells are gone."""
    return put_together({key: halves(mdata[key], 0.5) for key in (*DATA, NETWORKS)}, mdata)


def halves(adata, share: float):
    """The end before the beginning, with what both agree on."""
    half = adata.n_obs // 2
    n = int(half * share)
    return ad.concat([adata[half : half + n], adata[:n]], merge="same", uns_merge="first")


def changed_layer(mdata):
    """Other values in the mRNAs."""
    out = copied(mdata)
    out["mrna"].X = out["mrna"].X[::-1].copy()
    return out


def put_together(parts, mdata):
    """A MuData of these with what the old one held beside them, for the cells that are there by name or place."""
    out = assemble(parts)
    out.uns.update(mdata.uns)
    at = mdata.obs_names.get_indexer(out.obs_names)
    at = np.arange(mdata.n_obs) if (at < 0).all() else at
    for name, values in mdata.obsm.items():
        if name not in mdata.mod:
            out.obsm[name] = values[at]
    out.obs["group"] = mdata.obs["group"].to_numpy()[at]
    return out
