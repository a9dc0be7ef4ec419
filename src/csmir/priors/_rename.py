"""Every name of a prior matched to the names of the data, the prior renamed, and a row of the report for each name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir._log import logger
from csmir._names import diagnose, forms
from csmir._names import species as species_names
from csmir._names.aligned import Seen, factorize
from csmir.priors import _match, _tidy
from csmir.priors._closest import closest
from csmir.priors._genes import MrnaNames
from csmir.priors._mirnas import MirnaNames

# report.attrs: what the miRNAs of the data and of the prior name
LEVELS = "levels"
# rows of the prior with a name, of which the data lack an end
PAIRS_LOST = "pairs_lost"
# report.attrs: why no pair is left
NOTHING_LEFT = "nothing_left"
WHAT_FOLLOWS = "a hairpin or gene stands for both of its arms with arms='both' only"


class Renamed(NamedTuple):
    """The prior in the names of the data, what became of each name, the rows used, and what `_diagnose` looks at."""

    net: pd.DataFrame
    report: pd.DataFrame
    n_rows: int
    seen: Seen


def renamed(
    net: pd.DataFrame,
    mirna: pd.Index,
    mrna: pd.Index,
    *,
    mapping: pd.DataFrame | Mapping[str, str] | None,
    arms: str,
    n_suggestions: int,
) -> Renamed:
    """Match every name; the net is empty where no pair has both ends."""
    aliases = _match.aliases(mapping)
    source_code, sources = factorize(net, K.SOURCE)
    target_code, targets = factorize(net, K.TARGET)
    seen = Seen(sources, targets, mirna.get_indexer(sources), mrna.get_indexer(targets), mirna, mrna)
    style = "mmu" if species_names.title_case(mrna[: diagnose.LOOK_AT]) > 0.5 else "hsa"
    ours = MirnaNames(mirna, sources, aliases, arms, style)
    source_matches, target_matches = list(map(ours.match, sources)), list(map(MrnaNames(mrna, aliases).match, targets))
    source_n, target_n = (np.array([len(m.to) for m in of]) for of in (source_matches, target_matches))
    lost = (source_n[source_code] == 0) | (target_n[target_code] == 0)
    rows = _rows(net, source_code, [m.to for m in source_matches], target_code, [m.to for m in target_matches])
    report = pd.concat(
        [
            _report("mirna", sources, source_matches, source_code, lost, mirna, n_suggestions),
            _report("mrna", targets, target_matches, target_code, lost, mrna, n_suggestions),
        ],
        ignore_index=True,
    )
    report.attrs[LEVELS] = {"data": ours.levels[0], "prior": ours.levels[1]}
    merged = _tidy.merge(rows) if len(rows) else rows
    merged.attrs = dict(net.attrs)
    return Renamed(merged, report, len(rows), seen)


def _rows(
    net: pd.DataFrame,
    source_code: np.ndarray,
    source_to: list[tuple[str, ...]],
    target_code: np.ndarray,
    target_to: list[tuple[str, ...]],
) -> pd.DataFrame:
    """The rows whose ends both matched, once for every pair of names that they stand for."""
    n_source, n_target = (
        np.array([len(t) for t in to])[c] for to, c in ((source_to, source_code), (target_to, target_code))
    )
    n_rows = n_source * n_target
    row = np.repeat(np.arange(len(net)), n_rows)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
    out = net.iloc[row].reset_index(drop=True)
    for column, code, to, n in (
        (K.SOURCE, source_code, source_to, nth // np.maximum(n_target[row], 1)),
        (K.TARGET, target_code, target_to, nth % np.maximum(n_target[row], 1)),
    ):
        flat = np.array([name for names in to for name in names] or [""], dtype=object)
        start = np.concatenate(([0], np.cumsum([len(t) for t in to])[:-1])).astype(int)
        out[column] = flat[start[code[row]] + n]
    return out


def _report(
    kind: str,
    names: pd.Index,
    matches: list[_match.Match],
    code: np.ndarray,
    lost: np.ndarray,
    known: pd.Index,
    most: int,
) -> pd.DataFrame:
    rule = np.array([m.rule for m in matches], dtype=object)
    report = pd.DataFrame(
        {
            "name": names.astype(object),
            "kind": kind,
            "status": ["matched" if m.rule == _match.EXACT else "renamed" if m.to else "unmatched" for m in matches],
            "rule": rule,
            "matched_to": [_tidy.JOIN.join(m.to) for m in matches],
            "suggestion": [_tidy.JOIN.join(m.candidates) for m in matches],
            "n_pairs": np.bincount(code, minlength=len(names)).astype(np.int64),
            PAIRS_LOST: np.bincount(code[lost], minlength=len(names)).astype(np.int64),
        }
    )
    order = pd.Categorical(report["status"], ["unmatched", "renamed", "matched"], ordered=True).codes
    report = report.iloc[np.lexsort((report["name"].astype(str), -report["n_pairs"], order))].reset_index(drop=True)
    # A well-formed miRNA name with another number is another miRNA: its like is not a suggestion.
    open_ = (report["rule"] == _match.NONE) & (report["suggestion"] == "")
    if kind == "mirna":
        formed = (forms.form(n) or forms.MIRGENEDB.match(n) for n in report["name"])
        open_ &= np.array([f is None for f in formed], dtype=bool)
    ask = report.index[open_.to_numpy()][:most]
    free = sorted(set(known).difference(*(m.to for m in matches)))
    found = closest([str(n) for n in report.loc[ask, "name"]], free)
    asked = zip(report.loc[ask, "name"], found, strict=True)
    report.loc[ask, "suggestion"] = ["" if kind == "mirna" and _other_arm(str(n), f) else f for n, f in asked]
    return report


def _other_arm(name: str, candidate: str) -> bool:
    """Whether a name says one arm and the candidate the other."""
    return any(a in name.lower() and b in candidate.lower() for a, b in (("5p", "3p"), ("3p", "5p")))


def understood(report: pd.DataFrame) -> bool:
    """Whether each kind of name has some that are in the data, or of which it is known why they are not."""
    told = (report["status"] != "unmatched") | report["rule"].isin([_match.RELEASE, _match.AMBIGUOUS])
    return bool(told.groupby(report["kind"]).any().all())


def log(report: pd.DataFrame, n_rows: int, n_renamed: int, n_pairs: int) -> None:
    """Say what became of the names, and of the rows."""
    levels = report.attrs[LEVELS]
    if set(levels.values()) != {forms.MATURE}:
        logger.info(
            "reconcile: the miRNAs of the data are named by %s, those of the prior by %s; %s",
            *(levels["data"], levels["prior"], WHAT_FOLLOWS),
        )
    for kind, word in (("mirna", "miRNAs"), ("mrna", "mRNAs")):
        of = report[report["kind"] == kind]
        status, rules = Counter(of["status"]), Counter(of.loc[of["status"] == "renamed", "rule"])
        renamed = ", ".join(f"{n:,} by {rule}" for rule, n in sorted(rules.items()))
        logger.info(
            "reconcile: %s %s of the prior: %s matched, %s renamed%s, %s unmatched (%s ambiguous)",
            *(
                f"{len(of):,}",
                word,
                f"{status['matched']:,}",
                f"{status['renamed']:,}",
                f" ({renamed})" if renamed else "",
            ),
            *(f"{status['unmatched']:,}", f"{int((of['rule'] == _match.AMBIGUOUS).sum()):,}"),
        )
    logger.info(
        "reconcile: %s rows of the prior, %s in the data, %s pairs", f"{n_rows:,}", f"{n_renamed:,}", f"{n_pairs:,}"
    )
