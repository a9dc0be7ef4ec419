"""Networks that were read from a file without a sum of its own: whether they hold what they were given."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _keys as K
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata.entries import ends
from csmir._mudata.made_of import COUNTS, VALUES, count, matrices, outlived, stamp, sum_of


def refuse_changed(adata: AnnData, where: str, known: pd.Index | None = None) -> None:
    """Networks that were read must hold the values that they were given, if they are of the same cells and pairs.

    Whoever renames, renames all of a kind, and everywhere; a name that alone is another is damage. `known` are the
    cells of the data.
    """
    noted = adata.uns.get(K.UNS, {}).get(K.MADE_OF, {}).get(VALUES, {})
    if not noted:
        return
    now = {word: stamp(adata, word) for word in ("cells", "pairs")}
    other = [word for word in now if _renamed([str(of[word]) for of in noted.values()], now[word])]
    _refuse_other_pairs(adata, where)
    if "cells" in other and known is not None:
        _refuse_other_cells(adata, known, where)
    for word in other:
        logger.warning(
            "%s: the %s of the networks are as many as were inferred, and some have another name: they were renamed, "
            "or the file is damaged",
            where,
            word,
        )
    there = matrices(adata)
    for name, of in noted.items():
        if any(str(of[word]) != now[word] for word in now):
            continue
        if name not in there or str(of["sum"]) != sum_of(adata, there[name]):
            raise InputError(
                f"{where}: the networks' {name} is not what was inferred: the file is damaged, or the values were "
                "changed since. Copy or write it again; mudata.read_h5mu reads it unchecked."
            )
    old = [*outlived(adata)]
    for (container, name), counted in zip(COUNTS.items(), count(adata), strict=True):
        column = getattr(adata, container).get(name)
        if column is None or (container, name) in old or np.array_equal(column.to_numpy(), counted):
            continue
        raise InputError(
            f"{where}: {container}[{name!r}] of the networks does not count their interactions: the file is damaged, "
            "or it was changed since. Copy or write it again; mudata.read_h5mu reads it unchecked."
        )


def _renamed(then: list[str], now: str) -> bool:
    return any(t != now and t.split(":")[0] == now.split(":")[0] for t in then)


def _refuse_other_cells(adata: AnnData, known: pd.Index, where: str) -> None:
    lost = ~adata.obs_names.isin(known)
    if lost.any() and not lost.all():
        raise InputError(
            f"{where}: {lost.sum():,} of {adata.n_obs:,} cells of the networks are not among the cells of the data, "
            f"such as {adata.obs_names[lost][0]!r}, and were not there when the networks were inferred: the file is "
            "damaged, or they were renamed in one place. Copy or write it again; mudata.read_h5mu reads it unchecked."
        )


def _refuse_other_pairs(adata: AnnData, where: str) -> None:
    """A pair is called after its ends; if only some pairs are not, a name or an end was damaged or renamed."""
    first, second = (adata.var[end].astype(str) for end in ends(adata))
    kept = np.fromiter(
        (name.endswith(f"{a}|{b}") for name, a, b in zip(adata.var_names, first, second, strict=True)),
        bool,
        adata.n_vars,
    )
    if kept.any() and not kept.all():
        other = np.flatnonzero(~kept)
        a, b = (end.iloc[other[0]] for end in (first, second))
        raise InputError(
            f"{where}: {len(other):,} of {adata.n_vars:,} pairs of the networks are not called after their ends, such "
            f"as {str(adata.var_names[other[0]])!r} of {a} and {b}: the file is damaged, or some were renamed. Copy or "
            "write it again. If you renamed: read it with mudata.read_h5mu, call each pair after its ends "
            f"({f'{a}|{b}'!r}), and write it; cs.io.read takes it then."
        )
