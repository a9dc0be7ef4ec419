"""A value beside its limit: "ok"; "**not met**"; or "open" where it is over, and its own limits reach the one asked."""

from __future__ import annotations

import numpy as np

from benchmarks.evidence.numbers import Estimate


def at_most(value: Estimate, limit: float, *, by: str = "mean", percent: bool = False) -> str:
    """Value, limit, and "ok" or "not met". `by`: which of the mean, the lower or the upper limit must hold it."""
    return _said(value, getattr(value, by), limit, "≤", percent, getattr(value, by) <= limit, by)


def at_least(value: Estimate, limit: float, *, by: str = "mean", percent: bool = False) -> str:
    """Likewise from below."""
    return _said(value, getattr(value, by), limit, "≥", percent, getattr(value, by) >= limit, by)


def _said(value: Estimate, judged: float, limit: float, sign: str, percent: bool, holds: bool, by: str) -> str:
    if np.isnan(value.mean):
        return "not measured"
    if np.isnan(judged):  # one data set has no limits
        holds = value.mean <= limit if sign == "≤" else value.mean >= limit
    verdict = "ok" if holds else "open" if by == "mean" and value.low <= limit <= value.high else "**not met**"
    k = 100 if percent else 1
    return f"{value.text(percent=percent)} {sign} {k * limit:g}: {verdict}"
