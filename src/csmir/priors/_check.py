"""Line up a prior with the features of the data: the pairs to test, as positions, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate
from csmir._errors import InputError
from csmir._log import logger
from csmir.priors import _names

# Fewer than one target in twenty matches as written, and ten times as many do when case is ignored: another species.
FEW_EXACT, MANY_IGNORING_CASE = 0.05, 10
# Names looked at when guessing what a column holds.
LOOK_AT = 2_000


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


def aligned_pairs(net: pd.DataFrame, mirna_names: Any, mrna_names: Any) -> AlignedPairs:
    """Find the prior's unique pairs among the data's features, by exact name.

    Raises
    ------
    InputError
        If the prior has wrong columns, no rows or missing names, is reversed, is of another species, or shares no pair
        with the data.
    """
    net = _validate.net(net)
    mirna = _unique_index("miRNA", mirna_names)
    mrna = _unique_index("mRNA", mrna_names)
    source_codes, sources = _factorize(net, K.SOURCE)
    target_codes, targets = _factorize(net, K.TARGET)

    keys = _sorted_unique(source_codes * np.int64(len(targets)) + target_codes)
    source_at, target_at = mirna.get_indexer(sources), mrna.get_indexer(targets)
    i, j = source_at[keys // len(targets)], target_at[keys % len(targets)]
    present = (i >= 0) & (j >= 0)
    pairs = _sorted_unique(i[present].astype(np.int64) * len(mrna) + j[present])

    _refuse_other_species(sources, targets, source_at, target_at, mirna, mrna)
    if not len(pairs):
        raise InputError(_why_no_pairs(sources, targets, source_at, target_at, mirna, mrna))
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


def _unique_index(kind: str, names: Any) -> pd.Index:
    index = pd.Index(names).astype(object)
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise InputError(
            f"{len(twice):,} {kind} name{'s' * (len(twice) > 1)} of the data occur more than once: "
            f"{_validate.listing(twice)}. Run cs.pp.merge_duplicates(mdata) first."
        )
    return index


def _factorize(net: pd.DataFrame, column: str) -> tuple[np.ndarray, pd.Index]:
    """Codes (int64) and unique names (str objects) of a column, whatever its dtype."""
    codes, names = pd.factorize(net[column])
    unique = pd.Index([str(n) for n in names], dtype=object)
    blank = np.flatnonzero([not n.strip() for n in unique])
    if len(blank):
        n = int(np.isin(codes, blank).sum())
        raise InputError(f"`net` has {n:,} row{'s' * (n > 1)} with a blank {column} name. Drop them first.")
    return codes.astype(np.int64), unique


def _refuse_other_species(
    sources: pd.Index, targets: pd.Index, source_at: np.ndarray, target_at: np.ndarray, mirna: pd.Index, mrna: pd.Index
) -> None:
    """Stop a mouse prior on human data even where a few names happen to agree."""
    n_source, n_target = int((source_at >= 0).sum()), int((target_at >= 0).sum())
    few_targets = n_target < FEW_EXACT * min(len(targets), len(mrna))
    if n_source and not few_targets:
        return
    ours, theirs = _names.main_prefix(mirna[:LOOK_AT]), _names.main_prefix(sources[:LOOK_AT])
    if ours and theirs and ours != theirs:
        raise InputError(
            f"The prior is of another species: its miRNAs start with {_names.species_name(theirs)}, those of the data "
            f"with {_names.species_name(ours)}. Read the prior for the species of the data (`species=` of the readers)."
        )
    if not few_targets:
        return
    n_ignoring_case = int(_upper(targets).isin(_upper(mrna)).sum())
    if n_ignoring_case > MANY_IGNORING_CASE * max(n_target, 1):
        was, has = _style(targets), _style(mrna)
        if was != has:
            raise InputError(
                f"The prior looks like another species: its targets are written {was} "
                f"({_validate.listing(targets, 3)}), the mRNAs of the data {has} ({_validate.listing(mrna, 3)}). "
                f"{n_ignoring_case:,} agree but for case and {n_target:,} as written; symbols are not matched across "
                "species. Read the prior for the species of the data."
            )


def _upper(names: pd.Index) -> pd.Index:
    return pd.Index([str(n).upper() for n in names], dtype=object)


def _style(symbols: pd.Index) -> str:
    return "Like1 (mouse, rat)" if _names.title_case(symbols[:LOOK_AT]) > 0.5 else "LIKE1 (human)"


def _why_no_pairs(
    sources: pd.Index,
    targets: pd.Index,
    source_at: np.ndarray,
    target_at: np.ndarray,
    mirna: pd.Index,
    mrna: pd.Index,
) -> str:
    """The most telling reason why the data has no pair of the prior."""
    n_source, n_target = int((source_at >= 0).sum()), int((target_at >= 0).sum())
    crossed = targets.isin(mirna).any() or sources.isin(mrna).any()
    source_like, target_like = (_names.looks_like_mirna(x[:LOOK_AT]) for x in (sources, targets))
    if (crossed and not n_source and not n_target) or target_like > 0.5 > source_like:
        if target_like <= 0.5 and source_like > 0.5:
            return (
                f"The modalities look swapped: the prior's sources ({_validate.listing(sources, 3)}) are found among the "
                f"mRNAs, not among the miRNAs ({_validate.listing(mirna, 3)}). Swap `mirna=` and `mrna=`."
            )
        return (
            f"The prior is reversed: its sources are genes ({_validate.listing(sources, 3)}) and its targets miRNAs "
            f"({_validate.listing(targets, 3)}), where `source` must be the miRNA and `target` the mRNA. "
            "Swap the columns: net.rename(columns={'source': 'target', 'target': 'source'})."
        )
    text = (
        f"The prior and the data have no pair in common: {n_source:,} of the prior's {len(sources):,} sources are among "
        f"the {len(mirna):,} miRNAs of the data and {n_target:,} of its {len(targets):,} targets among the "
        f"{len(mrna):,} mRNAs."
    )
    if n_source and n_target:
        return text + " No row has both ends. Use a larger prior, or data with more of its genes."
    if not n_source:
        text += _example("miRNAs", sources, mirna)
    if not n_target:
        text += _example("mRNAs", targets, mrna)
    return text + " Rename with cs.priors.reconcile(net, mirna_names, mrna_names), which reports what it cannot match."


def _example(kind: str, names: pd.Index, known: pd.Index) -> str:
    text = f" {kind}: the prior has {_validate.listing(names, 3)}, the data {_validate.listing(known, 3)}."
    for name in names[:20]:
        close = _validate.suggest(name, known[:LOOK_AT])
        if close:
            return text + f" For {name!r}:{close}"
    return text
