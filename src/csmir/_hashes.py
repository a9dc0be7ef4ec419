"""Numbers for names and for sets of them, the same in every session and in any order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

# of splitmix64: numbers that differ in one bit come out unlike each other
ONE, TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def name_keys(names: Iterable[Any]) -> np.ndarray:
    """A number for each name, uint64."""
    return pd.util.hash_array(np.array([str(n) for n in names], dtype=object), categorize=False)


def set_key(keys: np.ndarray) -> str:
    """One number for a set of keys, in a few letters."""
    return f"{int(mixed(keys).sum(dtype=np.uint64)):016x}"


def mixed(keys: np.ndarray) -> np.ndarray:
    """Keys unlike what they were, and unlike each other where they differed."""
    out = keys * ONE
    out ^= out >> np.uint64(29)
    out *= TWO
    out ^= out >> np.uint64(32)
    return out
