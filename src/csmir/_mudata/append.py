"""Put a modality of very many pairs into a MuData without the many passes that `MuData.update` makes over its names.

`update` tests all names for being unique and for overlaps a dozen times, which takes longer than inferring three
million networks. Pairs are unique by construction and other features have no `|` in their names, so the index can be
written down directly, in the state that `update` would leave. Whatever is out of the ordinary goes through `update`.
"""

from __future__ import annotations

from hashlib import sha1
from typing import Any, cast

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

MANY = 20_000  # below this, `update` is quick


def append(mdata: MuData, key: str, adata: AnnData) -> bool:
    """Put `adata` in and write the global feature index; False, with nothing changed, where that cannot be done."""
    others = {k: v for k, v in mdata.mod.items() if k != key}
    if adata.n_vars < MANY or not _ordinary(mdata, others):
        return False
    mdata.mod[key] = adata
    parts = list(mdata.mod.items())
    index = parts[0][1].var_names.append([a.var_names for _, a in parts[1:]])
    mdata._var = pd.DataFrame(index=index.rename(None))
    mdata._varmap.clear()
    mdata._varhash = {}
    start = 0
    for name, part in parts:
        place = np.zeros(len(index), np.uint32)
        place[start : start + part.n_vars] = np.arange(1, part.n_vars + 1)
        start += part.n_vars
        mdata._varmap[name] = place
        mdata.varm[name] = place > 0
        # by these, `update` knows that nothing has changed since
        labels: tuple[Any, Any] = (part.var.index.values, part.var.columns.values)
        mdata._varhash[name] = tuple(sha1(cast("Any", np.ascontiguousarray(v))).hexdigest() for v in labels)
    return True


def _ordinary(mdata: MuData, others: dict[str, AnnData]) -> bool:
    """Whether the MuData has nothing on its features, and they can be told from pairs."""
    if not all(hasattr(mdata, name) for name in ("_var", "_varm", "_varmap")) or mdata.is_view or not others:
        return False
    if mdata.axis != 0 or mdata.var.shape[1] or len(mdata.varp) or any(k not in mdata.mod for k in mdata.varm):
        return False
    names = pd.Index(np.concatenate([np.asarray(a.var_names, dtype=object) for a in others.values()]))
    return names.is_unique and not names.str.contains("|", regex=False).any()
