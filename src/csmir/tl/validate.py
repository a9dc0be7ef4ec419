"""How much of the networks is known from experiments, and how much belongs to a disease."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir.tl._ground_truth.known import among_sorted, directed, known_pairs, related_names, universe


@step
def validate(
    data: MuData | AnnData,
    truth: pd.DataFrame | None = None,
    *,
    disease: Iterable[str] | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | None:
    """Count how many interactions of each cell are experimentally validated, and how many are related to a disease.

    Of a cell's interactions, those in the ground truth are *validated*, and those of which both the miRNA and the mRNA
    are in the disease list are *disease-related*. Both are given in percent. For the cell's hub miRNAs
    (:func:`csmir.tl.hubs`), the percentage validated is that of all their interactions, and the percentage
    disease-related is that of the hubs themselves.

    A pair that the ground truth lacks need not be false: nobody may have looked. Compare with what chance gives, by
    :func:`csmir.tl.compare`.

    Parameters
    ----------
    %(data)s
    truth
        Validated pairs, a DataFrame with columns `source` (miRNA) and `target` (mRNA), or `mirna` and `mrna`.
    disease
        Names of disease-related miRNAs and mRNAs, written as in the data.
    %(modalities)s
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Written to `mdata["regulation"]`, as far as `truth`, `disease` and hubs are there:

    - `.var["validated"]`, `.var["disease"]`: bool, pairs that are in the ground truth, or have both ends in the list;
    - `.obs["pct_validated"]`, `.obs["pct_disease"]`: float64, percent of the cell's interactions;
    - `.obs["pct_validated_hubs"]`: percent of the interactions of the cell's hubs; `.obs["pct_disease_hubs"]`:
      percent of its hubs. All are NaN for a cell with an empty network;
    - `.uns["csmir"]["validate"]`: `n_truth`, the validated pairs among all pairs of the data's miRNAs and mRNAs.

    Raises
    ------
    StepError
        There are no networks yet.
    InputError
        Neither `truth` nor `disease` is given, the ground truth shares no pair with the data (the message says why), no
        disease-related name is in the data, or the networks are not of miRNAs and mRNAs.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.validate(mdata, mdata.uns["prior"].iloc[::2], regulation="truth")
    >>> bool(mdata["truth"].obs["pct_validated"].between(20, 80).all())
    True

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    if truth is None and disease is None:
        raise InputError("There is nothing to compare with: give `truth` (validated pairs) or `disease` (names).")
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    directed(adata, "validate")
    among = universe(data, adata, mirna, mrna)
    edges = _mudata.edges(adata)
    hubs = adata.obsm.get(K.Obsm.HUB)
    if hubs is None:
        logger.info("validate: interactions only; run cs.tl.hubs first to have the hubs as well")
    noted = {}
    if truth is not None:
        known = known_pairs(truth, among)
        is_known = among_sorted(among.keys(adata.var[K.Var.MIRNA], adata.var[K.Var.MRNA]), known)
        adata.var[K.Var.VALIDATED] = is_known
        adata.obs[K.Obs.PCT_VALIDATED] = percent(edges, is_known)
        if hubs is not None:
            adata.obs[K.Obs.PCT_VALIDATED_HUBS] = _of_hubs(adata, edges, is_known, hubs)
        noted["n_truth"] = len(known)
        _report(adata, "validated", is_known, K.Obs.PCT_VALIDATED)
    if disease is not None:
        names = related_names(disease, among)
        ends = [adata.var[key].astype(str).isin(names).to_numpy() for key in (K.Var.MIRNA, K.Var.MRNA)]
        adata.var[K.Var.DISEASE] = ends[0] & ends[1]
        adata.obs[K.Obs.PCT_DISEASE] = percent(edges, ends[0] & ends[1])
        if hubs is not None:
            is_hub = hubs.to_numpy(dtype=bool)
            adata.obs[K.Obs.PCT_DISEASE_HUBS] = _share(
                is_hub @ hubs.columns.isin(names).astype(int), is_hub.sum(axis=1)
            )
        noted["n_disease"] = len(names)
        noted["n_disease_in_data"] = sum(n in among.mirnas or n in among.mrnas for n in names)
        both_kinds = among.mirnas.isin(names).any() and among.mrnas.isin(names).any()
        why = "though the data has such pairs" if both_kinds else "for the data has only one kind of the names"
        _report(adata, "disease-related", ends[0] & ends[1], K.Obs.PCT_DISEASE, why)
    made_of.mark(adata, "pairs", obs=_written(truth, disease, hubs))
    _mudata.record(adata, "validate", **noted)
    return data if copy else None


def _written(truth: object, disease: object, hubs: object) -> list[str]:
    """Columns of `.obs` that hold percentages of these."""
    of = [(truth, K.Obs.PCT_VALIDATED, K.Obs.PCT_VALIDATED_HUBS), (disease, K.Obs.PCT_DISEASE, K.Obs.PCT_DISEASE_HUBS)]
    return [c for given, *columns in of if given is not None for c in columns[: 1 if hubs is None else 2]]


def percent(edges: sparse.csr_matrix, of: np.ndarray) -> np.ndarray:
    """Percent of each cell's edges that are among the pairs `of`; NaN without edges."""
    return _share(edges.astype(np.int32) @ of.astype(np.int32), np.diff(edges.indptr))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(100.0 * part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _of_hubs(adata: AnnData, edges: sparse.csr_matrix, is_known: np.ndarray, hubs: pd.DataFrame) -> np.ndarray:
    """Percent of the hubs' edges that are validated."""
    codes, names = _networks.sources(adata)
    is_hub = hubs.reindex(columns=names, fill_value=False).to_numpy(dtype=bool)
    whole = _networks.out_degree(edges, codes, len(names))
    part = _networks.out_degree(edges[:, is_known], codes[is_known], len(names))
    return _share((part * is_hub).sum(axis=1), (whole * is_hub).sum(axis=1))


def _report(
    adata: AnnData, what: str, pairs: np.ndarray, column: str, why: str = "though the data has such pairs"
) -> None:
    values = adata.obs[column].to_numpy()
    known = values[~np.isnan(values)]
    logger.info(
        "validate: %d of %d pairs are %s; of the interactions of a cell, %s %%",
        pairs.sum(), len(pairs), what, f"{known.min():.2f}-{known.max():.2f}" if len(known) else "no",
    )  # fmt: skip
    if len(known) < len(values):
        logger.warning("validate: %d cells have an empty network: NaN", len(values) - len(known))
    if not pairs.any():
        logger.warning("validate: no pair of the networks is %s, %s", what, why)
