"""Give a prior the names of the data, and say what did not match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from csmir import _validate as check
from csmir._docs import fill
from csmir._log import logger
from csmir._names import diagnose
from csmir._names.aligned import unique_index
from csmir.priors import _rename

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
    is matched by the first rule that applies, and rules compose:

    1. `exact`: the data have it. Exact names always win.
    2. `mapping`: `mapping` relates it to one name of the data, in either direction.
    3. `spelling`: it differs in case (`mir`, `miR`), in `_`, `.` or a typographic hyphen for `-`, in a species prefix
       that only one of the two has, or in TargetScan's isoform suffix (`-3p.1`). mRNA symbols may differ in case alone,
       and not as the symbols of two species do (`Trp53`, `TP53`, `tp53`).
    4. `release`: miRBase calls the same miRNA so now, or did before (`miR-145` is `miR-145-5p`), by the table of all
       its names that ships with csmir. Known, but not in the data: unmatched under this rule, with the name of today.
       `accession`: one of the two names is an accession (`MIMAT0000437`).
    5. `hairpin`, `gene`: the data count hairpins (`hsa-mir-16-1`) or genes (`MIR16-1`), each of which gives two mature
       miRNAs, or the prior names them. A match with `arms="both"` only.
    6. `list`: several miRNAs in one name, of the data (`hsa-let-7a-5p/7c-5p`) or of the prior. If a part is not a miRNA
       name (isomiRs: `hsa-miR-21-5p|+1`), the whole is another thing, and unmatched.
    7. mRNAs: `version`, Ensembl numbers may differ in their version; `list`, a symbol and an identifier in one name
       (`PTEN_ENSG00000171862.11`); `excel`, symbols that a spreadsheet made dates of, where there is one.

    Names that fit several are `ambiguous`: unmatched, with the candidates as suggestion. No arm is ever chosen because
    the data lack the other.

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
        `"unique"`: they match if miRBase says that they are one miRNA. `"both"`: a name without arm, a hairpin and a
        gene stand for both arms, and their pairs for both. `"exact"`: nothing.
    n_suggestions
        How many unmatched names of each kind that fit nothing get the closest name, those with most pairs first. For
        a well-formed miRNA name, only the same miRNA's other forms are suggested. 0 for none.

    Returns
    -------
    `(net, report)`. `net` has the pairs whose two names matched, renamed, pairs that became the same joined as
    :func:`csmir.priors.union` does. `report` has a row for each name of the prior: `name`, `kind` (`"mirna"` or
    `"mrna"`), `status` (`"matched"`, `"renamed"` or `"unmatched"`), `rule`, `matched_to` (joined by ";"), `suggestion`
    (candidates, or the name of today) and `n_pairs` (rows of the prior with that name); unmatched names with most pairs
    first. `report.attrs["levels"]` says what the miRNAs of the data and of the prior name: `"mature"`, `"hairpin"` or
    `"gene"`.

    Raises
    ------
    InputError
        If the prior is not one, is reversed, is of another species, or has no pair left and the names do not tell why.
        Where they tell (known, but not in the data; ambiguous), `net` is empty, and a warning and
        `report.attrs["nothing_left"]` say what to do. :func:`csmir.priors.match_report` never raises for what it is to
        report.

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
    >>> net = pd.DataFrame({"source": ["mir-1-3p", "mir-1-3p", "miR-340"], "target": ["TP53", "tp53", "HIF1A"]})
    >>> net, report = cs.priors.reconcile(
    ...     net, ["hsa-miR-1-3p", "hsa-miR-340-5p"], ["TP53", "HIF1A"]
    ... )
    >>> net
             source target
    0  hsa-miR-1-3p   TP53
    >>> report[["name", "status", "rule", "suggestion"]]
           name     status       rule                     suggestion
    0   miR-340  unmatched  ambiguous  hsa-miR-340-3p;hsa-miR-340-5p
    1  mir-1-3p    renamed   spelling
    2      tp53    renamed   spelling
    3     HIF1A    matched      exact
    4      TP53    matched      exact
    """
    net = check.net(net)
    arms = check.choice("arms", arms, ARMS)
    n_suggestions = check.integer("n_suggestions", n_suggestions, low=0)
    mirna, mrna = unique_index("miRNA", mirna_names), unique_index("mRNA", mrna_names)
    result = _rename.renamed(net, mirna, mrna, mapping=mapping, arms=arms, n_suggestions=n_suggestions)
    diagnose.refuse_several_species(result.seen.sources, mirna)
    diagnose.refuse_other_species(result.seen)
    report = result.report.drop(columns=_rename.PAIRS_LOST)
    if result.net.empty:
        diagnose.refuse_reversed(result.seen)
        why = diagnose.nothing_renamed(result.report, result.seen)
        if not _rename.understood(result.report):
            raise why
        report.attrs[_rename.NOTHING_LEFT] = str(why)
        logger.warning("reconcile: %s", why)
    _rename.log(result.report, len(net), result.n_rows, len(result.net))
    return Reconciled(result.net, report)
