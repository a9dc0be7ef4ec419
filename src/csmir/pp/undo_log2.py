"""From logged values back to abundances."""

from __future__ import annotations

import numpy as np
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._errors import InputError
from csmir._mudata.step import step
from csmir.pp import _values as V

STEP = "undo_log2"


@step
def undo_log2(mdata: MuData, *, modality: str = K.MIRNA, copy: bool = False) -> MuData | None:
    """Turn log2 values of one modality back into abundances, 2**x.

    For data that come as log2 of normalised fractions, such as the miRNAs of the K562 half-cells, whose values are all
    negative: the statistics need values of at least 0. An undetected miRNA stays what it was, a smallest value
    (2**-13.29 = 1e-4 there), and is not 0.

    Parameters
    ----------
    %(mdata)s
    modality
        The modality whose `X` holds log2 values.
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        The values are sparse (a log2 that keeps zeros is log2(x + 1), which this does not undo), or a result would be
        infinite, which says that they are not logarithms.

    Examples
    --------
    >>> import csmir as cs, numpy as np
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mirna"].X = np.log2(mdata["mirna"].X)
    >>> cs.pp.undo_log2(mdata)
    >>> bool(mdata["mirna"].X.min() > 0)
    True
    """
    out = V.opened(mdata, copy, modality=modality)
    adata = V.own(out[modality])
    x = V.values(adata, None, modality)
    if V.is_sparse(x):
        raise InputError(
            f"The {modality} modality is sparse, so its zeros are not logarithms. Take the values as they are."
        )
    with np.errstate(over="ignore"):
        linear = np.exp2(np.asarray(x, dtype=np.float64))
    n_infinite = int((np.isinf(linear) & np.isfinite(x)).sum())
    if n_infinite:
        raise InputError(
            f"2**x is infinite for {n_infinite:,} values of the {modality} modality (largest x: {np.nanmax(x):.4g}): "
            "these are not log2 values. Leave this step out."
        )
    V.put(adata, None, linear)
    V.replace(out, {modality: adata})
    _mudata.record(out, STEP, modality=modality)
    return out if copy else None
