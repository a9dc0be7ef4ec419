"""Say why a prior does not fit the data: reversed, of another species, or named differently."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir.priors import _names

# Fewer than one target in twenty matches as written, and ten times as many do when case is ignored: another species.
FEW_EXACT, MANY_IGNORING_CASE = 0.05, 10
# Names looked at when guessing what a column holds.
LOOK_AT = 2_000


def refuse_other_species(
    sources: pd.Index, targets: pd.Index, source_at: np.ndarray, target_at: np.ndarray, mirna: pd.Index, mrna: pd.Index
) -> None:
    """Stop a mouse prior on human data even where a few names happen to agree.

    `source_at` and `target_at` are the positions of the prior's unique names in the data, -1 for absent.
    """
    n_source, n_target = int((source_at >= 0).sum()), int((target_at >= 0).sum())
    few_targets = n_target < FEW_EXACT * min(len(targets), len(mrna))
    if n_source and not few_targets:
        return
    ours, theirs = _names.main_prefix(mirna[:LOOK_AT]), _names.main_prefix(sources[:LOOK_AT])
    if ours and theirs and ours != theirs:
        raise InputError(
            f"The prior is of another species: its miRNAs start with {_names.described(theirs)}, those of the data "
            f"with {_names.described(ours)}. Read the prior for the species of the data (`species=` of the readers)."
        )
    if not few_targets:
        return
    n_ignoring_case = int(_upper(targets).isin(_upper(mrna)).sum())
    if n_ignoring_case > MANY_IGNORING_CASE * n_target:
        was, has = _style(targets), _style(mrna)
        if was != has:
            raise InputError(
                f"The prior looks like another species: its targets are written {was} ({check.listing(targets, 3)}), "
                f"the mRNAs of the data {has} ({check.listing(mrna, 3)}). {n_ignoring_case:,} agree but for case and "
                f"{n_target:,} as written; symbols are not matched across species. Read the prior for the species of "
                "the data, or translate it through orthologs first."
            )


def refuse_reversed(
    sources: pd.Index, targets: pd.Index, source_at: np.ndarray, target_at: np.ndarray, mirna: pd.Index, mrna: pd.Index
) -> None:
    """Stop a prior whose sources are the genes, and data whose modalities are swapped. For when no pair is found."""
    crossed = targets.isin(mirna).any() or sources.isin(mrna).any()
    matched = (source_at >= 0).any() or (target_at >= 0).any()
    source_like, target_like = (_names.looks_like_mirna(x[:LOOK_AT]) for x in (sources, targets))
    if not (crossed and not matched) and not target_like > 0.5 > source_like:
        return
    if target_like <= 0.5 < source_like:
        raise InputError(
            f"The modalities look swapped: the prior's sources ({check.listing(sources, 3)}) are found among the "
            f"mRNAs, not among the miRNAs ({check.listing(mirna, 3)}). Swap `mirna=` and `mrna=`."
        )
    raise InputError(
        f"The prior is reversed: its sources are genes ({check.listing(sources, 3)}) and its targets miRNAs "
        f"({check.listing(targets, 3)}), where `source` must be the miRNA and `target` the mRNA. "
        "Swap the columns: net.rename(columns={'source': 'target', 'target': 'source'})."
    )


def no_overlap(
    sources: pd.Index, targets: pd.Index, source_at: np.ndarray, target_at: np.ndarray, mirna: pd.Index, mrna: pd.Index
) -> InputError:
    """The error for a prior that shares no pair with the data, with the closest names."""
    n_source, n_target = int((source_at >= 0).sum()), int((target_at >= 0).sum())
    text = (
        f"The prior and the data have no pair in common: {n_source:,} of the prior's {len(sources):,} sources are "
        f"among the {len(mirna):,} miRNAs of the data and {n_target:,} of its {len(targets):,} targets among the "
        f"{len(mrna):,} mRNAs."
    )
    if n_source and n_target:
        return InputError(text + " No row has both ends. Use a larger prior, or data with more of its genes.")
    if not n_source:
        text += _example("miRNAs", sources, mirna)
    if not n_target:
        text += _example("mRNAs", targets, mrna)
    return InputError(
        text + " Rename with cs.priors.reconcile(net, mirna_names, mrna_names), which reports what it cannot match."
    )


def _upper(names: pd.Index) -> pd.Index:
    return pd.Index([str(n).upper() for n in names], dtype=object)


def _style(symbols: pd.Index) -> str:
    return "Like1 (mouse, rat)" if _names.title_case(symbols[:LOOK_AT]) > 0.5 else "LIKE1 (human)"


def _example(kind: str, names: pd.Index, known: pd.Index) -> str:
    text = f" {kind}: the prior has {check.listing(names, 3)}, the data {check.listing(known, 3)}."
    for name in names[:20]:
        close = check.suggest(name, known[:LOOK_AT])
        if close:
            return text + f" For {name!r}:{close}"
    return text
