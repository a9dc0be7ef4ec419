"""Make a prior of what a reader read: one row a pair, with the name of its database in a column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.opened import sha256
from csmir._log import logger
from csmir.priors._open import Table
from csmir.priors._read import each

# Joins several databases, kinds of evidence or resources in one text.
JOIN = ";"
# Of several values for one pair: text is joined, the smallest of these kept, of the other numbers the largest.
JOINED = (K.PRIOR, K.EVIDENCE, "resources", "species")
SMALLEST = ("context_score",)
# Columns by which `filter` can choose, in order of preference.
SCORES = ("pct", "context_score", "n_clip", "n_papers", "n_records", "score", K.WEIGHT)

MISSING = ("", "null", "na", "n/a", "nan", "none", "<na>", "-")

EXCEL_DATE = re.compile(r"^(?:\d{1,2}-(?:mar|sep|dec)|(?:mar|sep|dec)-\d{1,2}|\d{4}-\d\d-\d\d(?: .*)?)$", re.IGNORECASE)


def finish(
    frame: pd.DataFrame,
    prior: str,
    *,
    path: Table | None = None,
    left_out: Mapping[str, int] | None = None,
    count: tuple[str, str | None] | None = None,
    total: str | None = None,
    **about: Any,
) -> pd.DataFrame:
    """One row a pair: names stripped, rows without a name dropped, duplicates merged, counted in the log.

    `left_out` counts the rows that the reader has already left out, by reason. `count=("n_papers", "pmid")` counts the
    different PubMed numbers of a pair, `count=("n_sites", None)` its rows; the column `total` is summed over its rows.
    """
    counts = {k: v for k, v in (left_out or {}).items() if v}
    n_read = len(frame) + sum(counts.values())
    frame = frame.copy()
    for column in (K.SOURCE, K.TARGET):
        frame[column] = each(frame[column], str.strip)
    named = (frame[K.SOURCE] != "") & (frame[K.TARGET] != "")
    if not named.all():
        counts["without a miRNA or mRNA name"] = int((~named).sum())
        frame = frame[named]
    reasons = ", ".join(f"{n:,} {why}" for why, n in counts.items())
    if frame.empty:
        where = path.name if isinstance(path, Path) else prior
        raise InputError(f"No pair is left of {n_read:,} rows of {where} ({reasons or 'no rows'}).")
    frame[K.PRIOR] = prior
    if count is not None:
        new, of = count
        pairs = frame[of or K.PRIOR].groupby(pair_codes(frame))
        frame[new] = (pairs.transform("size") if of is None else pairs.transform("nunique")).astype(np.int64)
        frame = frame.drop(columns=[of] if of else [])
    if total is not None:
        frame[total] = frame[total].groupby(pair_codes(frame)).transform("sum", min_count=1)
    net = merge(frame)
    logger.info(
        "%s: %s rows%s, %s duplicates; %s pairs of %s miRNAs and %s mRNAs",
        prior,
        f"{n_read:,}",
        f" ({reasons} left out)" if reasons else "",
        *(f"{n:,}" for n in (len(frame) - len(net), len(net), net[K.SOURCE].nunique(), net[K.TARGET].nunique())),
    )
    dates = [t for t in net[K.TARGET].unique() if EXCEL_DATE.match(t)]
    if dates:
        logger.warning("%s: %s targets look like dates made by Excel: %s", prior, len(dates), check.listing(dates))
    net.attrs["csmir_prior"] = {"prior": prior, "rows": n_read, **about}
    if isinstance(path, Path):
        net.attrs["csmir_prior"] |= {"file": path.name, "sha256": sha256(path)}
    return net


def merge(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with the same source and target become one, in order of first appearance."""
    first = [K.SOURCE, K.TARGET, *([K.WEIGHT] if K.WEIGHT in frame else [])]
    frame = frame[first + [c for c in frame.columns if c not in first]].reset_index(drop=True)
    pair = pair_codes(frame)
    n_rows = np.bincount(pair)
    repeated = n_rows[pair] > 1
    if not repeated.any():
        return frame
    again = frame[repeated]
    code, pairs = pd.factorize(pair[repeated])
    merged = again[~pd.Series(code).duplicated().to_numpy()].copy()
    for column in frame.columns[2:]:
        merged[column] = _one_value(column, again[column], code, len(pairs))
    return pd.concat([frame[~repeated], merged]).sort_index(kind="stable").reset_index(drop=True)


def pair_codes(frame: pd.DataFrame) -> np.ndarray:
    """A number for each row, the same for the same source and target."""
    source, _ = pd.factorize(frame[K.SOURCE])
    target, targets = pd.factorize(frame[K.TARGET])
    codes, _ = pd.factorize(source.astype(np.int64) * len(targets) + target)
    return codes


def _one_value(column: str, values: pd.Series, code: np.ndarray, n: int) -> Any:
    if column in JOINED:
        return joined(values, code, n)
    grouped = values.groupby(code)
    if column == K.WEIGHT or not pd.api.types.is_numeric_dtype(values):
        return grouped.first().to_numpy()
    return (grouped.min() if column in SMALLEST else grouped.max()).to_numpy()


def joined(values: pd.Series, code: np.ndarray, n: int) -> np.ndarray:
    """The different words of each group, sorted and joined; `code` numbers the groups 0 to n - 1, none is empty.

    A text is the set of its words, a set is a row of bits: as many rows as different texts, however many pairs.
    """
    which, texts = pd.factorize(values.fillna(""))
    words = [{w for w in str(t).split(JOIN) if w} for t in texts]
    vocabulary = sorted(set().union(*words), key=lambda w: (w.lower(), w))
    has = np.array([[w in ws for w in vocabulary] for ws in words], dtype=bool).reshape(len(words), len(vocabulary))
    bits = np.packbits(has, axis=1)
    if not bits.shape[1]:
        return np.full(n, "", dtype=object)
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    sets = np.bitwise_or.reduceat(bits[which[order]], starts, axis=0)
    unique, inverse = np.unique(sets, axis=0, return_inverse=True)
    named = np.unpackbits(unique, axis=1, count=len(vocabulary)).astype(bool)
    text = np.array([JOIN.join(np.array(vocabulary, dtype=object)[row]) for row in named], dtype=object)
    return text[inverse.ravel()]


def numbers(values: pd.Series) -> pd.Series:
    """Text to float64; NULL, NA and empty cells are missing, and so is other text, which is counted."""
    out = pd.to_numeric(values, errors="coerce").astype(np.float64)
    odd = values[out.isna()].astype(str).str.strip()
    odd = odd[~odd.str.lower().isin(MISSING)]
    if len(odd):
        logger.warning(
            "%s values are not numbers and count as missing: %s", f"{len(odd):,}", check.listing(odd.unique(), 3)
        )
    return out


def one_of(name: str, value: str | Iterable[str] | None, options: Iterable[str]) -> list[str] | None:
    """None, or a list of a few words."""
    if value is None:
        return None
    values = [value] if isinstance(value, str) else list(value)
    options = list(options)
    return [check.choice(name, v, options) for v in values]
