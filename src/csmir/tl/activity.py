"""A miRNA modality inferred from the mRNAs alone."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step

INFERRED_MIRNA = "mirna_inferred"
EXACT = 7  # cells whose orders are all counted


@step
def activity(
    mdata: MuData,
    net: pd.DataFrame,
    *,
    min_targets: int = 5,
    center: bool = True,
    leave_out_target: bool = False,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    layer: str | None = None,
    key_added: str | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Infer the activity of miRNAs in every cell from the mRNAs that they are thought to repress.

    For data without miRNAs, or to see whether measured miRNAs do what the prior says. In each cell, decoupler's
    univariate linear model regresses the expression :math:`y_g` of all mRNAs on whether they are a target,

    .. math:: y_g = \beta_0 + \beta_1 x_g + \epsilon_g, \quad x_g = -1 \text{ for targets, } 0 \text{ for the rest}

    and the t-value of :math:`\beta_1` is the activity: above 0 where the targets are lower than the other mRNAs. If the
    miRNAs were measured too, the activity of each is compared with its measured level over the cells (Spearman).

    Parameters
    ----------
    %(mdata)s
    %(net)s
        Its weights are not used: every target counts as repressed.
    min_targets
        Leave out miRNAs with fewer targets among the mRNAs in the data.
    center
        Subtract each mRNA's mean over the cells first, so that activity is relative to the other cells. Otherwise it is
        mostly about how much a miRNA's targets are expressed anywhere.
    leave_out_target
        Keep which mRNAs each activity is made of, so that :func:`csmir.tl.regulation` with `statistic="local"` tests
        each pair with an activity that its mRNA is left out of, from both sides of the model. What is written does
        not change otherwise.
    mirna
        Name of the measured miRNA modality to compare with, if there is one.
    mrna
        Name of the mRNA modality, log-transformed (:func:`csmir.pp.recipe_csmir`).
    layer
        Layer of both modalities to use in place of `X`.
    key_added
        Name of the modality to write; None takes that of `mirna` if nothing was measured, else `mirna_inferred`. A
        measured modality is never overwritten.
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Writes a modality, an AnnData cells x miRNAs:

    - `.X` float32: the activity, moved up by a constant so that it is above 0, as expression is. Ranks and distances
      stay what they are, and with them everything that csmir computes from it;
    - `.layers["t"]`, `.layers["padj"]` float32: the t-value, and its p-value corrected over the miRNAs of the cell;
    - `.var`: `inferred` (always True), `n_targets`; and where the miRNA was measured, `agreement` (Spearman's rho of
      measured level and activity over the cells), `agreement_pvalue` (over all orders of the cells for up to seven,
      else by the t-distribution), `agreement_qvalue` (Benjamini-Hochberg over the miRNAs). NaN where it was not, or
      does not vary;
    - `.uns["csmir"]["activity"]`: the parameters, `inferred` (True), and `shift`, the constant;
    - `.uns["csmir"]["activity_targets"]`, with `leave_out_target`: the pairs, `source` and `target`.

    The miRNAs keep their names, so beside a measured modality MuData will say that variable names repeat; every csmir
    function asks for the modality by name.

    Networks inferred from it with the same prior are circular: a miRNA's activity is made of the very mRNAs that it is
    then tested against, and 7 to 55 % of all pairs are interactions where nothing is regulated. With
    `leave_out_target=True` the tested mRNA has no part in the activity any more: what is found then is that a target
    goes down where the *other* targets of the miRNA are low. That is evidence of regulation as far as nothing else
    moves these targets together. What moves many mRNAs is absorbed by comparing cells with their neighbours (the
    default then), or inside types (`groups=`) by hidden factors, which finds more; with groups and `factors=0` a
    program that holds half of a miRNA's targets makes a tenth to a half of all pairs significant at 1 %. Each pair has
    a vector of its own to be ranked and smoothed: about 0.2 microseconds a pair and cell on one core.

    Raises
    ------
    InputError
        No miRNA of the prior has enough targets in the data, the matrix holds missing or negative values, or
        `key_added` names a measured modality.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.activity(mdata, mdata.uns["prior"])
    >>> mdata["mirna_inferred"].shape
    (30, 20)

    References
    ----------
    Badia-i-Mompel P et al. (2022), Bioinformatics Advances 2:vbac016.
    """
    min_targets = check.integer("min_targets", min_targets, low=1)
    mdata = assemble.duplicate(mdata) if copy else mdata
    targets = _mudata.modality(mdata, mrna)
    for name in [key for key in (mrna, mirna) if key in mdata.mod]:
        _mudata.refuse_repeated(name, mdata.mod[name], "cell")
    key = _free_key(mdata, mirna, key_added)
    x = check.finite_matrix(f"The {mrna} matrix", _mudata.dense(_mudata.matrix(targets, layer, mrna)))
    prior, n_targets = _repressing(net, targets, min_targets)
    t, p = _ulm(x - x.mean(axis=0) if center else x, targets, prior, min_targets)
    shift = max(0.0, 1.0 - float(t.to_numpy().min()))
    adata = AnnData(
        (t.to_numpy() + shift).astype(np.float32),
        obs=pd.DataFrame(index=targets.obs_names),
        var=pd.DataFrame({"inferred": True, "n_targets": n_targets.loc[t.columns].astype(np.int32)}, index=t.columns),
        layers={"t": t.to_numpy(dtype=np.float32), "padj": p.to_numpy(dtype=np.float32)},
    )
    adata.var.index.name = None
    logger.info(
        "activity: %d miRNAs in %d cells, with %d to %d targets each",
        adata.n_vars, adata.n_obs, n_targets.min(), n_targets.max(),
    )  # fmt: skip
    if mirna in mdata.mod and mirna != key:
        _compare(adata, mdata.mod[mirna], layer, mirna)
    if leave_out_target:
        table = prior[[K.SOURCE, K.TARGET]].astype("category").reset_index(drop=True)
        adata.uns.setdefault(K.UNS, {})[K.Table.ACTIVITY_TARGETS] = table
    _mudata.record(
        adata, "activity", inferred=True, method="decoupler ulm", min_targets=min_targets, center=center,
        leave_out_target=bool(leave_out_target), mrna=mrna,
        layer=layer, shift=shift, n_pairs=len(prior),
    )  # fmt: skip
    assemble.set_modality(mdata, key, adata)
    return mdata if copy else None


def _free_key(mdata: MuData, mirna: str, key: str | None) -> str:
    """Where to write: never over what was measured."""
    measured = {name for name, adata in mdata.mod.items() if not _mudata.is_inferred(adata)}
    if key is None:
        return INFERRED_MIRNA if mirna in measured else mirna
    if assemble.file_name("key_added", key) in measured:
        raise InputError(f"`key_added` must not name a measured modality; the MuData has {check.listing(measured)}.")
    return key


def _repressing(net: pd.DataFrame, targets: AnnData, min_targets: int) -> tuple[pd.DataFrame, pd.Series]:
    """Pairs of the prior in the data with weight -1, and the number of targets of each miRNA that has enough."""
    from csmir._names.aligned import aligned_pairs

    net = check.net(net)
    sources = pd.Index(net[K.SOURCE].astype(str).unique())
    found = aligned_pairs(net, sources, targets.var_names)
    prior = pd.DataFrame({
        K.SOURCE: sources[found.mirna_idx], K.TARGET: targets.var_names[found.mrna_idx], K.WEIGHT: -1.0,
    })  # fmt: skip
    n_targets = prior[K.SOURCE].value_counts()
    enough = n_targets[n_targets >= min_targets]
    if enough.empty:
        raise InputError(
            f"No miRNA of the prior has {min_targets} targets in the data; {n_targets.index[0]!r} has the most, "
            f"{n_targets.iloc[0]}. Lower `min_targets`, or take a larger prior."
        )
    if enough.iloc[0] == targets.n_vars:
        raise InputError(
            f"{enough.index[0]!r} of the prior targets all {targets.n_vars:,} mRNAs of the data, and none is left to "
            "compare them with. Keep all measured mRNAs in the data, or leave that miRNA out of the prior."
        )
    if len(enough) < len(sources):
        n_few = len(sources) - len(enough)
        logger.info("activity: %d of %d miRNAs have fewer than %d targets", n_few, len(sources), min_targets)
    return prior[prior[K.SOURCE].isin(enough.index)], enough


def _ulm(x: np.ndarray, targets: AnnData, prior: pd.DataFrame, min_targets: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Decoupler's t-values and adjusted p-values, cells x miRNAs in the order of the prior."""
    import csmir.kernels  # noqa: F401, I001 - first: a folder for what decoupler compiles, where there is none
    import decoupler as dc

    frame = pd.DataFrame(x, index=targets.obs_names, columns=targets.var_names)
    t, p = dc.mt.ulm(frame, prior, tmin=min_targets, empty=False)
    names = pd.Index(prior[K.SOURCE].unique())
    t, p = (scores.reindex(index=targets.obs_names, columns=names) for scores in (t, p))
    if not np.isfinite(t.to_numpy()).all():
        n_bad = int((~np.isfinite(t.to_numpy())).any(axis=1).sum())
        raise InputError(
            f"{n_bad} cells have no activity: all of their mRNAs have one value. Remove them, or mend the matrix."
        )
    return t, p


def _exact(x: np.ndarray, y: np.ndarray) -> float:
    """Two-sided p of Spearman's rho over all orders of the cells: of three cells, none is below 1/3."""
    from scipy.stats import rankdata

    a, b = rankdata(x) - (len(x) + 1) / 2, rankdata(y) - (len(y) + 1) / 2
    dealt = np.abs(b[np.array(list(permutations(range(len(b)))))] @ a)
    return float(np.mean(dealt >= abs(a @ b) - 1e-9))


def _compare(adata: AnnData, measured: AnnData, layer: str | None, name: str) -> None:
    """Spearman's correlation of measured level and activity, for each miRNA over the cells that have both."""
    from scipy.stats import false_discovery_control, spearmanr

    cells = adata.obs_names.intersection(measured.obs_names, sort=False)
    both = adata.var_names.intersection(measured.var_names.unique(), sort=False)
    rho, p, q = (np.full(adata.n_vars, np.nan) for _ in range(3))
    rows = measured.obs_names.get_indexer(cells)
    level = _mudata.dense(_mudata.matrix(measured, layer, name)[rows])
    score = adata[cells].X
    for m in both:
        at = adata.var_names.get_loc(m)
        x, y = level[:, np.flatnonzero(measured.var_names == m)[0]], score[:, at]
        if len(cells) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0:
            rho[at], p[at] = spearmanr(x, y)
            if len(cells) <= EXACT:
                p[at] = _exact(x, y)
    known = ~np.isnan(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    adata.var["agreement"], adata.var["agreement_pvalue"], adata.var["agreement_qvalue"] = rho, p, q
    if not known.any():
        logger.warning("activity: no miRNA was both measured and inferred; nothing to compare")
        return
    logger.info(
        "activity: %d miRNAs were measured too; median Spearman %.2f over %d cells, %d above 0 with q < 0.05, %d below",
        known.sum(), np.median(rho[known]), len(cells),
        ((q < 0.05) & (rho > 0)).sum(), ((q < 0.05) & (rho < 0)).sum(),
    )  # fmt: skip
