"""What a run would test, and what it would lose: `csmir check`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
from mudata import MuData

import csmir as cs
from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir.cli.inputs import Extras, pairs_in, read_extras, read_mapping, read_run, renamed, wants_renaming
from csmir.cli.steps import runs_of
from csmir.inference.statistics import statistic

WORST = 5  # names shown for each kind


def preview(options: dict[str, Any]) -> list[tuple[str, Any]]:
    """Read everything, and say in lines what would be tested and lost."""
    extras = read_extras(options)
    mdata, net = read_run(options)
    lines = _data(mdata)
    if net is None:
        lines.append(("pairs to test", f"{mdata[K.MIRNA].n_vars * mdata[K.MRNA].n_vars:,}, all there are"))
    else:
        lines += _prior(net, mdata, options)
    return lines + _lists(extras, mdata) + [("the run", _plan(options))]


def _data(mdata: MuData) -> list[tuple[str, Any]]:
    pairing = mdata.uns[K.UNS].get(K.PAIRING, {})
    alone = [
        f"{len(pairing.get(f'unpaired_{side}', ()))} {word}" for side, word in (("mirna", "miRNA"), ("mrna", "mRNA"))
    ]
    dropped = mdata.uns[K.UNS].get("filter_constant", {})
    lines: list[tuple[str, Any]] = [("cells", f"{mdata.n_obs:,} ({' and '.join(alone)} cells without a partner)")]
    for key, word in ((K.MIRNA, "miRNAs"), (K.MRNA, "mRNAs")):
        gone = dropped.get(f"n_dropped_{key}", dropped.get(f"n_removed_{key}"))
        names = check.listing(mdata[key].var_names, 3)
        lines.append((word, f"{mdata[key].n_vars:,}{'' if gone is None else f' ({gone} left out)'}: {names}"))
    return lines


def _prior(net: pd.DataFrame, mdata: MuData, options: dict[str, Any]) -> list[tuple[str, Any]]:
    mapping = None if options["mapping"] is None else read_mapping(options["mapping"])
    report = cs.priors.match_report(net, mdata, mapping=mapping, arms=options["arms"] or "unique")
    if options.get("names") is not None:
        report.to_csv(options["names"], sep="\t", index=False)
    exact = pairs_in(net, mdata)
    tested = exact
    if wants_renaming(options):
        tested = pairs_in(renamed(net, mdata, options, mapping), mdata)
    levels = report.attrs["levels"]
    lines: list[tuple[str, Any]] = [
        ("prior", f"{len(net):,} pairs of {net[K.SOURCE].nunique():,} miRNAs and {net[K.TARGET].nunique():,} mRNAs"),
        ("named by", f"{levels['prior']} in the prior, {levels['data']} in the data"),
    ]
    for kind, word in (("mirna", "miRNA names"), ("mrna", "mRNA names")):
        lines.append((word, _counts(report[report["kind"] == kind])))
    for kind, word in (("mirna", "lost miRNAs"), ("mrna", "lost mRNAs")):
        worst = report[(report["kind"] == kind) & (report["status"] == "unmatched")].head(WORST)
        if len(worst):
            lines.append((word, "; ".join(map(_one, worst.itertuples())) + "; ..." * (len(worst) == WORST)))
    lines.append(("pairs to test", f"{tested:,}" + _with_renaming(exact, tested, report, options)))
    if not tested:
        raise InputError(
            "\n".join(f"{name}: {value}" for name, value in lines)
            + "\nNo pair would be tested: the names of the prior are not those of the data."
        )
    return lines


def _counts(report: pd.DataFrame) -> str:
    status = Counter(report["status"])
    by = Counter(report.loc[report["status"] == "renamed", "rule"])
    how = ", ".join(f"{n:,} by {rule}" for rule, n in sorted(by.items()))
    unclear = int((report["rule"] == "ambiguous").sum())
    renamed = f"{status['renamed']:,} can be renamed" + (f" ({how})" if how else "")
    return f"{status['matched']:,} as in the data, {renamed}, {status['unmatched']:,} unmatched ({unclear:,} ambiguous)"


def _one(row: Any) -> str:
    cost = f", {row.expression_lost:.1%} of the values" if row.expression_lost else ""
    return f"{row.name} ({row.n_pairs:,} pairs{cost}{f'; perhaps {row.suggestion}' if row.suggestion else ''})"


def _with_renaming(exact: int, tested: int, report: pd.DataFrame, options: dict[str, Any]) -> str:
    lost = int(report.loc[report["kind"] == "mirna", "pairs_lost"].sum())
    if wants_renaming(options):
        return f" ({exact:,} without --reconcile; {lost:,} rows of the prior have an end that the data lack)"
    rest = int(report.loc[report["kind"] == "mirna", "n_pairs"].sum()) - lost
    return f"; {rest:,} with --reconcile" if rest > exact else ""


def _lists(extras: Extras, mdata: MuData) -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    names = mdata[K.MIRNA].var_names.append(mdata[K.MRNA].var_names)
    if extras.truth is not None:
        pairs = len(extras.truth)
        lines.append(("truth", f"{pairs_in(extras.truth, mdata):,} of {pairs:,} pairs are in the data"))
    if extras.disease is not None:
        lacking = [n for n in dict.fromkeys(extras.disease) if n not in names]
        n = len(set(extras.disease))
        rest = f"; not: {check.listing(lacking)}" if lacking else ""
        lines.append(("disease", f"{n - len(lacking):,} of {n:,} names are in the data{rest}"))
    return lines


def _plan(options: dict[str, Any]) -> str:
    name, runs = options["statistic"], runs_of(options)
    if "pseudo_cells" not in statistic(name).options:
        return f"{name}"
    return f"{name}, {f'{runs:,} bootstrap runs' if runs else 'without pseudo-cells'}"
