"""Loci of one miRNA."""

from __future__ import annotations

from typing import Any

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata.step import step
from csmir._names import forms
from csmir.pp import _values as V
from csmir.pp._combine import merged
from csmir.pp.log2p1 import refuse_logged

STEP = "merge_loci"


@step
def merge_loci(mdata: MuData, *, layer: str | None = None, mirna: str = K.MIRNA, copy: bool = False) -> MuData | None:
    r"""Add up the loci of each hairpin: `hsa-mir-16-1` and `hsa-mir-16-2` become `hsa-mir-16`.

    Data by hairpin (TCGA, nf-core/smrnaseq) or by gene (total RNA: `MIR16-1`, `MIR16-2`) have a feature for each locus
    in the genome, while a mature miRNA from several loci is one molecule: its abundance is
    :math:`\sum_l x_{cl}` over its loci :math:`l`. Values must be linear, so run this before :func:`csmir.pp.log2p1`.

    A locus is the last number of a hairpin's name, behind a number (`mir-16-1`, `let-7a-2`, `MIRLET7A2`). Stems with
    one locus in the data keep their name, and so do mature names (`hsa-miR-16-1-3p` and `hsa-miR-16-2-3p` are two
    sequences) and viral ones (`kshv-mir-K12-1` and `-2` are two miRNAs).

    Parameters
    ----------
    %(mdata)s
    layer
        Layer that must be without missing values and logarithms, in place of `X`. `X` and all layers are added up.
    mirna
        Name of the miRNA modality.
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        Features share a name; loci to be added up have missing or infinite values, or values are marked as logged.

    Notes
    -----
    Where loci are added up, the modality is replaced; its features stay in the order in which they first appear, and
    `.var["n_merged"]` (int32) tells how many features each is the sum of. `X` and the layers keep dtype and container,
    except that whole numbers become float64. A hairpin still gives two mature miRNAs: see `arms=` of
    :func:`csmir.priors.reconcile`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mirna"].var_names = ["hsa-mir-16-1", "hsa-mir-16-2", *mdata["mirna"].var_names[2:]]
    >>> cs.pp.merge_loci(mdata)
    >>> mdata["mirna"].var_names[0], mdata["mirna"].n_vars
    ('hsa-mir-16', 19)
    """
    out = V.opened(mdata, copy, mirna)
    adata = out[mirna]
    if not adata.var_names.is_unique:
        twice = adata.var_names[adata.var_names.duplicated()].unique()
        raise InputError(
            f"Features of the {mirna} modality share names: {check.listing(twice)}. Run cs.pp.merge_duplicates(mdata) "
            "first (how='sum' for what was counted apart)."
        )
    names = without_loci(adata.var_names.astype(str))
    new: AnnData = adata
    if not names.is_unique:
        refuse_logged(out, adata, layer, mirna, "Sums are of linear values: run this before cs.pp.log2p1")
        new = merged(adata, names, layer, mirna, "sum")
        V.replace(out, {mirna: new})
    else:
        logger.info("merge_loci: no hairpin of %s has several loci", mirna)
    counts: dict[str, Any] = {"n_merged": adata.n_vars - new.n_vars}
    _mudata.record(out, STEP, layer=layer, **counts)
    return out if copy else None


def without_loci(names: pd.Index) -> pd.Index:
    """Names, those of several loci of one stem under the name of the stem, unless that is taken."""
    stems: dict[str, list[str]] = {}
    for name in names:
        stem = forms.without_locus(name)
        if stem is not None:
            stems.setdefault(stem, []).append(name)
    new = {n: stem for stem, loci in stems.items() if len(loci) > 1 and stem not in set(names) for n in loci}
    return pd.Index([new.get(n, n) for n in names], dtype=object)
