"""The closest of many names, quickly: three-letter pieces choose a few candidates, difflib judges them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

# Candidates that difflib looks at, and the likeness (0 to 1) it must find.
CANDIDATES, LIKENESS = 8, 0.8
BLOCK = 500


def closest(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """For each name the most alike known one, or ""."""
    if not len(names) or not len(known):
        return [""] * len(names)
    codes: dict[str, int] = {}
    theirs = _pieces(known, codes)
    ours = _pieces(names, codes)
    width = len(codes)
    theirs_m = _matrix(theirs, width)
    n_theirs = np.asarray(theirs_m.sum(axis=1)).ravel()
    ours_m = _matrix(ours, width)
    out: list[str] = []
    for start in range(0, len(names), BLOCK):
        shared = (ours_m[start : start + BLOCK] @ theirs_m.T).tocsr()
        for i in range(shared.shape[0]):
            lo, hi = shared.indptr[i], shared.indptr[i + 1]
            at = shared.indices[lo:hi]
            likeness = 2 * shared.data[lo:hi] / (len(ours[start + i]) + n_theirs[at])
            best = at[np.lexsort((at, -likeness))[:CANDIDATES]]
            out.append(_best(names[start + i], [known[b] for b in best]))
    return out


def _best(name: str, candidates: list[str]) -> str:
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(name.lower())
    best, found = LIKENESS, ""
    for candidate in candidates:
        matcher.set_seq1(candidate.lower())
        if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best:
            ratio = matcher.ratio()
            if ratio > best or (ratio == best and not found):
                best, found = ratio, candidate
    return found


def _pieces(names: Sequence[str], codes: dict[str, int]) -> list[list[int]]:
    """The different three-letter pieces of each name, numbered; `codes` learns new ones."""
    out = []
    for name in names:
        text = f"  {name.lower()} "
        out.append(sorted({codes.setdefault(text[i : i + 3], len(codes)) for i in range(len(text) - 2)}))
    return out


def _matrix(pieces: list[list[int]], width: int) -> Any:
    indptr = np.concatenate(([0], np.cumsum([len(p) for p in pieces])))
    indices = np.fromiter((c for p in pieces for c in p), dtype=np.int32, count=int(indptr[-1]))
    return sparse.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(pieces), width))
