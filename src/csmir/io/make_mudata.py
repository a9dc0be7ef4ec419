"""Two expression matrices into one MuData, cell by cell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeAlias

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import record
from csmir._mudata.assemble import assemble, repeated_names
from csmir.io._build import check_anndata
from csmir.io._checks import check_features
from csmir.io._pair_table import by_table
from csmir.io._pairing import Pairs, by_name, by_regex
from csmir.io.read import read

Matrix: TypeAlias = str | os.PathLike[str] | pd.DataFrame | AnnData


def make_mudata(
    mirna: Matrix,
    mrna: Matrix,
    *,
    pair_by: str | Sequence[str] | None = None,
    pair_table: pd.DataFrame | str | os.PathLike[str] | None = None,
    keep_unpaired: bool = False,
    features: str = "auto",
    check_names: bool = True,
) -> MuData:
    r"""Put a miRNA and an mRNA matrix together, pairing their cells.

    Cells are paired by exactly equal names unless `pair_by` or `pair_table` says otherwise. Cells without a partner are
    left out, logged, and listed in `.uns["csmir"]["pairing"]`. No value is changed: missing, negative or raw values are
    the business of :mod:`csmir.pp`.

    Parameters
    ----------
    mirna, mrna
        The two matrices, each a path (GCT, csv, tsv, h5ad; see :func:`csmir.io.read`), a DataFrame or an AnnData.
    pair_by
        A regular expression with one group, searched in the names of both sides, or a pair of them, (miRNA, mRNA).
        Cells whose groups hold the same text are paired; digits are compared as numbers, so `01` is `1`. A name that
        does not match has no partner.
    pair_table
        Pairs of names: a DataFrame or a csv or tsv with the columns `mirna` and `mrna`, or two columns in this order.
    keep_unpaired
        Keep cells that have one modality only. The statistics skip them, plain scanpy does not.
    features
        For tables and DataFrames, where the features are: `"rows"`, `"columns"` or `"auto"`.
    check_names
        Raise where names look wrong: genes in the miRNA matrix, miRNAs in the mRNA matrix, features where cells should
        be. False accepts them.

    Returns
    -------
    MuData with modalities `mirna` and `mrna`, copies of what was given. Paired cells carry the name and the order of
    the miRNA matrix; `mdata["mrna"].obs["original_name"]` is the name each mRNA cell had.
    `mdata.uns["csmir"]["pairing"]` holds `by`, `pattern`, `n_paired`, `n_mirna`, `n_mrna`, `unpaired_mirna` and
    `unpaired_mrna`.

    Raises
    ------
    InputError
        A matrix cannot be read, is empty or is not numbers; names look swapped or turned; a cell is there twice; no
        cell has a partner; the expression has not one group, matches nothing, or is ambiguous; the table has other
        columns.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> mirna = pd.DataFrame({"hsa-miR-21-5p": [3, 0, 1]}, index=["HalfCell_01", "HalfCell_02", "HalfCell_04"])
    >>> mrna = pd.DataFrame({"PTEN": [0, 5, 2], "ACTB": [9, 8, 7]}, index=["rna_1", "rna_2", "rna_3"])
    >>> mdata = cs.io.make_mudata(mirna, mrna, pair_by=r"_(\d+)$")
    >>> mdata["mrna"].obs
                original_name
    HalfCell_01         rna_1
    HalfCell_02         rna_2
    >>> mdata.uns["csmir"]["pairing"]["unpaired_mrna"]
    array(['rna_3'], dtype=object)
    """
    if pair_by is not None and pair_table is not None:
        raise InputError("Give `pair_by` or `pair_table`, not both.")
    a = _matrix(mirna, "miRNA", features)
    b = _matrix(mrna, "mRNA", features)
    if check_names:
        check_features(a, b)
    _check_cells(a, "miRNA")
    _check_cells(b, "mRNA")
    left, right = [str(n) for n in a.obs_names], [str(n) for n in b.obs_names]
    if pair_table is not None:
        pairs = by_table(left, right, pair_table)
    elif pair_by is not None:
        pairs = by_regex(left, right, pair_by)
    else:
        pairs = by_name(left, right)
    mdata = _assemble(a, b, pairs, keep_unpaired, own=(_reads(mirna), _reads(mrna)))
    _report(mdata, left, right, pairs, pair_by)
    return mdata


def _matrix(data: Matrix, side: str, features: str) -> AnnData:
    adata = read(data, features=features)
    name = f"The {side} matrix" + (f" ({os.fspath(data)})" if isinstance(data, str | os.PathLike) else "")
    if isinstance(adata, MuData):
        raise InputError(
            f"{name} is a MuData with the modalities {check.listing(adata.mod)}. Give one of them, such as "
            f"mdata[{next(iter(adata.mod), side.lower())!r}]; a MuData of both needs no pairing."
        )
    check_anndata(adata, name)
    return adata.to_memory() if adata.isbacked else adata


def _check_cells(adata: AnnData, side: str) -> None:
    names = adata.obs_names
    n_blank = int(names.astype(str).str.strip().isin(check.NO_NAME).sum())
    if n_blank:
        raise InputError(f"{n_blank:,} cells of the {side} matrix have no name, so they cannot be paired. Name them.")
    if not names.is_unique:
        twice = names[names.duplicated()].unique()
        raise InputError(
            f"The {side} matrix holds {len(twice):,} cells more than once: {check.listing(twice)}. Cells are paired "
            "by name: "
            "rename or drop them (adata.obs_names_make_unique())."
        )


def _reads(data: Matrix) -> bool:
    """Whether the values come from a file, and nobody else holds them in memory."""
    return isinstance(data, str | os.PathLike) or (isinstance(data, AnnData) and data.isbacked)


def _assemble(a: AnnData, b: AnnData, pairs: Pairs, keep_unpaired: bool, own: tuple[bool, bool]) -> MuData:
    """Copies with the paired cells first, under the names of the miRNA cells; what is our `own` may be handed on."""
    cells, partners = list(pairs.mirna), list(pairs.mrna)
    names = list(cells)
    if keep_unpaired:
        alone = _without(b.obs_names, partners)
        clash = [name for name in alone if name in set(a.obs_names)]
        if clash:
            raise InputError(
                f"With keep_unpaired=True, {len(clash):,} mRNA cells without a partner have the name of another "
                "cell's miRNA "
                f"profile: {check.listing(clash)}. Rename them first."
            )
        partners, names = partners + alone, names + alone
        cells = list(a.obs_names)
    with repeated_names():
        left, right = _in_order(a, cells, own[0]), _in_order(b, partners, own[1])
    right.obs[K.Obs.ORIGINAL_NAME] = partners
    right.obs_names = names
    return assemble({K.MIRNA: left, K.MRNA: right})


def _in_order(adata: AnnData, cells: list[str], is_own: bool) -> AnnData:
    """These cells in this order; what was read for us alone is not copied where it is so already."""
    return adata if is_own and list(adata.obs_names) == cells else adata[cells].copy()


def _without(names: Sequence[str], some: Sequence[str]) -> list[str]:
    there = set(some)
    return [str(name) for name in names if name not in there]


def _only_numbered(names: list[str]) -> bool:
    return names == [str(i) for i in range(len(names))]


def _report(
    mdata: MuData, left: list[str], right: list[str], pairs: Pairs, pair_by: str | Sequence[str] | None
) -> None:
    alone = {"miRNA": _without(left, pairs.mirna), "mRNA": _without(right, pairs.mrna)}
    logger.info("paired %d cells by %s (miRNA: %d, mRNA: %d)", len(pairs.mirna), pairs.by, len(left), len(right))
    if pairs.by == "name" and _only_numbered(left) and _only_numbered(right):
        logger.warning(
            "the cells of both matrices are only numbered (0 to %d), as pandas does where a table has no names: they "
            "are paired by position, which is right only if both are in one order. Name the cells (frame.set_index, "
            "adata.obs_names) to be sure",
            len(left) - 1,
        )
    for side, names in alone.items():
        if names:
            logger.warning("%d %s cells have no partner: %s", len(names), side, check.listing(names))
    record(
        mdata,
        K.PAIRING,
        by=pairs.by,
        pattern=None if pair_by is None else pair_by if isinstance(pair_by, str) else list(pair_by),
        n_paired=len(pairs.mirna),
        n_mirna=len(left),
        n_mrna=len(right),
        unpaired_mirna=pd.Series(alone["miRNA"], dtype=object).to_numpy(),
        unpaired_mrna=pd.Series(alone["mRNA"], dtype=object).to_numpy(),
    )
