"""Line up a prior with the features of the data: the pairs to test, as positions, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate
from csmir._errors import InputError
from csmir._log import logger
from csmir._names import diagnose

# of the targets that may match as written, so few that names seem to be of another species
FEW_EXACT = 0.05


class Seen(NamedTuple):
    """The prior's unique names, their positions in the data (-1 for absent), and the names of the data."""

    sources: pd.Index
    targets: pd.Index
    source_at: np.ndarray
    target_at: np.ndarray
    mirna: pd.Index
    mrna: pd.Index

    @property
    def few_targets(self) -> bool:
        """Whether hardly any target is in the data as written."""
        return int((self.target_at >= 0).sum()) < FEW_EXACT * min(len(self.targets), len(self.mrna))

    @property
    def agree(self) -> bool:
        """Whether names of both kinds do, as written."""
        return bool((self.source_at >= 0).any()) and not self.few_targets


@dataclass(frozen=True)
class AlignedPairs:
    """The unique pairs of a prior that the data has, sorted by (miRNA position, mRNA position).

    `n_rows = n_duplicates + n_unmatched + n_pairs`.
    """

    mirna_idx: np.ndarray  # int32, positions in the miRNA names
    mrna_idx: np.ndarray  # int32, positions in the mRNA names
    n_rows: int  # rows of the prior
    n_duplicates: int  # rows that repeat a pair
    n_unmatched: int  # unique pairs of which the data lacks one end or both
    n_mirnas: int  # miRNAs of the data with a pair
    n_mrnas: int  # mRNAs of the data with a pair

    @property
    def n_pairs(self) -> int:
        """Unique pairs in the data."""
        return len(self.mirna_idx)


def aligned_pairs(net: pd.DataFrame, mirna_names: Any, mrna_names: Any, *, tell: bool = True) -> AlignedPairs:
    """Find the prior's unique pairs among the data's features, by exact name; `tell` the log what was found.

    Raises
    ------
    InputError
        If the prior has wrong columns, no rows or missing names, is reversed, is of another species, or shares no pair
        with the data.
    """
    net = _validate.columns("net", net, [K.SOURCE, K.TARGET])
    mirna = unique_index("miRNA", mirna_names)
    mrna = unique_index("mRNA", mrna_names)
    source_codes, sources = factorize(net, K.SOURCE)
    target_codes, targets = factorize(net, K.TARGET)

    keys = _sorted_unique(source_codes * np.int64(len(targets)) + target_codes)
    source_at, target_at = mirna.get_indexer(sources), mrna.get_indexer(targets)
    i, j = source_at[keys // len(targets)], target_at[keys % len(targets)]
    present = (i >= 0) & (j >= 0)
    pairs = _sorted_unique(i[present].astype(np.int64) * len(mrna) + j[present])

    seen = Seen(sources, targets, source_at, target_at, mirna, mrna)
    if not seen.agree:
        diagnose.refuse_other_species(seen)
    if not len(pairs):
        diagnose.refuse_reversed(seen)
        raise diagnose.no_overlap(seen)
    mirna_idx, mrna_idx = (pairs // len(mrna)).astype(np.int32), (pairs % len(mrna)).astype(np.int32)
    n_unmatched = int((~present).sum())
    found = AlignedPairs(
        mirna_idx=mirna_idx,
        mrna_idx=mrna_idx,
        n_rows=len(net),
        n_duplicates=len(net) - n_unmatched - len(pairs),
        n_unmatched=n_unmatched,
        n_mirnas=int(np.count_nonzero(np.bincount(mirna_idx, minlength=len(mirna)))),
        n_mrnas=int(np.count_nonzero(np.bincount(mrna_idx, minlength=len(mrna)))),
    )
    if tell:
        logger.info(
            "prior: %s rows (%s duplicates), %s unique pairs in the data, %s pairs with an end the data lacks; "
            "%s of %s miRNAs and %s of %s mRNAs have a pair (%s miRNAs and %s mRNAs have none)",
            *(f"{n:,}" for n in (found.n_rows, found.n_duplicates, found.n_pairs, found.n_unmatched)),
            *(f"{n:,}" for n in (found.n_mirnas, len(mirna), found.n_mrnas, len(mrna))),
            *(f"{n:,}" for n in (len(mirna) - found.n_mirnas, len(mrna) - found.n_mrnas)),
        )
    return found


def _sorted_unique(keys: np.ndarray) -> np.ndarray:
    """`np.unique`, which hashes since numpy 2.3: on a few hundred thousand integers sorting is ten times quicker."""
    keys = np.sort(keys)
    return keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys


def unique_index(kind: str, names: Any) -> pd.Index:
    """Names of the data's features, each once, as objects."""
    index = pd.Index(names).astype(object)
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise InputError(
            f"{len(twice):,} {kind} name{'s' * (len(twice) > 1)} of the data occur more than once: "
            f"{_validate.listing(twice)}. Run cs.pp.merge_duplicates(mdata) first."
        )
    return index


def factorize(net: pd.DataFrame, column: str) -> tuple[np.ndarray, pd.Index]:
    """Codes (int64) and unique names (str objects) of a column, whatever its dtype."""
    try:
        codes, names = pd.factorize(net[column])
    except TypeError:  # lists, sets
        odd = next(n for n in net[column] if not isinstance(n, Hashable))
        raise InputError(
            f"`net` holds {type(odd).__name__} values in its column {column!r}, such as {str(odd)[:60]!r}. Expected "
            f"one name a row: net.explode({column!r})."
        ) from None
    if (codes < 0).any():  # a name is missing: the check that says so, which by itself takes as long as all the rest
        _validate.net(net)
    unique = pd.Index([str(n) for n in names], dtype=object)
    blank = np.flatnonzero([not n.strip() for n in unique])
    if len(blank):
        n = int(np.isin(codes, blank).sum())
        raise InputError(f"`net` has {n:,} row{'s' * (n > 1)} with a blank {column} name. Drop them first.")
    return codes.astype(np.int64), unique
