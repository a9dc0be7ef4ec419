"""Names and numbers as figures show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from csmir import _keys as K


def shorten(name: Any, most: int = 22) -> str:
    """A long name with its middle left out."""
    text = str(name)
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def shortened(names: Iterable[Any], most: int = 22) -> list[str]:
    """Each name as by `shorten`; where different names would read the same, with what tells them apart."""
    texts = [str(name) for name in names]
    alike: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        alike.setdefault(shorten(text, most), []).append(text)
    label: dict[str, str] = {}
    for short, group in alike.items():
        label |= dict(zip(group, [short] if len(group) == 1 else _told_apart(group, most), strict=True))
    return [label[text] for text in texts]


def _told_apart(names: list[str], most: int) -> list[str]:
    """Long names from shortly before where they begin to differ; whole ones if that does not do."""
    head = most // 4
    start = max(_n_alike(names) - 3, head)
    rest = [_without_end(name[start:], most - head - 1) for name in names]
    labels = [f"{name[:head]}…{end}" for name, end in zip(names, rest, strict=True)]
    return labels if len({*labels}) == len(names) else names


def _without_end(text: str, most: int) -> str:
    """A long text without its end."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def common_prefix(names: Any) -> str:
    """What all names begin with, up to its last separator: `K562_HalfCell_` of a plate's cells; else ""."""
    texts = [str(n) for n in names]
    if len(texts) < 2:
        return ""
    end = max((i + 1 for i in range(_n_alike(texts)) if not texts[0][i].isalnum()), default=0)
    return texts[0][:end] if end > 2 else ""


def _n_alike(texts: list[str]) -> int:
    """How many letters all begin with."""
    first, last = min(texts), max(texts)
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def bare(names: Any) -> tuple[list[str], str]:
    """Names without what all begin and end with, and that as `K562_HalfCell_…` or `P1_…_rep1`; "" if nothing."""
    texts = [str(n) for n in names]
    prefix = common_prefix(texts)
    rest = [t[len(prefix) :] for t in texts]
    suffix = common_prefix(t[::-1] for t in rest)[::-1]
    if suffix and all(len(t) > len(suffix) for t in rest):
        rest = [t[: -len(suffix)] for t in rest]
    else:
        suffix = ""
    return rest, f"{prefix}…{suffix}" if prefix or suffix else ""


def count_label(what: str, n: int, named: bool) -> str:
    """`cells` where names are written, else `1,000 cells`; `cell` if there is one alone."""
    what = what.removesuffix("s") if n == 1 else what
    return what if named else f"{n:,} {what}"


def signed(value: float, digits: int = 2) -> str:
    """`+1.20`, `−0.30` with the sign that is as wide as a plus, and `0.00` without one."""
    text = f"{abs(value):.{digits}f}"
    return text if float(text) == 0 else ("+" if value > 0 else "\u2212") + text


def directed(word: str) -> str:
    """A direction; of none, the correlation that tells none."""
    return f"{word} (ρ 0.00)" if word == K.NO_DIRECTION else word


def p_text(p: float) -> str:
    """`p = 0.0123`, `p = 3e-05`, `p < 1e-300`, or `not tested`."""
    if np.isnan(p):
        return "not tested"
    if p < 1e-300:
        return "p < 1e-300"
    return f"p = {p:.3f}" if p >= 0.01 else f"p = {p:.1g}"


def one_side(values: Any) -> str:
    """What a colour bar of two sides adds where all values are on one, which grey print does not tell."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known) & (known != 0)]
    if not len(known) or (known.min() < 0 < known.max()):
        return ""
    return " (all below 0)" if known.max() < 0 else " (all above 0)"
