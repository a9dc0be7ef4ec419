"""Tables of the results page, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.truth.statistics import CSMIR, LABELS


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _percent(row: pd.Series, metric: str) -> str:
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    if np.isnan(row[metric]):
        return ""
    return f"{100 * row[metric]:.2f} ({100 * max(low, 0):.2f}-{100 * high:.2f})"


def _by(table: pd.DataFrame, keys: list[str]) -> dict[tuple, pd.Series]:
    return {tuple(row[k] for k in keys): row for _, row in table.iterrows()}


def error(table: pd.DataFrame, statistics: list[str]) -> str:
    """Null rates by number of cells."""
    cells, at = sorted(table["n"].unique()), _by(table, ["statistic", "n"])
    rows = []
    for metric, level in (("type1_01", "1 %"), ("type1_05", "5 %")):
        for s in statistics:
            rows.append([LABELS[s], level, *(_percent(at[s, n], metric) if (s, n) in at else "" for n in cells)])
    return markdown(["statistic", "nominal", *(f"{n:,} cells" for n in cells)], rows)


def error_by_kind(table: pd.DataFrame, statistics: list[str]) -> str:
    """Null rates by kind of data."""
    at, rows = _by(table, ["name", "statistic"]), []
    for name in table["name"].unique():
        for metric, level in (("type1_01", "1 %"), ("type1_05", "5 %")):
            cells = [_percent(at[name, s], metric) if (name, s) in at else "" for s in statistics]
            rows.append([name, level, *cells])
    return markdown(["data", "nominal", *(LABELS[s] for s in statistics)], rows)


def fdr(table: pd.DataFrame, statistics: list[str]) -> str:
    """False shares at both levels, by its own null and in the cell."""
    cells, at = sorted(table["n"].unique()), _by(table, ["name", "statistic", "n"])
    rows = []
    for name in table["name"].unique():
        for s in statistics:
            if not any((name, s, n) in at for n in cells):
                continue
            for kind, words in (("fdr_own", "own null"), ("fdr", "cell")):
                shown = []
                for n in cells:
                    row = at.get((name, s, n))
                    known = row is not None and not np.isnan(row["fdr_05"])
                    shown.append(f"{row[f'{kind}_05']:.3f} / {row[f'{kind}_10']:.3f}" if known else "")
                rows.append([name, LABELS[s], words, *shown])
    head = ["data", "statistic", "false", *(f"{n:,} cells: at 0.05 / 0.1" for n in cells)]
    return markdown(head, rows)


def metric(table: pd.DataFrame, name: str, statistics: list[str]) -> str:
    """One metric by kind of data and number of cells; the best of a column in bold."""
    cells, at, rows = sorted(table["n"].unique()), _by(table, ["name", "statistic", "n"]), []
    for kind in table["name"].unique():
        best = {
            n: max(
                (at[kind, s, n][name] for s in statistics if (kind, s, n) in at and at[kind, s, n][name] > 0), default=0
            )
            for n in cells
        }
        for s in statistics:
            shown = []
            for n in cells:
                value = at[kind, s, n][name] if (kind, s, n) in at else np.nan
                text = "" if np.isnan(value) else f"{value:.2f}"
                shown.append(f"**{text}**" if text.strip("0.") and value == best[n] else text)
            if any(shown):
                rows.append([kind, LABELS[s], *shown])
    return markdown(["data", "statistic", *(f"{n:,} cells" for n in cells)], rows)


def varied(table: pd.DataFrame) -> str:
    """AUPRC of the statistics, and power and false share of the local test, on other kinds of data."""
    at, rows = _by(table, ["name", "statistic"]), []
    others = [s for s in LABELS if s not in CSMIR and s in set(table["statistic"])]
    for name in table["name"].unique():
        local = at[name, "local"]
        best = max((s for s in others if (name, s) in at), key=lambda s: at[name, s]["auprc"])
        rows.append(
            [
                name, f"{local['auprc']:.2f}", f"{at[name, best]['auprc']:.2f} ({LABELS[best]})",
                f"{local['power_05']:.2f}", f"{local['fdr_own_05']:.3f}", f"{local['fdr_05']:.3f}",
            ]
        )  # fmt: skip
    head = ["data", "AUPRC, local", "AUPRC, best comparator", "power, local", "false by its null", "false in the cell"]
    return markdown(head, rows)


def k562(frame: pd.DataFrame) -> str:
    """Null rates over shuffles."""
    rows = []
    for name, part in frame.groupby("statistic", sort=False):
        row = [LABELS[str(name)]]
        for m in ("type1_01", "type1_05"):
            half = stats.t.ppf(0.975, len(part) - 1) * part[m].std() / np.sqrt(len(part))
            low, high = max(part[m].mean() - half, 0), part[m].mean() + half
            row.append(f"{100 * part[m].mean():.2f} ({100 * low:.2f}-{100 * high:.2f})")
        rows.append(row)
    return markdown(["statistic", "p ≤ 1 %", "p ≤ 5 %"], rows)
