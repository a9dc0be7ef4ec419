"""One AnnData with several feature types, as 10x writes it, into one MuData."""

from __future__ import annotations

from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import record
from csmir._mudata.assemble import assemble, repeated_names
from csmir.io._build import check_anndata


def split_feature_types(
    adata: AnnData, *, mirna: str = "miRNA", mrna: str = "Gene Expression", key: str = "feature_types"
) -> MuData:
    """Part an AnnData into a miRNA and an mRNA modality by the type of each feature.

    Parameters
    ----------
    adata
        Cells x features of both kinds, such as `sc.read_10x_h5(path, gex_only=False)` gives.
    mirna, mrna
        The values of `.var[key]` that mark miRNAs and mRNAs.
    key
        The column of `.var`.

    Returns
    -------
    MuData with modalities `mirna` and `mrna` over the same cells; features of other types are left out and logged.
    `mdata.uns["csmir"]["pairing"]` says `by="feature_types"`.

    Raises
    ------
    InputError
        The column is not there, or a type is not in it (the message lists the types found); cells are there twice.

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
            f"Expected an AnnData with .var[{key!r}]; found {type(adata).__name__}. Read a file first: "
            "sc.read_10x_h5(path, gex_only=False) or cs.io.read(path)."
        )
    if key not in adata.var:
        raise InputError(
            f"The AnnData has no .var[{key!r}]; its .var has {check.listing(adata.var.columns, 8) or 'no columns'}. "
            "Name the column with `key=`, or put two matrices together with cs.io.make_mudata(mirna, mrna)."
        )
    check_anndata(adata, "The AnnData")
    if not adata.obs_names.is_unique:
        twice = adata.obs_names[adata.obs_names.duplicated()].unique()
        raise InputError(f"The AnnData holds cells more than once: {check.listing(twice)}. Rename or drop them.")
    adata = adata.to_memory() if adata.isbacked else adata
    types = adata.var[key].astype(str)
    counts = types.value_counts()
    for argument, value in (("mirna", mirna), ("mrna", mrna)):
        if value not in counts.index:
            found = ", ".join(f"{name!r} ({n:,})" for name, n in counts.items())
            raise InputError(
                f"No feature is of the type {argument}={value!r}; .var[{key!r}] holds {found}. Name yours with "
                f"`{argument}=`." + check.suggest(value, list(counts.index))
            )
    if mirna == mrna:
        raise InputError(f"`mirna` and `mrna` must be two types; both are {mirna!r}.")
    left_out = counts.drop([mirna, mrna])
    if len(left_out):
        logger.warning("left out %d features of other types: %s", int(left_out.sum()), check.listing(left_out.index))
    is_mirna, is_mrna = (types == mirna).to_numpy(), (types == mrna).to_numpy()
    logger.info("%d cells, %d miRNAs, %d mRNAs", adata.n_obs, is_mirna.sum(), is_mrna.sum())
    with repeated_names():
        mdata = assemble({K.MIRNA: adata[:, is_mirna].copy(), K.MRNA: adata[:, is_mrna].copy()})
    record(mdata, K.PAIRING, by="feature_types", n_paired=adata.n_obs, n_mirna=adata.n_obs, n_mrna=adata.n_obs)
    return mdata
