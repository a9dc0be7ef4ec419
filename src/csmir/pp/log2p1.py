"""Logarithm."""

from __future__ import annotations

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._errors import InputError
from csmir._mudata.step import step
from csmir.pp import _values as V

# scanpy's mark of logged values
MARK = "log1p"
STEP = "log2p1"


@step
def log2p1(
    mdata: MuData, *, layer: str | None = None, mirna: str = K.MIRNA, mrna: str = K.MRNA, copy: bool = False
) -> MuData | None:
    r"""Take :math:`\log_2(x + 1)` of both modalities, or of the mRNAs where there are no miRNAs, once.

    The first step of the reference's preprocessing. It is monotone, so no box of the statistic depends on it; the means
    of features that share a name (:func:`csmir.pp.merge_duplicates`) and the expression distance of cells do.

    Parameters
    ----------
    %(mdata)s
    %(layer)s
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        The values are logged already (scanpy's mark `.uns["log1p"]` in a modality, whatever its base, or csmir's own
        note for a layer); missing, infinite or negative values, counted; values that are not numbers. Nothing is
        changed then.

    Notes
    -----
    Values that are not counts and at most 25 may be logarithms that nobody marked: a `UserWarning` says so.
    Equal to :func:`scanpy.pp.log1p` with base 2. Floating-point values keep their dtype, whole numbers
    become float64. Writes `X` (or `layer`) of both modalities, `.uns["log1p"]["base"] = 2` in each where `X` was taken,
    and `mdata.uns["csmir"]["log2p1"]`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> float(mdata["mrna"].X.max()) > 100
    True
    >>> cs.pp.log2p1(mdata)
    >>> float(mdata["mrna"].X.max()) < 20
    True
    """
    keys = V.measured(mdata, mirna, mrna, STEP)
    out = V.opened(mdata, copy, *keys)
    parts = {key: V.own(out[key]) for key in keys}
    done = _done(out)
    for key, adata in parts.items():
        _refuse_logged(adata, layer, key, done)
        V.check_values(V.values(adata, layer, key), key)
    for key, adata in parts.items():
        x = V.values(adata, layer, key)
        if V.NORMALIZE not in out.uns.get(K.UNS, {}):  # which judged the values before it divided them
            V.warn_if_small(x, key)
        x = x.copy() if x.dtype.kind == "f" else x.astype("float64")  # float32 of whole numbers would make ties
        _log2p1(x.data if V.is_sparse(x) else x)
        V.put(adata, layer, x)
        if layer is None:
            adata.uns[MARK] = {"base": 2}
    V.replace(out, parts)
    _mudata.record(out, STEP, layers=sorted({*done, *(_place(key, layer) for key in parts)}))
    return out if copy else None


def _log2p1(x: np.ndarray) -> None:
    """Take the logarithm in place, as `scanpy.pp.log1p(base=2)` does, which takes a second or more to import."""
    np.log1p(x, out=x)
    np.divide(x, np.log(2), out=x)


def _place(key: str, layer: str | None) -> str:
    return key if layer is None else f"{key}:{layer}"


def _done(mdata: MuData) -> list[str]:
    return list(mdata.uns.get(K.UNS, {}).get(STEP, {}).get("layers", []))


def refuse_logged(mdata: MuData, adata: AnnData, layer: str | None, key: str, why: str) -> None:
    """Stop a step on linear values where the values are marked as logged."""
    how = _logged_by(adata, layer, key, _done(mdata))
    if how is not None:
        raise InputError(
            f"The {key} modality is logged already ({how}). {why}; load the raw values again, or take the logarithm "
            f"back (cs.pp.undo_log2). If the mark is wrong, remove it: del mdata[{key!r}].uns['log1p']."
        )


def _logged_by(adata: AnnData, layer: str | None, key: str, done: list[str]) -> str | None:
    """Who says that these values are logged, if anything does."""
    if layer is None and MARK in adata.uns:
        base = (adata.uns[MARK] or {}).get("base")
        return f"mdata[{key!r}].uns['log1p'] says so, base {'e' if base is None else base}"
    if layer is not None and _place(key, layer) in done:
        return f"cs.pp.log2p1(mdata, layer={layer!r}) ran before"
    return None


def _refuse_logged(adata: AnnData, layer: str | None, key: str, done: list[str]) -> None:
    how = _logged_by(adata, layer, key, done)
    if how is None:
        return
    raise InputError(
        f"The {key} modality is logged already ({how}). A second logarithm is refused: go on with the next step "
        "(cs.pp.recipe_csmir(mdata, log=False) leaves this one out), or load the raw values again. "
        f"If the mark is wrong, remove it: del mdata[{key!r}].uns['log1p']."
    )
