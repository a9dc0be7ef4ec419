"""Say why a prior does not fit the data: reversed, of another species, or named differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._names import forms, mirbase
from csmir._names import species as species_names

if TYPE_CHECKING:
    from csmir._names.aligned import Seen

# Few targets match as written, and ten times as many do when case is ignored: another species.
MANY_IGNORING_CASE = 10
# Names looked at when guessing what a column holds.
LOOK_AT = 2_000


def refuse_other_species(seen: Seen) -> None:
    """Stop a mouse prior on human data even where a few names happen to agree."""
    if seen.agree:
        return
    sources, targets, _, target_at, mirna, mrna = seen
    ours, theirs = species_names.main_prefix(mirna[:LOOK_AT]), species_names.main_prefix(sources[:LOOK_AT])
    if ours and theirs and ours != theirs and theirs in mirbase.species():
        raise InputError(
            f"The prior is of another species: its miRNAs start with {species_names.described(theirs)}, those of the "
            f"data with {species_names.described(ours)}. Read the prior for the species of the data (`species=` of the "
            "readers)."
        )
    if not seen.few_targets:
        return
    n_target = int((target_at >= 0).sum())
    n_ignoring_case = int(_upper(targets).isin(_upper(mrna)).sum())
    if n_ignoring_case > MANY_IGNORING_CASE * n_target:
        was, has = _style(targets), _style(mrna)
        if was != has and not was.islower():  # a prior in small letters is of no species
            raise InputError(
                f"The prior looks like another species: its targets are written {was} ({check.listing(targets, 3)}), "
                f"the mRNAs of the data {has} ({check.listing(mrna, 3)}). {n_ignoring_case:,} agree but for case and "
                f"{n_target:,} as written; symbols are not matched across species. Read the prior for the species of "
                "the data, or translate it through orthologs first."
            )


def refuse_several_species(sources: pd.Index, mirna: pd.Index) -> None:
    """Stop a prior of several species where the data carry no prefixes that would tell its miRNAs apart."""
    found = sorted({p for p in map(species_names.prefix, sources) if p})
    if len(found) > 1 and species_names.main_prefix(mirna) is None:
        raise InputError(
            f"The prior has miRNAs of several species ({check.listing(found)}), and those of the data carry no species "
            "prefix that would tell them apart. Choose first: cs.priors.filter(net, species='hsa')."
        )


def refuse_reversed(seen: Seen) -> None:
    """Stop a prior whose sources are the genes, and data whose modalities are swapped. For when no pair is found."""
    sources, targets, source_at, target_at, mirna, mrna = seen
    crossed = targets.isin(mirna).any() or sources.isin(mrna).any()
    matched = (source_at >= 0).any() or (target_at >= 0).any()
    source_like, target_like = (species_names.looks_like_mirna(x[:LOOK_AT]) for x in (sources, targets))
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


def no_overlap(seen: Seen) -> InputError:
    """The error for a prior that shares no pair with the data, with the closest names."""
    sources, targets, source_at, target_at, mirna, mrna = seen
    text = _counted(seen)
    if (source_at >= 0).any() and (target_at >= 0).any():
        return InputError(text + " No row has both ends. Use a larger prior, or data with more of its genes.")
    if not (source_at >= 0).any():
        text += _example("miRNAs", sources, mirna)
    if not (target_at >= 0).any():
        text += _example("mRNAs", targets, mrna)
    return InputError(
        text + " Rename with cs.priors.reconcile(net, mirna_names, mrna_names), which reports what it cannot match."
    )


def nothing_renamed(report: pd.DataFrame, seen: Seen) -> InputError:
    """The error for a prior of which no pair could be given the names of the data: why, and what to do."""
    text = _counted(seen)
    lost = report[report["status"] == "unmatched"]
    of = {kind: lost[lost["kind"] == kind] for kind in ("mirna", "mrna")}
    whole = {kind: len(part) == int((report["kind"] == kind).sum()) for kind, part in of.items()}
    if whole["mirna"]:
        text += _why_no_mirna(of["mirna"], seen.sources, seen.mirna)
    if whole["mrna"]:
        text += _why_no_mrna(seen.targets, seen.mrna)
    if not any(whole.values()):
        text += " No row has both ends. Use a larger prior, or data with more of its genes."
    return InputError(text + " cs.priors.match_report(net, mdata) lists every name and what it may be.")


def _why_no_mirna(lost: pd.DataFrame, sources: pd.Index, mirna: pd.Index) -> str:
    levels = {forms.level_of(mirna[:LOOK_AT]), forms.level_of(sources[:LOOK_AT])}
    unclear = lost[lost["rule"] == "ambiguous"]
    if len(unclear) and len(levels) > 1:
        one = unclear.iloc[0]
        return (
            f" One side names mature miRNAs, the other {' and '.join(sorted(levels - {forms.MATURE}))}s, which give "
            f"two each: {one['name']!r} may be {one['suggestion']!r}. Let them stand for both arms with arms='both'."
        )
    gone = lost[(lost["rule"] == "release") & (lost["suggestion"] != "")]
    if len(gone):
        pairs = [f"{a} is {b} now" for a, b in zip(gone["name"], gone["suggestion"], strict=True)]
        return f" By miRBase, {check.listing(pairs, 3)}, and the data lack them: {check.listing(mirna, 3)}."
    if len(unclear):
        one = unclear.iloc[0]
        return f" {one['name']!r} may be {one['suggestion']!r}: decide with `mapping=`, or arms='both'."
    return _example("miRNAs", sources, mirna)


def _why_no_mrna(targets: pd.Index, mrna: pd.Index) -> str:
    ids, theirs = (bool(len(x)) and str(x[0]).upper().startswith("ENS") for x in (mrna, targets))
    if ids == theirs:
        return _example("mRNAs", targets, mrna)
    a, b = ("Ensembl identifiers", "symbols") if ids else ("symbols", "Ensembl identifiers")
    return (
        f" The mRNAs of the data are {a} ({check.listing(mrna, 2)}), the targets of the prior {b} "
        f"({check.listing(targets, 2)}). Relate them with `mapping=`, a dict or a table of 'old' and 'new' names, or "
        "give the data symbols, which often are in a column of .var: "
        "mdata['mrna'].var_names = mdata['mrna'].var['gene_symbols']."
    )


def _counted(seen: Seen) -> str:
    sources, targets, source_at, target_at, mirna, mrna = seen
    n_source, n_target = int((source_at >= 0).sum()), int((target_at >= 0).sum())
    return (
        f"The prior and the data have no pair in common: {n_source:,} of the prior's {len(sources):,} sources are "
        f"among the {len(mirna):,} miRNAs of the data and {n_target:,} of its {len(targets):,} targets among the "
        f"{len(mrna):,} mRNAs."
    )


def _upper(names: pd.Index) -> pd.Index:
    return pd.Index([str(n).upper() for n in names], dtype=object)


def _style(symbols: pd.Index) -> str:
    if species_names.lower_case(symbols[:LOOK_AT]) > 0.5:
        return "like1 (zebrafish, frog)"
    return "Like1 (mouse, rat)" if species_names.title_case(symbols[:LOOK_AT]) > 0.5 else "LIKE1 (human)"


def _example(kind: str, names: pd.Index, known: pd.Index) -> str:
    text = f" {kind}: the prior has {check.listing(names, 3)}, the data {check.listing(known, 3)}."
    for name in names[:20]:
        close = check.suggest(name, known[:LOOK_AT])
        if close:
            return text + f" For {name!r}:{close}"
    return text
