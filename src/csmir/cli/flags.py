"""Messages of the Python functions in the words of the command line: every advice as a flag."""

from __future__ import annotations

import logging
import re
from copy import copy
from typing import Any

# calls of functions, longest advice first
CALLS = {
    r" ?Rename with cs\.priors\.reconcile\(net, mirna_names, mrna_names\), which reports what it cannot match\.": (
        " Let --reconcile rename them; csmir check lists what it cannot match."
    ),
    r"cs\.priors\.reconcile\([^)]*\)": "--reconcile",
    r"cs\.priors\.match_report\([^)]*\)": "csmir check",
    r"read_table\(\.\.\., source='\.\.\.', target='\.\.\.'\)": "--prior-columns MIRNA TARGET",
    r"cs\.priors\.read_table\(path, source=\.\.\., target=\.\.\.\)": "--prior-columns MIRNA TARGET",
    r"cs\.priors\.targetscan\(path, family_info=\.\.\.\)": "put it beside the file of predictions",
    r"cs\.priors\.filter\(net, species='(\w+)'\)": r"--species \1",
    r"cs\.pp\.handle_missing\(mdata, method='zero'\)(?: or 'drop')?": "--missing zero (or drop)",
    r"cs\.pp\.handle_missing\([^)]*\)": "--missing zero (or drop)",
    r"cs\.pp\.recipe_csmir\(mdata, log=False\)(?:, on the command line --logged)?": "--logged",
    r"cs\.pp\.undo_log2\([^)]*\)|cs\.pp\.undo_log2": "--mirna-scale log2",
    r"cs\.pp\.merge_loci\([^)]*\)": "--merge-loci",
    r"cs\.pp\.merge_duplicates\(mdata, how='sum'\)": "--same-name sum",
    r"cs\.pp\.merge_duplicates\([^)]*\)": "--same-name mean",
    r"cs\.pp\.normalize\([^)]*\)": "--normalize total",
    r"cs\.pp\.log2p1(?:\([^)]*\))?": "the logarithm",
    r"cs\.pp\.recipe_csmir(?:\([^)]*\))?": "the recipe",
    r"cs\.io\.make_mudata\(mirna, mrna(?:, pair_by=\.\.\.)?\)": "--mirna FILE --mrna FILE --pair-by REGEX",
    r"cs\.pp\.detection_floor\([^)]*\)": "--mrna-floor",
    r"cs\.pp\.bootstrap_cells\([^)]*\)": "--runs 100",
    r"Run cs\.tl\.enrich first": "Add --modules conserved --gene-sets FILE",
    r"Run cs\.tl\.compare\(mdata, truth\) first": "Add --truth FILE",
    r"Run cs\.tl\.family\(mdata, members\) first": "Add --family NAME",
    r"cs\.tl\.null\([^)]*\)": "--null 20",
    r"cs\.tl\.regulation\(mdata, net, statistic='(\w+)'\)": r"csmir with --statistic \1",
    r"Leave copies out of the MuData before cs\.pp\.bootstrap_cells, or give pseudo_cells=False\.": "Give --runs 0.",
    r"Give a list of miRNAs, or the table of cs\.priors\.families with `families=`\.": "Give that one as --family.",
    r"these are not log2 values\. Leave this step out\.": "these are not log2 values. Leave --mirna-scale log2 out.",
    r"Relax the conditions\.": "Relax the conditions, such as --species.",
    r"make it a category: \.astype\('category'\)": "give them names in letters in --obs",
    r"\bcopy=True\b": "a copy",
    r"overwrite=True \(--overwrite on the command line\)": "--overwrite",
    r"columns of mdata\.obs or of a modality's \.obs, keys of \.obsm, or features": (
        "columns of --obs or of the data, representations in the data, or features"
    ),
    r"\bmdata\['(\w+)'\]": r"the modality '\1'",
}
# names of parameters that the command line calls otherwise; all others are their name with hyphens
FLAGS = {
    "n_runs": "runs",
    "n_permutations": "null",
    "n_threads": "threads",
    "floor": "mrna-floor",
    "k": "clusters",
    "method": "missing",
    "source": "prior-columns",
    "target": "prior-columns",
    "sep": "features",
    "how": "same-name",
    "formats": "format",
    "folder": "out",
    "net": "prior",
    "prior": "prior",
}
SAME = (
    "alpha", "arms", "box_size", "both_sides", "covariates", "direction", "disease", "duplicates", "escape_formulas",
    "factors", "family", "features", "gene_sets", "groups", "mapping", "mirna", "mirna_scale", "missing", "modules",
    "mrna", "n_neighbors", "neighbors", "normalize", "obs", "overwrite", "pair_by", "pair_table", "parents", "q_pair",
    "seed", "species", "statistic", "transcription", "truth",
)  # fmt: skip
NAMES = {**{name: name.replace("_", "-") for name in SAME}, **FLAGS}
# a parameter and perhaps its value: `alpha`, `pair_by`=..., pair_by=r'_(\d+)$', arms='both', family_info=
VALUE = r"(?:r?'[^']*'|\d[\d.]*|True)"
PARAMETER = re.compile(
    rf"`(?P<ticked>\w+)=?`(?:=(?P<after>{VALUE}))?|\b(?P<plain>\w+)=(?P<value>{VALUE}|(?=[.,;:) ]|$))"
)


def in_flags(message: str) -> str:
    """The message with flags in place of calls and parameters that have one."""
    message = message.replace("check_names=False", "--any-names")
    message = re.sub(r" and pass it as `family_info=` to cs\.priors\.targetscan, or put", " and put", message)
    message = re.sub(r" \(`family_info=`\)", " beside it", message)
    for call, flag in CALLS.items():
        message = re.sub(call, flag, message)
    told = re.match(r"`(\w+)` must be", message)
    if told and told[1] in NAMES:  # what Python says stays as it is, for who looks it up
        return f"{message} (`{told[1]}` is --{NAMES[told[1]]}.)"
    return PARAMETER.sub(_flag, message)


def _flag(match: re.Match[str]) -> str:
    name = match["ticked"] or match["plain"]
    if name not in NAMES:
        return match[0]
    value = match["after"] or match["value"] or ""
    value = re.sub(r"^r(?=')|^True$", "", value)
    value = value.strip("'") if re.fullmatch(r"'[\w/-]+'", value) else value
    return f"--{NAMES[name]}" + (f" {value}" if value else "")


# "1 modules" of a message that counts
ONE = re.compile(
    r"(?<![\d.,=-])1 (hub )?"
    r"(block|cell|cluster|edge|feature|interaction|miRNA|mRNA|module|network|pair|result|row|run|set)s\b"
)


class InFlags(logging.Formatter):
    """Lines of csmir's log, which give advice as errors do."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, its calls and parameters put in flags, its counts with commas, of one thing in the singular."""
        if record.name != "csmir":
            return super().format(record)
        if record.args and isinstance(record.args, tuple):  # of text alone a % may be a per cent
            record = copy(record)
            kinds = re.findall(r"%[^a-zA-Z%]*([a-zA-Z])", str(record.msg).replace("%%", ""))
            given: Any = record.args
            record.args = tuple(f"{int(x):,}" if kind == "d" else x for x, kind in zip(given, kinds, strict=True))
            record.msg = re.sub(r"(?<!%)((?:%%)*)%d", r"\1%s", str(record.msg))
        return in_flags(ONE.sub(r"1 \1\2", super().format(record)))
