"""A ground truth of validated pairs and a list of disease-related names, lined up with the networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._names import diagnose
from csmir._names.aligned import Seen, factorize


class Universe(NamedTuple):
    """The miRNAs and mRNAs that networks are made of. A pair is the number `miRNA * len(mrnas) + mRNA`."""

    mirnas: pd.Index
    mrnas: pd.Index

    @property
    def n_pairs(self) -> int:
        """All pairs there are."""
        return len(self.mirnas) * len(self.mrnas)

    def keys(self, mirna: Any, mrna: Any) -> np.ndarray:
        """Numbers of pairs given by name, int64; -1 where the universe lacks one end."""
        first, second = (_at(names, values) for names, values in ((self.mirnas, mirna), (self.mrnas, mrna)))
        return np.where((first >= 0) & (second >= 0), first * np.int64(len(self.mrnas)) + second, -1)


def _at(names: pd.Index, values: Any) -> np.ndarray:
    """Positions of values among names, one look-up for each distinct value."""
    column = pd.Series(values).astype("category").cat
    at = names.get_indexer(column.categories.astype(str))
    return np.append(at, -1)[column.codes.to_numpy()].astype(np.int64)


def universe(data: MuData | AnnData, adata: AnnData, mirna: str, mrna: str) -> Universe:
    """All miRNAs and mRNAs of the data; of networks alone, those that their pairs know."""
    names = [adata.var[key].astype("category").cat.categories.astype(str) for key in (K.Var.MIRNA, K.Var.MRNA)]
    if isinstance(data, MuData):
        whole = [_mudata.modality(data, key).var_names.astype(str) for key in (mirna, mrna)]
        names = [a.append(b[~b.isin(a)]) for a, b in zip(whole, names, strict=True)]
    # in the order of the names, for what is drawn at random among them
    return Universe(*(pd.Index(sorted(n.unique()), dtype=object) for n in names))


def directed(adata: AnnData, step: str) -> None:
    """Refuse networks among features of one kind."""
    if _mudata.one_kind(adata):
        ends = check.listing(_mudata.ends(adata))
        raise InputError(f"cs.tl.{step} reads miRNA-mRNA networks; the ends of these are {ends}.")


def known_pairs(truth: Any, among: Universe, name: str = "truth") -> np.ndarray:
    """Sorted numbers of the ground truth's pairs that the universe has, or the reason why there are none."""
    if isinstance(truth, pd.DataFrame) and {K.Var.MIRNA, K.Var.MRNA} <= set(truth.columns):
        truth = truth[[K.Var.MIRNA, K.Var.MRNA]].set_axis([K.SOURCE, K.TARGET], axis=1)
    truth = check.net(truth, name)
    source, sources = factorize(truth, K.SOURCE)
    target, targets = factorize(truth, K.TARGET)
    source_at, target_at = among.mirnas.get_indexer(sources), among.mrnas.get_indexer(targets)
    i, j = source_at[source], target_at[target]
    there = (i >= 0) & (j >= 0)
    if not there.any():
        seen = Seen(sources, targets, source_at, target_at, among.mirnas, among.mrnas)
        try:
            diagnose.refuse_other_species(seen)
            diagnose.refuse_reversed(seen)
            raise diagnose.no_overlap(seen)
        except InputError as e:  # the same reasons as for a prior
            raise InputError(str(e).replace("prior", f"`{name}`").replace("The `", "The table `")) from None
    for side, names, at in (("miRNAs", sources, source_at), ("mRNAs", targets, target_at)):
        _say_how_many(f"{side} of `{name}`", names, names[at < 0])
    return np.unique(i[there] * np.int64(len(among.mrnas)) + j[there])


def _say_how_many(what: str, names: Any, lacking: Any) -> None:
    """How many names of a list the data have, and which they do not."""
    if len(lacking):
        logger.info(
            "%s of %s %s are in the data; not: %s",
            *(f"{len(names) - len(lacking):,}", f"{len(names):,}", what, check.listing(lacking)),
        )


def among_sorted(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which keys are among known ones, which are sorted."""
    at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    return known[at] == keys if len(known) else np.zeros(len(keys), bool)


def related_names(disease: Any, among: Universe) -> set[str]:
    """The disease-related names, of which the universe has some."""
    if isinstance(disease, pd.DataFrame) and disease.shape[1] == 1:
        disease = disease.iloc[:, 0]
    if isinstance(disease, str | Mapping | pd.DataFrame) or not isinstance(disease, Iterable):
        raise InputError(f"`disease` must be a list of miRNA and mRNA names; found {type(disease).__name__}.")
    names = {str(n) for n in disease}
    if not (among.mirnas.isin(names).any() or among.mrnas.isin(names).any()):
        raise InputError(
            f"None of the {len(names):,} disease-related names ({check.listing(sorted(names), 3)}) is in the data "
            f"({check.listing(among.mirnas, 2)}; {check.listing(among.mrnas, 2)}). Are they named alike: arms of "
            "miRNAs, gene symbols?"
        )
    lacking = sorted(names.difference(among.mirnas, among.mrnas))
    if lacking:
        logger.warning(
            "%s of %s disease-related names are in the data; not: %s. Names count as written: arms of miRNAs, symbols",
            *(f"{len(names) - len(lacking):,}", f"{len(names):,}", check.listing(lacking)),
        )
    return names
