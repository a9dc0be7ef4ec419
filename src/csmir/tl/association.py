"""Which pairs are correlated over all cells, or samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.inference import non_targets
from csmir.inference.alignment import align
from csmir.inference.cells import obs_of
from csmir.inference.hidden import Hidden, find
from csmir.inference.left_out import warn_if_inferred
from csmir.inference.options import AUTO, check_factors
from csmir.inference.origin import origin_of
from csmir.inference.pairs import Pairs, pairs_to_test
from csmir.inference.result import new, var_of
from csmir.inference.targeting import Held, held_fixed

if TYPE_CHECKING:
    from csmir.inference.association import Associations

FEWEST = 5  # cells of a group


@step
def association(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    groups: str | None = None,
    covariates: str | Sequence[str] | None = None,
    factors: int | str | None = None,
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

    is close to Student's t. A correlation is not regulation: what moves many genes together, such as the purity of a
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
        are not correlations, and each group is tested by itself, too.
    covariates
        What to hold fixed: columns of `mdata.obs` or of a modality's, keys of `.obsm`, or features.
    %(factors)s
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
    fewer than 5 cells). And `.uns["csmir"]["association"]`: parameters, `n_factors` that were held fixed, and the
    shares of one-sided p < 1 % at pairs and at non-targets, `repression`, `decoy_repression`, `activation`,
    `decoy_activation`.

    Raises
    ------
    StepError
        `net` is None and there are no networks, or data changed since.
    InputError
        Fewer than 5 cells have both modalities, or a column is missing.

    Notes
    -----
    Cells of one donor are not independent samples: with cells of a few donors the result speaks of these cells.

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
    networks = None
    if net is None:
        networks = _mudata.regulation(mdata, regulation)
        found = align(mdata, networks)
        data, pairs = found.data, found.pairs
        noted = _mudata.recorded(networks, "regulation")
        mirna, mrna, layer = str(noted["mirna"]), str(noted["mrna"]), noted.get("layer")
    else:
        assemble.modality(mdata, "association", key_added)
        data = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
        pairs = pairs_to_test(net, data)
    data = _mudata.in_name_order(data)  # sums in float32 then end the same in any order of the cells
    warn_if_inferred(mdata, mirna)
    origin = origin_of(data) if networks is None else None
    data, held = held_fixed(mdata, data, groups=groups, sample=sample, covariates=covariates, mirna=mirna, mrna=mrna)
    if len(data.cells) < FEWEST:
        raise InputError(f"Correlations need at least {FEWEST} cells with both modalities; found {len(data.cells)}.")
    check_factors(factors)
    columns, shares, hidden = _tested(data, pairs, held, seed, factors)
    if groups is not None:
        names = mdata.obs.loc[data.cells, groups].astype(str).to_numpy(dtype=object)
        for name in sorted(set(names)):
            columns |= _of_group(data, pairs, held, names == name, name, hidden)
    if networks is None:
        adata = _modality(mdata, data, pairs, key_added)
        adata.uns[K.UNS] = {K.ORIGIN: origin}
        assemble.set_modality(mdata, key_added, adata)
    else:
        adata, columns = networks, {name: found.per_pair(values) for name, values in columns.items()}
    for name, values in columns.items():
        adata.var[name] = values
    noted = {"n_factors": 0} if hidden is None else {"n_factors": hidden.n} | hidden.noted
    _mudata.record(
        adata, "association", groups=groups, covariates=covariates, factors=factors, sample=sample, seed=seed,
        mirna=mirna, mrna=mrna, layer=layer, **noted, **shares,
    )  # fmt: skip
    _tell(columns[K.Var.ASSOCIATION_Q], columns[K.Var.ASSOCIATION_RHO], shares)
    return mdata if copy else None


def _tested(
    data: _mudata.Paired, pairs: Pairs, held: Held, seed: int, factors: int | str | None
) -> tuple[dict[str, np.ndarray], dict[str, float], Hidden | None]:
    """Columns of the pairs, shares of small p at them and at non-targets, and the factors that are held fixed."""
    from csmir.inference.association import Part, associations, fewest_factors, tails

    x, y, df = _ranked(data, held)
    detection, expression = non_targets.profile(data.mrna)
    hidden = find(y, detection, pairs, factors)
    shares: dict[str, float] = {}
    if not pairs.complete:
        drawn = non_targets.sample(pairs, detection, expression, seed=seed)
        if hidden is not None and factors in (None, AUTO):
            hidden = fewest_factors([Part(x, y, df, hidden)], hidden, drawn, "association")
        for prefix, a, b in (("", drawn.target_x, drawn.target_y), ("decoy_", drawn.decoy_x, drawn.decoy_y)):
            order = np.argsort(a, kind="stable")
            if len(order):
                both = tails(associations(x, y, df, a[order], b[order], hidden))
                shares |= {f"{prefix}repression": both[0], f"{prefix}activation": both[1]}
    return _columns(associations(x, y, df, pairs.mirna, pairs.mrna, hidden)), shares, hidden


def _ranked(data: _mudata.Paired, held: Held) -> tuple[np.ndarray, np.ndarray, int]:
    from csmir.inference.association import ranked

    strata = np.zeros(len(data.cells), np.int64) if held.strata is None else held.strata
    mirna = check.finite_matrix("The miRNA matrix", _mudata.dense(data.mirna))
    mrna = check.finite_matrix("The mRNA matrix", _mudata.dense(data.mrna))
    return ranked(mirna, mrna, strata, held.nuisance)


def _columns(found: Associations, suffix: str = "") -> dict[str, np.ndarray]:
    from csmir.kernels.fdr import adjusted

    return {
        f"{K.Var.ASSOCIATION_RHO}{suffix}": found.rho,
        f"{K.Var.ASSOCIATION_P}{suffix}": found.pvalue,
        f"{K.Var.ASSOCIATION_Q}{suffix}": adjusted(found.pvalue),
    }


def _of_group(
    data: _mudata.Paired, pairs: Pairs, held: Held, inside: np.ndarray, name: str, hidden: Hidden | None
) -> dict[str, np.ndarray]:  # fmt: skip
    """The same inside one group, with the factors of all; NaN where it is too small."""
    from csmir.inference.association import Associations, associations

    at, suffix = np.flatnonzero(inside), f"_{name}"
    if len(at) < FEWEST:
        logger.warning("association: %d cells in %s are too few to be tested", len(at), name)
        nothing = np.full(len(pairs), np.nan)
        return {column: nothing.copy() for column in _columns(Associations(np.ones(1), np.ones(1)), suffix)}
    some = data._replace(cells=data.cells[at], mirna=data.mirna[at], mrna=data.mrna[at])
    strata = None if held.strata is None else np.unique(held.strata[at], return_inverse=True)[1]
    nuisance = None if held.nuisance is None else held.nuisance[at]
    x, y, df = _ranked(some, held._replace(strata=strata, nuisance=nuisance))
    own = None if hidden is None else hidden.within(at)
    return _columns(associations(x, y, df, pairs.mirna, pairs.mrna, own), suffix)


def _modality(mdata: MuData, data: _mudata.Paired, pairs: Pairs, key: str) -> AnnData:
    var, unique = var_of(data, pairs, key)
    cells = mdata.obs_names[mdata.obs_names.isin(data.cells)]
    x = sparse.csr_matrix((len(cells), len(pairs)), dtype=np.float32)
    return new(x, obs_of(mdata, cells), var, unique=unique)


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
