"""Features that share a name."""

from __future__ import annotations

from typing import Any, Literal

from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._mudata.step import step
from csmir.pp import _values as V
from csmir.pp._combine import HOW, average, mean_of_columns, merged
from csmir.pp.log2p1 import refuse_logged

__all__ = ["average", "mean_of_columns", "merge_duplicates"]


@step
def merge_duplicates(
    mdata: MuData,
    *,
    how: Literal["mean", "sum"] = "mean",
    layer: str | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    copy: bool = False,
) -> MuData | None:
    r"""Average, or add up, the features that share a name, so that each name stands once.

    A mature miRNA that comes from several loci has a row for each of them in many files. Feature :math:`g` becomes
    :math:`\bar x_{cg} = \frac{1}{k} \sum_{i=1}^{k} x_{cg_i}` over the :math:`k` features with its name. In the
    reference's order these are means of logged values (:func:`csmir.pp.log2p1` first); the paper's text has them before
    the logarithm.

    Features that were counted apart, isomiRs of one miRNA or transcripts of one gene, are added up with `how="sum"`:
    :math:`\sum_{i=1}^{k} x_{cg_i}`, of linear values, before the logarithm.

    The statistic depends on ties alone, so averaging must not break any: cells that hold the same :math:`k` values, in
    whatever order, get the same mean to the last bit, and :math:`k` equal values have exactly this value as their mean
    (in floating point, (a + a + a) / 3 need not be a). The mean never leaves the range of the values, so that only
    zeros average to 0.

    Parameters
    ----------
    %(mdata)s
    how
        `"mean"`, or `"sum"` for what was counted apart.
    layer
        Layer of both modalities that must be without missing values, in place of `X`. `X` and all layers are averaged
        alike in any case.
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        A feature to be averaged has missing or infinite values; features without a name, which would be averaged as
        one; values to be added up that are marked as logged.

    Notes
    -----
    Features stay in the order in which their names first appear; `.var`, `.varm` and `.varp` are those of
    the first feature of each name. Where names repeat, the modality is replaced, and `.var["n_merged"]` (int32) tells
    how many features a mean is taken over. `X` and the layers keep dtype and container, except that whole numbers
    become float64.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mirna"].var_names = ["hsa-let-7a-5p", *mdata["mirna"].var_names[1:]]
    >>> cs.pp.merge_duplicates(mdata)
    >>> mdata["mirna"].shape
    (30, 19)
    >>> int(mdata["mirna"].var["n_merged"].iloc[0])
    2
    """
    check.choice("how", how, HOW)
    keys = V.measured(mdata, mirna, mrna, "merge_duplicates")
    out = V.opened(mdata, copy, *keys)
    counts: dict[str, Any] = {}
    parts = {}
    for key in keys:
        adata = out[key]
        if how == "sum" and not adata.var_names.is_unique:
            refuse_logged(out, adata, layer, key, "Sums are of linear values: run this before cs.pp.log2p1")
        parts[key] = _merged(adata, layer, key, how)
        counts[f"n_merged_{key}"] = adata.n_vars - parts[key].n_vars
    changed = {key: adata for key, adata in parts.items() if counts[f"n_merged_{key}"]}
    V.replace(out, changed)
    _mudata.record(out, "merge_duplicates", how=how, layer=layer, **counts)
    return out if copy else None


def _merged(adata: AnnData, layer: str | None, key: str, how: str) -> AnnData:
    """The AnnData itself if no name repeats, or a new one."""
    names = adata.var_names.astype(str)
    blank = names.str.strip().isin(check.NO_NAME)
    if blank.any():
        nameless = [str(name) for name in names[blank].unique()]
        raise InputError(
            f"{int(blank.sum()):,} features of the {key} modality have no name. Name them, or leave them out: "
            f"cs.io.make_mudata(mdata[{key!r}][:, ~mdata[{key!r}].var_names.isin({nameless})], ...)."
        )
    return merged(adata, names, layer, key, how)
