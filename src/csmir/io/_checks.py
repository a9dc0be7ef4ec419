"""Swapped matrices and turned tables, caught by the look of the names."""

from __future__ import annotations

from collections.abc import Iterable

from anndata import AnnData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._names import forms
from csmir._names.totals import warn_of_totals
from csmir.io._kinds_of_names import kind

ESCAPE = "If the names are right, say check_names=False."


def check_features(mirna: AnnData, mrna: AnnData) -> None:
    """Raise where miRNAs, genes and cells are not where they should be."""
    for side, adata, other in (("miRNA", mirna, mrna), ("mRNA", mrna, mirna)):
        _check_axes(side, adata, other)
    of_mirna, of_mrna = kind(mirna.var_names), kind(mrna.var_names)
    shown = (
        f"the miRNA matrix holds {check.listing(mirna.var_names, 3)}, "
        f"the mRNA matrix {check.listing(mrna.var_names, 3)}"
    )
    if of_mrna == "mirnas" and of_mirna == "mirnas":
        raise InputError(f"Both matrices hold miRNAs: {shown}. Give the mRNA matrix second. {ESCAPE}")
    if of_mrna == "mirnas":
        raise InputError(f"The two matrices look swapped: {shown}. Give the miRNA matrix first. {ESCAPE}")
    if of_mirna == "genes":
        raise InputError(f"The miRNA matrix holds genes, not miRNAs: {shown}. {ESCAPE}")
    if of_mirna != "mirnas" and not genes_of_mirnas(mirna.var_names):
        logger.warning("names of the miRNA matrix do not look like miRNAs: %s", check.listing(mirna.var_names))
    warn_of_all_totals(mirna, mrna)


def genes_of_mirnas(names: Iterable[str]) -> bool:
    """Whether most names are symbols of miRNA genes: `MIR142`, `MIRLET7A1`."""
    levels = [found.level if (found := forms.form(str(n))) else None for n in names]
    return sum(level in {forms.GENE, forms.HOST} for level in levels) > len(levels) / 2


def warn_of_all_totals(mirna: AnnData, mrna: AnnData) -> None:
    """Name the rows of both matrices that are not features."""
    for side, adata in (("miRNA", mirna), ("mRNA", mrna)):
        warn_of_totals(side, adata.var_names, "adata[:, ~adata.var_names.isin([...])]. A total goes with everything.")


def _check_axes(side: str, adata: AnnData, other: AnnData) -> None:
    """Features on the axis of cells, by their names or because the other matrix's cells are its features."""
    of_cells, of_features = kind(adata.obs_names), kind(adata.var_names)
    turned = of_cells in ("mirnas", "genes") and of_features not in ("mirnas", "genes")
    if not turned:
        cells = other.obs_names
        turned = not cells.isin(adata.obs_names).any() and bool(cells.isin(adata.var_names).any())
    if turned:
        raise InputError(
            f"The {side} matrix has features where cells should be: its cells are "
            f"{check.listing(adata.obs_names, 3)}, its "
            f"features {check.listing(adata.var_names, 3)}. Transpose it (adata.T, frame.T), or read the table with "
            f"features='rows'. {ESCAPE}"
        )
