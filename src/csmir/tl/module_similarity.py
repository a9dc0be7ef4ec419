"""How alike the cells' modules are."""

from __future__ import annotations

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._errors import run_first
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir.tl._enrichment.queries import of_modules

# modules of one cell whose overlaps with another cell's are in memory at once
MODULES_AT_ONCE = 512


@step
def module_similarity(
    data: MuData | AnnData,
    *,
    modules: str = K.Table.MODULES,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    r"""Compare every two cells by their modules.

    Two modules A, B are alike by their overlap coefficient :math:`s = |A \cap B| / \min(|A|, |B|)` of members. A cell
    with m modules and one with n > m are as alike as the sum, over the m modules, of each one's largest s with any of
    the n, divided by n; with m = n it is the mean over both cells' modules. So every module of the larger set that
    finds no partner counts against it. A cell without modules is similar to nothing: its row and column are NaN, the
    diagonal included.

    Requires :func:`csmir.tl.modules` with `of="cells"`.

    Parameters
    ----------
    %(data)s
    modules
        Name of the table of modules, if :func:`csmir.tl.modules` was given a `key_added`.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`:

    - `.obsp["module_similarity"]`: float64, cells x cells, in [0, 1], or NaN;
    - `.uns["csmir"]["module_similarity"]`: the parameters.

    Every module of a cell meets every module of the others: quick for the Markov modules of synergy and sponge
    networks, too slow for the ten thousands of bicliques that a cell of K562 has. Ask
    :func:`csmir.tl.modules` for larger ones then.

    Raises
    ------
    StepError
        There are no modules yet, or not those of all cells.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.modules(mdata, "cells", regulation="truth")
    >>> cs.tl.module_similarity(mdata, regulation="truth")
    >>> mdata["truth"].obsp["module_similarity"].shape
    (30, 30)

    References
    ----------
    The similarity of module sets of the authors' follow-up on synergy (CSmiRsyn).
    """
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    members = _of_cells(adata, modules)
    n = adata.n_obs
    out = np.full((n, n), np.nan)
    some = [k for k in range(n) if members[k].shape[0]]
    for i, k in enumerate(some):
        out[k, k] = 1.0
        for other in some[:i]:
            out[k, other] = out[other, k] = _similarity(members[other], members[k])
    adata.obsp[K.Obsp.MODULES] = out
    made_of.mark(adata, "pairs", obsp=K.Obsp.MODULES)
    _mudata.record(adata, "module_similarity", modules=modules)
    between = out[np.triu_indices(n, 1)]
    between = between[~np.isnan(between)]
    if len(between):
        logger.info("module_similarity: %.2f-%.2f between cells", between.min(), between.max())
    if len(some) < n:
        logger.warning("module_similarity: %d of %d cells have no modules; their similarity is NaN", n - len(some), n)
    return data if copy else None


def _of_cells(adata: AnnData, key: str) -> list[sparse.csr_array]:
    """For each cell, its modules x features, 0/1."""
    table = _networks.modules(adata, key)
    networks = table[K.Module.NETWORK].astype("category").cat.categories.astype(str)
    missing = adata.obs_names.astype(str).difference(networks, sort=False)
    if len(missing):
        named = "" if key == K.Table.MODULES else f", key_added={key!r}"
        raise run_first(
            f"The modules of {len(missing)} of {adata.n_obs} cells are not there ({check.listing(missing, 3)})",
            f"cs.tl.modules(mdata, 'cells'{named})",
        )
    queries = of_modules(table)
    if queries.networks is None or len(table) == 0:
        return [sparse.csr_array((0, 0))] * adata.n_obs
    network = np.asarray(queries.networks.astype(str))
    return [sparse.csr_array(queries.members[np.flatnonzero(network == cell)]) for cell in adata.obs_names.astype(str)]


def _similarity(a: sparse.csr_array, b: sparse.csr_array) -> float:
    """Best matches of the smaller set of modules, over the size of the larger."""
    best_a, best_b = _best_matches(a, b)
    if len(best_a) == len(best_b):
        return float(np.mean([best_a, best_b]))
    fewer = best_a if len(best_a) < len(best_b) else best_b
    return float(fewer.sum() / max(len(best_a), len(best_b)))


def _best_matches(a: sparse.csr_array, b: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Largest overlap coefficient of each module of one set with any of the other."""
    size_a, size_b = np.diff(a.indptr), np.diff(b.indptr)
    best_a, best_b = np.zeros(len(size_a)), np.zeros(len(size_b))
    for start in range(0, len(size_a), MODULES_AT_ONCE):
        rows = slice(start, start + MODULES_AT_ONCE)
        shared = (a[rows] @ b.T).toarray()
        s = shared / np.minimum.outer(size_a[rows], size_b)
        best_a[rows] = s.max(axis=1)
        best_b = np.maximum(best_b, s.max(axis=0))
    return best_a, best_b
