"""Networks that were read from a file without a sum of its own: whether they hold what they were given."""

from __future__ import annotations

import numpy as np
from anndata import AnnData

from csmir import _keys as K
from csmir._errors import InputError
from csmir._log import logger
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
