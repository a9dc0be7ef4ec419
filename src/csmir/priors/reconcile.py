"""Give a prior the names of the data, and say what did not match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir._log import logger
from csmir.priors import _diagnose, _match, _tidy
from csmir.priors._check import factorize, unique_index
from csmir.priors._closest import closest

ARMS = ("unique", "both", "exact")


class Reconciled(NamedTuple):
    """A prior in the names of the data, and what became of each of its own names."""

    net: pd.DataFrame
    report: pd.DataFrame


@fill
def reconcile(
    net: pd.DataFrame,
    mirna_names: Any,
    mrna_names: Any,
    *,
    mapping: pd.DataFrame | Mapping[str, str] | None = None,
    arms: str = "unique",
    n_suggestions: int = 1_000,
) -> Reconciled:
    """Rename the miRNAs and mRNAs of a prior to the names of the data.

    Answers why a prior has fewer pairs in the data than expected, and mends what can be mended without guessing. A name
    is matched by the first rule that applies:

    1. `exact`: the data have it. Exact names always win.
    2. `mapping`: `mapping` relates it to one name of the data, in either direction.
    3. `spelling`: it differs in case (`mir`, `miR`), in `_` or `.` for `-`, in a species prefix that only one of the
       two has, or in TargetScan's isoform suffix (`-3p.1`). mRNA symbols may differ in case alone, and not as the
       symbols of two species do (`Trp53`, `TP53`). `version`: Ensembl numbers may differ in their version.
    4. `arm` (miRNAs): where only one of the two says which arm it is, see `arms`. A star (`miR-17*`) says only "the
       less abundant arm", so it is never matched without `mapping`.
    5. `list`: several miRNAs in one name, separated by `;`, `,` or `|`, are matched one by one.

    Names that fit several are `ambiguous`: unmatched, with the candidates as suggestion.

    Parameters
    ----------
    %(net)s
    mirna_names, mrna_names
        Names of the features of the data.
    mapping
        Old and new names of miRNAs (one miRBase release and another) or genes: a DataFrame with columns `old` and
        `new`, or a dict old -> new.
    arms
        What a name without arm (`miR-17`) and names with one (`miR-17-5p`, `miR-17-3p`) have to do with each other.
        `"unique"`: they match if there is only one arm on the side that says it, in the prior or in the data. `"both"`:
        `miR-17` stands for both arms, and its pairs for both. `"exact"`: nothing.
    n_suggestions
        How many unmatched names of each kind get the closest name, those with most pairs first. Only names of the data
        that no other name matched are suggested; for a well-formed miRNA name, only the same miRNA's other forms. 0 for
        none.

    Returns
    -------
    `(net, report)`. `net` has the pairs whose two names matched, renamed, pairs that became the same joined as
    :func:`csmir.priors.union` does. `report` has a row for each name of the prior: `name`, `kind` (`"mirna"` or
    `"mrna"`), `status` (`"matched"`, `"renamed"` or `"unmatched"`), `rule`, `matched_to` (joined by ";"), `suggestion`
    and `n_pairs` (rows of the prior with that name); unmatched names with most pairs first.

    Raises
    ------
    InputError
        If the prior is not one, is reversed, is of another species, or has no pair left.

    Notes
    -----
    A gene that the prior has and the data do not is usually not expressed, and needs no mending.

    References
    ----------
    Van Peer et al., miRBase Tracker, Database 2014 (2014) bau080, on miRNA names across releases.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> net = pd.DataFrame({"source": ["mir-1-3p", "mir-1-3p", "mir-16"], "target": ["TP53", "tp53", "HIF1A"]})
    >>> net, report = cs.priors.reconcile(
    ...     net, ["hsa-miR-1-3p", "hsa-miR-16-5p", "hsa-miR-16-3p"], ["TP53", "HIF1A"]
    ... )
    >>> net
             source target
    0  hsa-miR-1-3p   TP53
    >>> report[["name", "status", "rule", "suggestion"]]
           name     status       rule                   suggestion
    0    mir-16  unmatched  ambiguous  hsa-miR-16-3p;hsa-miR-16-5p
    1  mir-1-3p    renamed   spelling
    2      tp53    renamed   spelling
    3     HIF1A    matched      exact
    4      TP53    matched      exact
    """
    net = check.net(net)
    arms = check.choice("arms", arms, ARMS)
    n_suggestions = check.integer("n_suggestions", n_suggestions, low=0)
    mirna, mrna = unique_index("miRNA", mirna_names), unique_index("mRNA", mrna_names)
    aliases = _match.aliases(mapping)
    source_code, sources = factorize(net, K.SOURCE)
    target_code, targets = factorize(net, K.TARGET)
    seen = (sources, targets, mirna.get_indexer(sources), mrna.get_indexer(targets), mirna, mrna)
    _diagnose.refuse_other_species(*seen)

    source_matches = list(map(_match.MirnaNames(mirna, sources, aliases, arms).match, sources))
    target_matches = list(map(_match.MrnaNames(mrna, aliases).match, targets))
    renamed = _renamed(net, source_code, [m.to for m in source_matches], target_code, [m.to for m in target_matches])
    if renamed.empty:
        _diagnose.refuse_reversed(*seen)
        raise _diagnose.no_overlap(*seen)
    report = pd.concat(
        [
            _report("mirna", sources, source_matches, source_code, mirna, n_suggestions),
            _report("mrna", targets, target_matches, target_code, mrna, n_suggestions),
        ],
        ignore_index=True,
    )
    merged = _tidy.merge(renamed)
    merged.attrs = dict(net.attrs)
    _log(report, len(net), len(renamed), len(merged))
    return Reconciled(merged, report)


def _renamed(
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
    kind: str, names: pd.Index, matches: list[_match.Match], code: np.ndarray, known: pd.Index, most: int
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
        }
    )
    order = pd.Categorical(report["status"], ["unmatched", "renamed", "matched"], ordered=True).codes
    report = report.iloc[np.lexsort((report["name"].astype(str), -report["n_pairs"], order))].reset_index(drop=True)
    # A well-formed miRNA name with another number is another miRNA: its like is no suggestion.
    open_ = (report["rule"] == _match.NONE) & (report["suggestion"] == "")
    if kind == "mirna":
        open_ &= report["name"].map(lambda n: _match.parse(n) is None).astype(bool)
    ask = report.index[open_.to_numpy()][:most]
    free = sorted(set(known).difference(*(m.to for m in matches)))
    report.loc[ask, "suggestion"] = closest([str(n) for n in report.loc[ask, "name"]], free)
    return report


def _log(report: pd.DataFrame, n_rows: int, n_renamed: int, n_pairs: int) -> None:
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
