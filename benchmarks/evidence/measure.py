"""From what a method says of one data set to figures."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from benchmarks.evidence.dataset import Dataset
from benchmarks.evidence.methods import Found


def figures(data: Dataset, found: Found) -> dict[str, Any]:
    """Every figure that these data allow; shares of nothing are 0, as an error rate counts them."""
    truth, edges, layout = data.truth, found.edges, data.cells.layout
    nowhere = ~truth.any(axis=0)
    out = _rates(found.p[:, nowhere], "")
    inside = data.cells.in_program[0][layout.mirna] & data.cells.in_program[1][layout.mrna] & nowhere
    if inside.any():
        out |= _rates(found.p[:, inside], "_inside")
    wrong = (edges & ~truth).sum(axis=1)
    somewhere = edges.any(axis=0)
    out |= {
        "any_edge": float(edges.any(axis=1).mean()),
        "edges": float(edges.sum(axis=1).mean()),
        "false": _share(wrong.sum(), edges.sum()),
        "false_by_cell": float(np.mean(wrong / np.maximum(edges.sum(axis=1), 1))),
        "false_nowhere": _share(edges[:, nowhere].sum(), edges.sum()),
        "false_union": _share((somewhere & nowhere).sum(), somewhere.sum()),
        "seconds": found.seconds,
    }
    if truth.any():
        out["power"] = float((edges & truth).sum() / truth.sum())
        out["power_union"] = float((somewhere & ~nowhere).sum() / (~nowhere).sum())
        out["auprc"] = _auprc(truth.ravel(), -found.p.ravel())
    if data.setting.hub:
        of_hub = layout.mirna == 0
        out["power_hub"] = float((edges & truth)[:, of_hub].sum() / truth[:, of_hub].sum())
        others = truth[:, ~of_hub].sum()
        out["power_others"] = float((edges & truth)[:, ~of_hub].sum() / others) if others else float("nan")
        out["false_others"] = _share((edges & ~truth)[:, ~of_hub].sum(), edges[:, ~of_hub].sum())
        out["hub_named"] = float(any(re.search(r"\bmiR-1\b", text) for text in found.warned))
    if layout.clusters:
        out["false_sisters"] = _sisters(data, edges)
    if "set" in found.more:
        out |= _sets(data, edges, found.more["set"])
    if "pair_q" in found.more:
        held = found.more["pair_q"] <= 0.05
        out["pairs"] = int(held.sum())
        out["false_pairs"] = _share((held & nowhere).sum(), held.sum())
        out["power_pairs"] = _share((held & ~nowhere).sum(), (~nowhere).sum())
    return out | {k: v for k, v in found.more.items() if np.isscalar(v)}


def _rates(p: np.ndarray, tag: str) -> dict[str, float]:
    return {f"p01{tag}": float((p <= 0.01).mean()), f"p05{tag}": float((p <= 0.05).mean())}


def _share(part: float, of: float) -> float:
    return float(part / of) if of else 0.0


def _auprc(truth: np.ndarray, score: np.ndarray) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, score))


def _sets(data: Dataset, edges: np.ndarray, sets: np.ndarray) -> dict[str, float]:
    """The same of sets of miRNAs: right if a member regulates the target in the cell, found if a set has the miRNA."""
    layout, truth = data.cells.layout, data.truth
    right, found = np.zeros(edges.shape, bool), np.zeros(edges.shape, bool)
    for pair in range(len(sets)):
        members = [int(name.rsplit("-", 1)[1]) - 1 for name in sets[pair].split(", ") if name]
        same = np.flatnonzero((layout.mrna == layout.mrna[pair]) & np.isin(layout.mirna, members))
        right[:, pair] = truth[:, same].any(axis=1)
        found[:, same] |= edges[:, [pair]]
    return {
        "false_sets": _share((edges & ~right).sum(), edges.sum()),
        "power_sets": _share((found & truth).sum(), truth.sum()),
    }


def _sisters(data: Dataset, edges: np.ndarray) -> float:
    """False edges of miRNAs whose sister regulates the target in the cell, for each true edge."""
    layout, truth = data.cells.layout, data.truth
    cluster = layout.mirna // data.setting.cluster
    key = cluster * (layout.mrna.max() + 1) + layout.mrna
    _, code = np.unique(key, return_inverse=True)
    hit = np.zeros((len(truth), code.max() + 1), bool)
    for pair in np.flatnonzero(truth.any(axis=0)):
        hit[:, code[pair]] |= truth[:, pair]
    return _share((edges & ~truth & hit[:, code]).sum(), (edges & truth).sum())
