"""Gene symbols that a spreadsheet turned into dates and numbers: which symbol it was, where that can be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

REPAIRED, AMBIGUOUS, UNKNOWN = "repaired", "ambiguous", "unknown"
STYLES = ("new", "old")

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = f"({'|'.join(MONTHS)})[a-z]*"
DAY_MONTH = re.compile(rf"(\d{{1,2}})[-/ ]{_MONTH}(?:[-/ ]\d{{2,4}})?", re.IGNORECASE)  # 1-Mar, 01-Mar-21
MONTH_DAY = re.compile(rf"{_MONTH}[-/ ](\d{{1,2}})", re.IGNORECASE)  # Mar-01
ISO_DATE = re.compile(r"\d{4}-(\d{2})-(\d{2})(?: 00:00:00)?")  # 2021-03-01
NUMERIC_DATE = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")  # 3/1/2021: month first or day first
TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?", re.IGNORECASE)  # 12:00 AM
SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?E[+-]?\d+", re.IGNORECASE)  # 2.31E+13, of RIKEN clone 2310009E13
SERIAL = re.compile(r"\d{5}(?:\.0)?")  # 44256: a date as Excel counts days


def _table() -> dict[tuple[int, int], list[tuple[str, str]]]:
    """(month, number) -> symbols, (HGNC's today, HGNC's before 2020)."""
    table = {(9, i): [(f"SEPTIN{i}", f"SEPT{i}")] for i in (*range(1, 13), 14)}
    table[9, 13] = [("SEPTIN7P2", "SEPT13")]
    table[9, 15] = [("SELENOF", "SEP15")]
    table |= {(3, i): [(f"MARCHF{i}", f"MARCH{i}")] for i in range(1, 12)}
    for i in (1, 2):
        table[3, i].append((f"MTARC{i}", f"MARC{i}"))
    table[12, 1] = [("DELEC1", "DEC1")]
    # no symbols but aliases that papers use: named as candidates, never taken
    table[10, 1] = [("POU2F1", "POU2F1"), ("SLC22A1", "SLC22A1")]
    table[10, 2] = [("POU2F2", "POU2F2"), ("SLC22A2", "SLC22A2")]
    table[10, 3] = [("POU5F1", "POU5F1"), ("SLC22A3", "SLC22A3")]
    return table


SYMBOLS = _table()


def date_of(name: str) -> tuple[int, int] | None:
    """(month, number) of a name that is a date for certain."""
    if found := DAY_MONTH.fullmatch(name):
        return MONTHS.index(found[2][:3].lower()) + 1, int(found[1])
    if found := MONTH_DAY.fullmatch(name):
        return MONTHS.index(found[1][:3].lower()) + 1, int(found[2])
    if found := ISO_DATE.fullmatch(name):
        return int(found[1]), int(found[2])
    return None


def diagnose(names: Iterable[str], mapping: Mapping[str, str], style: str) -> pd.DataFrame:
    """One row for each damaged (or mapped) name: `found`, `repaired`, `status`, `candidates`, `n_features`."""
    counts = pd.Series(list(names), dtype=object).value_counts(sort=False)
    digits = [name for name in counts.index if str(name).isdigit()]
    serial = len(digits) < len(counts) / 2  # else these are numeric identifiers, such as Entrez's
    rows = []
    for name, n in counts.items():
        verdict = (mapping[str(name)], REPAIRED, "") if name in mapping else _verdict(str(name), style, serial)
        if verdict:
            rows.append((str(name), *verdict, int(n)))
    return pd.DataFrame(rows, columns=["found", "repaired", "status", "candidates", "n_features"])


def _verdict(name: str, style: str, serial: bool) -> tuple[str, str, str] | None:
    date = date_of(name)
    if date is not None:
        candidates = [pair[STYLES.index(style)] for pair in SYMBOLS.get(date, [])]
        if len(candidates) == 1:
            return candidates[0], REPAIRED, ""
        return "", AMBIGUOUS if candidates else UNKNOWN, ", ".join(candidates)
    damaged = any(form.fullmatch(name) for form in (NUMERIC_DATE, TIME, SCIENTIFIC))
    return ("", UNKNOWN, "") if damaged or (serial and SERIAL.fullmatch(name)) else None
