"""Whether a pair goes together or apart."""

from __future__ import annotations

import numpy as np
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir._log import logger
from csmir._mudata import assemble
from csmir.inference.alignment import align
from csmir.inference.expression import matrices
from csmir.tl._direction import rank_correlation


@fill
def sign(mdata: MuData, *, regulation: str = K.REGULATION, copy: bool = False) -> MuData | None:
    """Give every pair the direction of its association over all cells: repression-like or not.

    The box statistics are blind to direction: a miRNA that goes up with its mRNA scores as high as one that represses
    it. Spearman's rank correlation over the cells says which of the two a pair looks like. With it, interactions that
    are consistent with repression can be kept: `adata[:, adata.var["sign"] < 0]`.

    Parameters
    ----------
    %(mdata)s
    %(regulation)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes to `mdata["regulation"].var`: `correlation` (float32, Spearman's rho, 0 where a gene does not vary) and
    `sign` (int8, -1, 0 or 1). They are over all the cells that the networks were inferred from, also where the networks
    of some were removed.

    Raises
    ------
    StepError
        There are no networks yet, or the data changed since.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, prevalence=0.3, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"])
    >>> cs.tl.sign(mdata)
    >>> planted = mdata["truth"].var["n_cells"].to_numpy() > 80
    >>> bool((mdata["regulation"].var["sign"].to_numpy()[planted] < 0).mean() > 0.9)
    True

    References
    ----------
    Spearman, The American Journal of Psychology 1904, 15:72.
    """
    adata = _mudata.read_regulation(mdata, regulation)
    mdata = assemble.duplicate(mdata) if copy else mdata
    adata = _mudata.regulation(mdata, regulation)
    found = align(mdata, adata)
    rho = found.per_pair(rank_correlation(*matrices(found.data), found.pairs))
    adata.var[K.Var.CORRELATION] = rho
    adata.var[K.Var.SIGN] = np.sign(rho).astype(np.int8)
    logger.info(
        "sign: %d of %d pairs go apart (repression-like), %d together", (rho < 0).sum(), len(rho), (rho > 0).sum()
    )
    return mdata if copy else None
