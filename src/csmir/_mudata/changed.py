"""Networks that were read from a file without a sum of its own: whether they hold what they were given."""

from __future__ import annotations

import numpy as np
from anndata import AnnData

from csmir import _keys as K
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata.entries import ends
from csmir._mudata.made_of import COUNTS, VALUES, count, matrices, outlived, stamp, sum_of


def refuse_changed(adata: AnnData, where: str) -> None:
    """Networks that were read must hold the values that they were given, if they are of the same cells and pairs."""
    noted = adata.uns.get(K.UNS, {}).get(K.MADE_OF, {}).get(VALUES, {})
    if not noted:
        return
    now = {word: stamp(adata, word) for word in ("cells", "pairs")}
    for word, names in now.items():
        then = [str(of[word]) for of in noted.values()]
        if any(t != names and t.split(":")[0] == names.split(":")[0] for t in then):
            logger.warning(
                "%s: the %s of the networks are as many as were inferred, and some have another name: they were "
                "renamed, or the file is damaged",
                where,
                word,
            )
    _warn_of_other_names(adata, where)
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


def _warn_of_other_names(adata: AnnData, where: str) -> None:
    """A pair is called after its ends; if only some pairs are not, a name was damaged, or some were renamed."""
    first, second = (adata.var[end].astype(str) for end in ends(adata))
    kept = np.fromiter(
        (name.endswith(f"{a}|{b}") for name, a, b in zip(adata.var_names, first, second, strict=True)),
        bool,
        adata.n_vars,
    )
    if kept.any() and not kept.all():
        other = np.flatnonzero(~kept)
        logger.warning(
            "%s: %s of %s pairs of the networks are not called after their ends, such as %r of %s and %s: they were "
            "renamed, or the file is damaged. The ends count",
            where,
            f"{len(other):,}",
            f"{adata.n_vars:,}",
            str(adata.var_names[other[0]]),
            first.iloc[other[0]],
            second.iloc[other[0]],
        )
