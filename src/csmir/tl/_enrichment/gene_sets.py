"""Gene sets and universes as they are handed in, lined up with a universe of genes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger

# names of the columns in frames of decoupler's `op.resource`, beside its own `source`, `target`
COLUMNS = ((K.SOURCE, K.TARGET), ("geneset", "genesymbol"))


def gene_set_frame(gene_sets: object) -> pd.DataFrame:
    """A frame `source` (set), `target` (gene) of whatever holds gene sets."""
    if isinstance(gene_sets, str | os.PathLike):
        from csmir.priors.table import read_gmt

        return read_gmt(gene_sets)[[K.SOURCE, K.TARGET]]
    if isinstance(gene_sets, Mapping):
        rows = [(str(name), str(gene)) for name, genes in gene_sets.items() for gene in genes]
        frame = pd.DataFrame(rows, columns=[K.SOURCE, K.TARGET])
    elif isinstance(gene_sets, pd.DataFrame):
        columns = next((c for c in COLUMNS if set(c) <= set(gene_sets.columns)), COLUMNS[0])
        frame = check.columns("gene_sets", gene_sets, columns)[list(columns)].set_axis([K.SOURCE, K.TARGET], axis=1)
    else:
        raise InputError(
            "`gene_sets` must be a DataFrame with columns 'source' (set) and 'target' (gene), such as dc.op.hallmark() "
            f"makes, a mapping of names to genes, or the path of a GMT file; found {type(gene_sets).__name__}."
        )
    return check.net(frame, "gene_sets")


def set_matrix(
    frame: pd.DataFrame, universe: pd.Index, min_size: int, max_size: int | None
) -> tuple[np.ndarray, sparse.csr_array]:
    """Names of the sets, and sets x genes of the universe, 0/1; sets too small or too large there are left out."""
    set_code, names = pd.factorize(frame[K.SOURCE].astype(str))
    gene = universe.get_indexer(pd.Index(frame[K.TARGET].astype(str)))
    known = gene >= 0
    shape = (len(names), len(universe))
    matrix = sparse.coo_array((np.ones(known.sum(), np.int32), (set_code[known], gene[known])), shape=shape).tocsr()
    matrix.sum_duplicates()
    matrix.data[:] = 1
    size = np.diff(matrix.indptr)
    keep = (size >= min_size) & (size <= (np.inf if max_size is None else max_size))
    logger.info(
        "gene sets: %d of %d sets have %s genes of the universe of %d; the others are not tested",
        keep.sum(), len(names), _sizes(min_size, max_size), len(universe),
    )  # fmt: skip
    if size.sum() == 0:
        raise InputError(
            f"No gene of the {len(names):,} gene sets ({check.listing(frame[K.TARGET], 3)}) is in the universe of "
            f"{len(universe):,} ({check.listing(universe, 3)}). Are both gene symbols of one species?"
        )
    if not keep.any():
        raise InputError(
            f"No gene set has {_sizes(min_size, max_size)} genes of the universe; they have {size.min()}-{size.max()}. "
            "Lower `min_size` or raise `max_size`."
        )
    return np.asarray(names, dtype=object)[keep], sparse.csr_array(matrix[keep])


def _sizes(low: int, high: int | None) -> str:
    return f"at least {low}" if high is None else f"{low}-{high}"


def mrna_universe(data: object, universe: str | Iterable[str] | None, mrna: str, targets: pd.Index | None) -> pd.Index:
    """The genes that could have been drawn: the mRNAs in the data, those of the tested pairs, or a list."""
    if universe is None or (isinstance(universe, str) and universe == "mrnas"):
        if not isinstance(data, MuData):
            raise InputError(
                "The universe is the mRNAs in the data, and only the MuData knows them. Hand in the MuData, or name "
                "the genes with `universe=`."
            )
        return _mudata.modality(data, mrna).var_names.astype(str)
    if isinstance(universe, str):
        check.choice("universe", universe, ("mrnas", "pairs"))
        if targets is None:
            raise InputError("universe='pairs' needs the networks; here the queries are handed in. Name the genes.")
        return targets
    genes = pd.Index(pd.unique(pd.Series([str(g) for g in universe], dtype=object)))
    if len(genes) == 0:
        raise InputError("`universe` holds no gene.")
    return genes
