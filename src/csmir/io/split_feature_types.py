"""One AnnData of several feature types, as 10x and total-RNA methods write it, into one MuData."""

from __future__ import annotations

import re

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import record
from csmir._mudata.assemble import assemble, repeated_names
from csmir._names import forms
from csmir.io._build import check_anndata
from csmir.io._checks import warn_of_all_totals

# columns that name the type of a feature, and words for the two types, in order of preference
KEYS = ("feature_types", "gene_type", "gene_biotype", "biotype", "gene_biotypes", "feature_biotype", "feature_type")
MIRNA = ("miRNA", "mirna", "MIRNA", "microRNA")
MRNA = ("Gene Expression", "protein_coding", "ProteinCoding", "protein coding", "mRNA")
# columns that hold symbols where the features are named by identifiers
SYMBOLS = ("gene_name", "gene_symbol", "gene_symbols", "gene_names", "symbol", "feature_name", "gene_short_name")
ENSEMBL = re.compile(r"ENS[A-Z]{0,6}G\d{6,}(?:\.\d+)?", re.IGNORECASE)
# VASA-seq: ENSG00000284190.1_MIR21_miRNA
IN_NAMES = re.compile(r"(?P<id>ENS[A-Z]{0,6}G\d{6,}(?:\.\d+)?)[_-](?P<symbol>.+)[_-](?P<type>[A-Za-z]\w*)")


def split_feature_types(
    adata: AnnData, *, mirna: str | None = None, mrna: str | None = None, key: str | None = None
) -> MuData:
    """Part an AnnData into a miRNA and an mRNA modality by the type of each feature.

    Takes 10x's feature types and the biotypes of total-RNA matrices (Smart-seq-total, VASA-seq, TotalX), in a column of
    `.var` or within the names (`ENSG00000284190.1_MIR21_miRNA`). Where features are named by Ensembl numbers and a
    column has their symbols, they get the symbols.

    Parameters
    ----------
    adata
        Cells x features of both kinds, such as `sc.read_10x_h5(path, gex_only=False)` gives.
    mirna, mrna
        The values of `.var[key]` that mark miRNAs and mRNAs. None takes `"miRNA"`, and `"Gene Expression"` or
        `"protein_coding"`, as far as they are there.
    key
        The column of `.var`. None takes `feature_types`, `gene_type`, `gene_biotype` or `biotype`.

    Returns
    -------
    MuData with modalities `mirna` and `mrna` over the same cells; features of other types are left out and logged.
    `mdata.uns["csmir"]["pairing"]` says `by="feature_types"`. Where names changed, `.var["original_name"]` has those
    before.

    Raises
    ------
    InputError
        The column is not there, or a type is not in it (the message lists the types found); cells are there twice.

    Notes
    -----
    Total RNA is counted by gene: `MIR142` is a hairpin that gives two mature miRNAs, whose arms nobody saw. A prior is
    matched to it with `arms="both"` of :func:`csmir.priors.reconcile`, and :func:`csmir.pp.merge_loci` adds up loci.

    Examples
    --------
    >>> import anndata, numpy as np, pandas as pd
    >>> import csmir as cs
    >>> types = ["Gene Expression", "Gene Expression", "miRNA"]
    >>> var = pd.DataFrame({"feature_types": types}, index=["PTEN", "ACTB", "hsa-miR-21-5p"])
    >>> cs.io.split_feature_types(anndata.AnnData(np.ones((4, 3)), var=var)).shape
    (4, 3)
    """
    if not isinstance(adata, AnnData):
        raise InputError(
            f"Expected an AnnData with .var[{key or KEYS[0]!r}]; found {type(adata).__name__}. Read a file first: "
            "sc.read_10x_h5(path, gex_only=False) or cs.io.read(path)."
        )
    types, column = _types(adata, key)
    check_anndata(adata, "The AnnData")
    if not adata.obs_names.is_unique:
        twice = adata.obs_names[adata.obs_names.duplicated()].unique()
        raise InputError(f"The AnnData holds cells more than once: {check.listing(twice)}. Rename or drop them.")
    adata = adata.to_memory() if adata.isbacked else adata
    counts = types.value_counts()
    mirna, mrna = _chosen("mirna", mirna, MIRNA, counts, column), _chosen("mrna", mrna, MRNA, counts, column)
    if mirna == mrna:
        raise InputError(f"`mirna` and `mrna` must be two types; both are {mirna!r}.")
    left_out = counts.drop([mirna, mrna])
    if len(left_out):
        logger.warning("left out %d features of other types: %s", int(left_out.sum()), check.listing(left_out.index))
    is_mirna, is_mrna = (types == mirna).to_numpy(), (types == mrna).to_numpy()
    logger.info("%d cells, %d miRNAs, %d mRNAs", adata.n_obs, is_mirna.sum(), is_mrna.sum())
    names = _symbols(adata)
    parts = {}
    with repeated_names():
        for modality, chosen in ((K.MIRNA, is_mirna), (K.MRNA, is_mrna)):
            part = adata[:, chosen].copy()
            if names is not None:
                part.var[K.Obs.ORIGINAL_NAME] = part.var_names.to_numpy()
                part.var_names = names[chosen]
            parts[modality] = part
        mdata = assemble(parts)
    warn_of_all_totals(mdata[K.MIRNA], mdata[K.MRNA])
    if forms.level_of(mdata[K.MIRNA].var_names) == forms.GENE:
        logger.info(
            "miRNAs are named by gene (%s), each of which gives two mature miRNAs: match a prior with arms='both'",
            check.listing(mdata[K.MIRNA].var_names, 3),
        )
    record(mdata, K.PAIRING, by="feature_types", n_paired=adata.n_obs, n_mirna=adata.n_obs, n_mrna=adata.n_obs)
    return mdata


def _types(adata: AnnData, key: str | None) -> tuple[pd.Series, str]:
    """The type of each feature, and what messages call the place."""
    found = next((k for k in KEYS if k in adata.var), None) if key is None else key
    if found in adata.var:
        return adata.var[found].astype(str), f".var[{found!r}]"
    named = [IN_NAMES.fullmatch(str(n)) for n in adata.var_names] if key is None else []
    if named and sum(m is not None for m in named) > len(named) / 2:
        return pd.Series(
            [m["type"] if m else "none" for m in named], index=adata.var_names
        ), "the names of the features"
    raise InputError(
        f"The AnnData has no .var[{found or KEYS[0]!r}]; its .var has "
        f"{check.listing(adata.var.columns, 8) or 'no columns'}. "
        "Name the column with `key=`, or put two matrices together with cs.io.make_mudata(mirna, mrna)."
    )


def _chosen(argument: str, value: str | None, usual: tuple[str, ...], counts: pd.Series, column: str) -> str:
    """The word for one of the two types."""
    wanted = next((w for w in usual if w in counts.index), usual[0]) if value is None else value
    if wanted not in counts.index:
        found = ", ".join(f"{name!r} ({n:,})" for name, n in counts.items())
        raise InputError(
            f"No feature is of the type {argument}={wanted!r}; {column} holds {found}. Name yours with "
            f"`{argument}=`." + check.suggest(wanted, list(counts.index))
        )
    return wanted


def _symbols(adata: AnnData) -> pd.Index | None:
    """Symbols for features that are named by Ensembl numbers, if they are told; None leaves the names."""
    names = adata.var_names.astype(str)
    within = [IN_NAMES.fullmatch(n) for n in names]
    if any(within):
        return pd.Index([m["symbol"] if m else n for m, n in zip(within, names, strict=True)], dtype=object)
    column = next((c for c in SYMBOLS if c in adata.var), None)
    if column is None or sum(ENSEMBL.fullmatch(n) is not None for n in names) <= len(names) / 2:
        return None
    told = adata.var[column].astype(object)
    blank = told.isna() | told.astype(str).str.strip().isin(check.NO_NAME)
    logger.info("features are named by .var[%r] in place of Ensembl numbers; %d have none", column, int(blank.sum()))
    return pd.Index([n if b else str(t) for n, b, t in zip(names, blank, told, strict=True)], dtype=object)
