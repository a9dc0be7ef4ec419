"""Which cell of one matrix is which cell of the other: by name or by regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from csmir import _validate as check
from csmir._errors import InputError


class Pairs(NamedTuple):
    """Names of the paired cells, in the order of the miRNA matrix, and how they were found."""

    mirna: list[str]
    mrna: list[str]
    by: str


def by_name(mirna: Sequence[str], mrna: Sequence[str]) -> Pairs:
    """Cells of exactly the same name."""
    there = set(mrna)
    shared = [name for name in mirna if name in there]
    if not shared:
        raise InputError(
            f"No cell is in both matrices: miRNA cells are named {check.listing(mirna, 3)}, mRNA cells "
            f"{check.listing(mrna, 3)}. "
            "Say what their names share by a regular expression with one group, such as pair_by=r'_(\\d+)$', or give a "
            "table of name pairs with pair_table=."
        )
    return Pairs(shared, shared, "name")


def by_regex(mirna: Sequence[str], mrna: Sequence[str], pattern: str | Sequence[str]) -> Pairs:
    """Cells whose names hold the same text in the group; all-digit text is compared as a number."""
    one = isinstance(pattern, str) or not isinstance(pattern, Sequence)
    patterns: list[Any] = [pattern, pattern] if one else list(pattern)
    if len(patterns) != 2 or not all(isinstance(p, str) for p in patterns):
        raise InputError(f"`pair_by` must be one regular expression or two (miRNA, mRNA), as text; found {pattern!r}.")
    a = _keys("miRNA", mirna, patterns[0])
    b = _keys("mRNA", mrna, patterns[1])
    shared = [key for key in a if key in b]
    if not shared:
        raise InputError(
            f"No cell is in both matrices by pair_by={pattern!r}: the miRNA cells give {check.listing(a, 3)} (from "
            f"{check.listing(mirna, 2)}), the mRNA cells {check.listing(b, 3)} (from {check.listing(mrna, 2)}). "
            "The group must hold what both names share."
        )
    for side, keys in (("miRNA", a), ("mRNA", b)):
        twice = {key: keys[key] for key in shared if len(keys[key]) > 1}
        if twice:
            shown = "; ".join(f"{key!s} from {check.listing(names)}" for key, names in list(twice.items())[:5])
            raise InputError(
                f"pair_by={pattern!r} is ambiguous: {len(twice):,} of its keys stand for several {side} cells "
                f"({shown}). "
                "Make it match one of them only, for example by naming the text before the number and ending it with "
                "$, "
                "use one expression for each side, pair_by=(mirna_regex, mrna_regex), or give a table with pair_table=."
            )
    return Pairs([a[key][0] for key in shared], [b[key][0] for key in shared], "regex")


def _keys(side: str, names: Sequence[str], pattern: str) -> dict[str | int, list[str]]:
    """Group text -> names, in the order of the names."""
    try:
        regex = re.compile(pattern)
    except re.error as e:
        raise InputError(f"`pair_by`={pattern!r} is not a regular expression: {e}.") from None
    if regex.groups != 1:
        raise InputError(
            f"`pair_by`={pattern!r} must have exactly one group, the part that both names share; found {regex.groups}. "
            "Write (...) around that part, and (?:...) for groups that only hold alternatives."
        )
    keys: dict[str | int, list[str]] = {}
    for name in names:
        match = regex.search(name)
        if match and match.group(1):
            text = match.group(1)
            keys.setdefault(int(text) if re.fullmatch(r"[0-9]+", text) else text, []).append(name)
    if not keys:
        raise InputError(
            f"`pair_by`={pattern!r} matches no {side} cell; they are named {check.listing(names, 3)}. "
            "Two expressions may be given, pair_by=(mirna_regex, mrna_regex)."
        )
    return keys
