"""Which pairs are correlated over all cells, or samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir.inference import non_targets
from csmir.inference.alignment import align
from csmir.inference.cells import obs_of
from csmir.inference.left_out import warn_if_inferred
from csmir.inference.pairs import Pairs, pairs_to_test
from csmir.inference.targeting import Held, held_fixed

FEWEST = 5  # cells of a group


@fill
def association(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    groups: str | None = None,
    covariates: str | Sequence[str] | None = None,
    sample: str | None = None,
    seed: int = 0,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    layer: str | None = None,
    key_added: str = K.ASSOCIATION,
    copy: bool = False,
) -> MuData | None:
    r"""Correlate every pair over all cells, and in each group of them.

    Answers: which pairs go together or apart here, as a table without networks? It is the test for bulk samples, and
    for what many cells have in common. Genes are ranked over the cells; with :math:`\rho` Spearman's correlation and k
    columns that are held fixed (a partial correlation of ranks),

    .. math:: t = \rho \sqrt{\frac{n - 2 - k}{1 - \rho^2}}

    is close to Student's t. A correlation is no regulation: what moves many genes together, such as the purity of a
    tissue, makes most of them. So the same is counted at pairs of each miRNA with mRNAs that are not its targets, of
    the same detection and expression. Where these are as often significant, adjust for what does it, or do not read
    single pairs.

    Parameters
    ----------
    %(mdata)s
    net
        Putative pairs, columns `source` and `target`. None takes the pairs of the networks in `regulation`, and
        writes to them.
    groups
        A column of `mdata.obs`, such as cell types: genes are ranked inside groups, so that differences between groups
        are no correlation, and each group is tested by itself, too.
    covariates
        What to hold fixed: columns of `mdata.obs` or of a modality's, keys of `.obsm`, or features.
    sample
        A column of `mdata.obs`: the donor or sample that a cell comes from. Genes are ranked inside donors.
    seed
        Seed of the draw of non-targets.
    %(modalities)s
    %(regulation)s
        For `net=None`, which names modalities and layer by itself.
    %(layer)s
    key_added
        Name of the modality to write if `net` is given.
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes to `.var` of the networks, or, with `net`, of a new modality `mdata["association"]`, cells x pairs with
    nothing in `.X`: `association_rho` (float32), `association_pvalue` (two-sided), `association_qvalue`
    (Benjamini-Hochberg over the pairs); with `groups` the same for each group, its name as a suffix (NaN in a group of
    fewer than 5 cells). And `.uns["csmir"]["association"]`: parameters, and the shares of one-sided p < 1 % at pairs
    and at non-targets, `repression`, `decoy_repression`, `activation`, `decoy_activation`.

    Raises
    ------
    StepError
        `net` is None and there are no networks, or data changed since.
    InputError
        Fewer than 5 cells have both modalities, or a column is missing.

    Notes
    -----
    Cells of one donor are no independent samples: with cells of a few donors the result speaks of these cells.

    References
    ----------
    Spearman, The American Journal of Psychology 1904, 15:72. Decoys: Elias and Gygi, Nature Methods 2007, 4:207.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, prevalence=0.3, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.association(mdata, mdata.uns["prior"])
    >>> bool(mdata["association"].var["association_rho"].mean() < 0)
    True
    """
    seed = check.seed(seed)
    mdata = assemble.duplicate(mdata) if copy else mdata
    networks, column = None, None
    if net is None:
        networks = _mudata.regulation(mdata, regulation)
        found = align(mdata, networks)
        data, pairs, column = found.data, found.pairs, found.column
        noted = _mudata.recorded(networks, "regulation")
        mirna, mrna, layer = str(noted["mirna"]), str(noted["mrna"]), noted.get("layer")
    else:
        assemble.modality(mdata, "association", key_added)
        data = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
        pairs = pairs_to_test(net, data)
    warn_if_inferred(mdata, mirna)
    data, held = held_fixed(
        mdata, data, groups=groups, sample=sample, covariates=covariates, mirna=mirna, mrna=mrna
    )  # fmt: skip
    if len(data.cells) < FEWEST:
        raise InputError(f"Correlations need at least {FEWEST} cells with both modalities; found {len(data.cells)}.")
    columns, shares = _tested(data, pairs, held, seed)
    if groups is not None:
        names = mdata.obs.loc[data.cells, groups].astype(str).to_numpy()
        for name in sorted(set(names)):
            columns |= _of_group(data, pairs, held, names == name, name)
    if networks is None:
        adata = _modality(mdata, data, pairs, key_added)
        assemble.set_modality(mdata, key_added, adata)
    else:
        adata = networks
        for name, values in columns.items():
            columns[name] = values.copy()
            columns[name][column] = values
    for name, values in columns.items():
        adata.var[name] = values
    _mudata.record(
        adata, "association", groups=groups, covariates=covariates, sample=sample, seed=seed, mirna=mirna, mrna=mrna,
        layer=layer, **shares,
    )  # fmt: skip
    _tell(columns[K.Var.ASSOCIATION_Q], columns[K.Var.ASSOCIATION_RHO], shares)
    return mdata if copy else None


def _tested(
    data: _mudata.Paired, pairs: Pairs, held: Held, seed: int | None, suffix: str = ""
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Columns of the pairs, and, with a seed, shares of small p at them and at non-targets."""
    from scipy.stats import false_discovery_control

    from csmir.inference.association import associations, ranked, tails

    strata = np.zeros(len(data.cells), np.int64) if held.strata is None else held.strata
    mirna = check.finite_matrix("The miRNA matrix", _mudata.dense(data.mirna))
    mrna = check.finite_matrix("The mRNA matrix", _mudata.dense(data.mrna))
    x, y, df = ranked(mirna, mrna, strata, held.nuisance)
    found = associations(x, y, df, pairs.mirna, pairs.mrna)
    columns = {
        f"{K.Var.ASSOCIATION_RHO}{suffix}": found.rho,
        f"{K.Var.ASSOCIATION_P}{suffix}": found.pvalue,
        f"{K.Var.ASSOCIATION_Q}{suffix}": false_discovery_control(found.pvalue),
    }
    shares: dict[str, float] = {}
    if seed is not None and not pairs.complete:
        drawn = non_targets.sample(pairs, *non_targets.profile(data.mrna), seed=seed)
        for prefix, a, b in (("", drawn.target_x, drawn.target_y), ("decoy_", drawn.decoy_x, drawn.decoy_y)):
            order = np.argsort(a, kind="stable")
            if len(order):
                both = tails(associations(x, y, df, a[order], b[order]))
                shares |= {f"{prefix}repression": both[0], f"{prefix}activation": both[1]}
    return columns, shares


def _of_group(
    data: _mudata.Paired, pairs: Pairs, held: Held, inside: np.ndarray, name: str
) -> dict[str, np.ndarray]:  # fmt: skip
    """The same inside one group; NaN where it is too small."""
    at, suffix = np.flatnonzero(inside), f"_{name}"
    if len(at) < FEWEST:
        logger.warning("association: %d cells in %s are too few to be tested", len(at), name)
        nothing = np.full(len(pairs), np.nan)
        every = (K.Var.ASSOCIATION_RHO, K.Var.ASSOCIATION_P, K.Var.ASSOCIATION_Q)
        return {f"{column}{suffix}": nothing.copy() for column in every}
    some = data._replace(cells=data.cells[at], mirna=data.mirna[at], mrna=data.mrna[at])
    strata = None if held.strata is None else np.unique(held.strata[at], return_inverse=True)[1]
    nuisance = None if held.nuisance is None else held.nuisance[at]
    return _tested(some, pairs, held._replace(strata=strata, nuisance=nuisance), None, suffix)[0]


def _modality(mdata: MuData, data: _mudata.Paired, pairs: Pairs, key: str) -> AnnData:
    mirna, mrna = data.mirna_names[pairs.mirna], data.mrna_names[pairs.mrna]
    names = [f"{key}:{a}|{b}" for a, b in zip(mirna, mrna, strict=True)]
    var = pd.DataFrame(
        {
            K.Var.MIRNA: pd.Categorical.from_codes(pairs.mirna, categories=data.mirna_names),
            K.Var.MRNA: pd.Categorical.from_codes(pairs.mrna, categories=data.mrna_names),
        },
        index=pd.Index(names, dtype=object),
    )
    cells = mdata.obs_names[mdata.obs_names.isin(data.cells)]
    return AnnData(sparse.csr_matrix((len(cells), len(pairs)), dtype=np.float32), obs=obs_of(mdata, cells), var=var)


def _tell(q: np.ndarray, rho: np.ndarray, shares: dict[str, Any]) -> None:
    below = q <= 0.05
    logger.info(
        "association: %s of %s pairs have q <= 0.05, %s of them below 0 (repression-like)",
        f"{below.sum():,}", f"{len(q):,}", f"{(below & (rho < 0)).sum():,}",
    )  # fmt: skip
    if "decoy_repression" in shares:
        logger.info(
            "association: p < 1 %% for repression: %.1f %% of the pairs and %.1f %% of non-targets; for activation "
            "%.1f %% and %.1f %%",
            *(100 * shares[k] for k in ("repression", "decoy_repression", "activation", "decoy_activation")),
        )  # fmt: skip
