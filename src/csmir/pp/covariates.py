"""What may make genes vary together without regulation, as columns to adjust for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata.step import step
from csmir.pp import _values as V
from csmir.pp._cell_cycle import G2M_GENES, S_GENES
from csmir.pp.log2p1 import MARK

STEP = "covariates"
KINDS = ("depth", "detection", "cell_cycle")
FEWEST_GENES = 5  # of a phase that is scored


@step
def covariates(
    mdata: MuData,
    kinds: Sequence[str] = ("depth", "detection"),
    *,
    s_genes: Collection[str] = S_GENES,
    g2m_genes: Collection[str] = G2M_GENES,
    layer: str | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    copy: bool = False,
) -> MuData | None:
    """Measure each cell's depth, detection and cell cycle, for `covariates=` of :func:`csmir.tl.regulation`.

    Answers: what may make a miRNA and an mRNA vary together in cells of one kind, without one regulating the other?
    Depth is the natural logarithm of 1 plus a cell's total, detection the number of features above 0, of each modality
    (:func:`scanpy.pp.calculate_qc_metrics`); the cell cycle is scored by the mRNAs of S and of G2/M
    (:func:`scanpy.tl.score_genes_cell_cycle`).

    Parameters
    ----------
    %(mdata)s
    kinds
        Any of `"depth"`, `"detection"` and `"cell_cycle"`.
    s_genes, g2m_genes
        Gene symbols of the phases, in any case; the 97 human ones of Tirosh et al. by default.
    %(layer)s
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes float64 columns of `mdata.obs`: `mirna_depth`, `mrna_depth`, `mirna_detection`, `mrna_detection`, `s_score`,
    `g2m_score`, NaN for cells without the modality; and `mdata.uns["csmir"]["covariates"]`.

    Raises
    ------
    InputError
        A kind is none of the three; missing, infinite or negative values; fewer than 5 genes of a phase in the data.

    Notes
    -----
    Run it before counts are normalised: a normalised cell has the depth of every other. Values that are marked as
    logged are taken back to what they were first. What is made of mRNAs is a *consequence* of a miRNA that represses
    many of them: adjusting for it takes part of that miRNA's effect away (depth: a fifth of the power for a miRNA on
    20 % of all mRNAs), and :func:`csmir.tl.regulation` says so where it sees it.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.covariates(mdata)
    >>> sorted(c for c in mdata.obs if "de" in c)
    ['mirna_depth', 'mirna_detection', 'mrna_depth', 'mrna_detection']

    References
    ----------
    Genes of the cell cycle: Tirosh et al., Science 2016, 352:189.
    """
    kinds = check.words("kinds", kinds)
    for kind in kinds:
        check.choice("kinds", kind, KINDS)
    keys = V.measured(mdata, mirna, mrna, STEP)
    out = V.opened(mdata, copy, *keys)
    names = {
        mirna: (K.Obs.MIRNA_DEPTH, K.Obs.MIRNA_DETECTION),
        mrna: (K.Obs.MRNA_DEPTH, K.Obs.MRNA_DETECTION),
    }
    made: dict[str, pd.Series] = {}
    for key in keys:
        _mudata.refuse_repeated(key, out[key], "cell")
        depth, detection = names[key]
        adata = _counts(out[key], layer, key)
        if "depth" in kinds:
            made[depth] = pd.Series(np.log1p(np.asarray(adata.X.sum(axis=1)).ravel()), index=adata.obs_names)
        if "detection" in kinds:
            made[detection] = pd.Series(np.asarray((adata.X > 0).sum(axis=1)).ravel(), index=adata.obs_names)
        if key == mrna and "cell_cycle" in kinds:
            made |= _cell_cycle(adata, s_genes, g2m_genes, mrna)
    for name, values in made.items():
        out.obs[name] = values.reindex(out.obs_names).astype(np.float64)
    logger.info("covariates: %s in mdata.obs", ", ".join(made))
    _mudata.record(out, STEP, kinds=list(kinds), columns=list(made), layer=layer)
    return out if copy else None


def _counts(adata: AnnData, layer: str | None, key: str) -> AnnData:
    """Values before the logarithm, with names."""
    x = V.values(adata, layer, key)
    V.check_values(x, key)
    x = x.astype(np.float64)
    if layer is None and MARK in adata.uns:
        base = (adata.uns[MARK] or {}).get("base") or np.e
        entries = x.data if V.is_sparse(x) else x
        np.expm1(np.multiply(entries, np.log(base), out=entries), out=entries)
    return AnnData(x, obs=pd.DataFrame(index=adata.obs_names), var=pd.DataFrame(index=adata.var_names))


def _cell_cycle(adata: AnnData, s_genes: Collection[str], g2m_genes: Collection[str], key: str) -> dict[str, Any]:
    import scanpy as sc

    by_symbol = {str(name).upper(): name for name in reversed(adata.var_names)}
    there = {
        phase: [by_symbol[g.upper()] for g in genes if g.upper() in by_symbol]
        for phase, genes in (("s_genes", s_genes), ("g2m_genes", g2m_genes))
    }
    for phase, genes in there.items():
        if len(genes) < FEWEST_GENES:
            raise InputError(
                f"{len(genes)} of the genes in `{phase}` are among the features of {key} "
                f"({check.listing(adata.var_names, 3)}); the cell cycle needs {FEWEST_GENES} of each phase. Give "
                "symbols that the data use, or leave 'cell_cycle' out of `kinds`."
            )
    with _mudata.assemble.repeated_names():
        adata = adata.copy()
    adata.var_names_make_unique()
    sc.pp.normalize_total(adata)
    sc.pp.log1p(adata)
    sc.tl.score_genes_cell_cycle(adata, s_genes=there["s_genes"], g2m_genes=there["g2m_genes"])
    return {K.Obs.S_SCORE: adata.obs["S_score"], K.Obs.G2M_SCORE: adata.obs["G2M_score"]}
