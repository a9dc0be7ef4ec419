"""What counts as not detected."""

from __future__ import annotations

import numpy as np
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir._mudata.step import step
from csmir.pp import _values as V

STEP = "detection_floor"


@step
def detection_floor(mdata: MuData, floor: float, *, modality: str = K.MRNA, copy: bool = False) -> MuData | None:
    """Set values of at most `floor` to 0, not detected, in one modality.

    The statistics treat 0 as not detected: a box of an expressed cell does not reach into the zeros where these are
    many. Values that stand for "nothing" without being 0 (0.125 RPKM, 1e-4 of all reads) are ordinary values to them
    unless they are set to 0 first.

    Parameters
    ----------
    %(mdata)s
    floor
        Largest value that counts as not detected, in the unit of `X`, at least 0.
    modality
        The modality to change.
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        `floor` is negative or not a number; there is no such modality.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.detection_floor(mdata, 1e-4, modality="mirna")
    >>> float(mdata["mirna"].X.min())
    0.0
    """
    floor = check.number("floor", floor, low=0)
    out = V.opened(mdata, copy, modality=modality)
    adata = V.own(out[modality])
    x = V.values(adata, None, modality).copy()
    stored = x.data if V.is_sparse(x) else x
    below = stored <= np.asarray(floor, dtype=stored.dtype)
    n_changed = int((below & (stored != 0)).sum())
    stored[below] = 0
    V.put(adata, None, x)
    V.replace(out, {modality: adata})
    logger.info("%s: %d values of at most %g set to 0, not detected", modality, n_changed, floor)
    _mudata.record(out, STEP, modality=modality, floor=floor, n_changed=n_changed)
    return out if copy else None
