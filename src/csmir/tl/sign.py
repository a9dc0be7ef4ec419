"""Whether a pair goes together or apart."""

from __future__ import annotations

import numpy as np
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.inference.alignment import align
from csmir.inference.expression import matrices
from csmir.inference.pairs import Pairs

AT_ONCE = 2_000  # mRNAs at a time against one miRNA


@step
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


def rank_correlation(mirna: np.ndarray, mrna: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Spearman's rho of each pair over the cells, float32; 0 where a gene does not vary.

    `mirna`, `mrna` (features, cells).
    """
    x, y = _unit_ranks(mirna), _unit_ranks(mrna)
    out = np.zeros(len(pairs), np.float32)
    starts = np.searchsorted(pairs.mirna, np.arange(pairs.n_mirnas + 1))
    for i in range(pairs.n_mirnas):
        for first in range(starts[i], starts[i + 1], AT_ONCE):
            part = slice(first, min(first + AT_ONCE, starts[i + 1]))
            # in float64, whose last digits hang on which pairs go together, and float32 has none of them
            out[part] = y[pairs.mrna[part]].astype(np.float64) @ x[i].astype(np.float64)
    return out


def _unit_ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=1).astype(np.float32)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    return np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
