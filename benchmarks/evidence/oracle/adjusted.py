"""Scores, covariates, factors, decoys and p-values of the oracle."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.evidence.dataset import Dataset
from benchmarks.evidence.methods import Found, Method
from benchmarks.evidence.oracle.space import Space, choose, ranks

BASIS, COUNTS, NOMINAL, SLACK = 8, (0, 1, 2, 3, 5, 7), 0.01, 1.15
EXPECTED_BOTH = 5.0
RIDGE = 1e-3


def infer(data: Dataset, method: Method) -> Found:
    """Options: `space` ("types", "auto", "two-step"), `factors` (a number or "auto"), `direct`."""
    start = time.perf_counter()
    layout, options = data.cells.layout, method.options
    targets = {int(r): layout.mrna[layout.mirna == r] for r in np.unique(layout.mirna)}
    types = data.obs["type"].cat.codes.to_numpy() if method.groups and "type" in data.obs else None
    space = choose(data.mrna, data.mirna, targets, types, options.get("space", "auto"), data.seed)
    x, y = scores(data.mirna, space), scores(data.mrna, space)
    known = center(columns(data.obs[data.known]), space) if method.known and data.known else np.empty((len(x[0]), 0))
    basis, eigen = factors_of(y[1], targets, space)
    more, k = options.get("factors", "auto"), 0
    decoys = matched(data.mrna, layout, space.loaders)
    shares = {}
    if more == "auto":
        for k in COUNTS:
            p = p_values(x, y, decoys, space, known, basis, eigen, k)[space.list_of]
            shares[k] = float((p <= NOMINAL).mean())
        limit = max(NOMINAL, SLACK * min(shares.values()))
        k = next(k for k in COUNTS if shares[k] <= limit)
    else:
        k = int(more)
    p = p_values(x, y, (layout.mirna, layout.mrna), space, known, basis, eigen, k)
    q = np.array([stats.false_discovery_control(row) for row in p])
    if options.get("direct"):  # of what was found
        p = np.where(q <= 0.05, direct(x, y, layout, space, known, basis, eigen, k), 1)
        for row, found in zip(p, q <= 0.05, strict=True):
            row[found] = stats.false_discovery_control(row[found]) if found.any() else row[found]
        q = p
    about = {"space": space.what, "n_factors": k, "flagged": " ".join(f"miR-{r + 1}" for r in space.loaders)}
    about |= {f"decoys_{k}": v for k, v in shares.items()}
    return Found(p[space.list_of], q[space.list_of], [], time.perf_counter() - start, about)


def scores(values: np.ndarray, space: Space) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`missing` and `lowest` scores and what is detected, cells x genes."""
    seen, r = values > 0, ranks(values)
    share = space.smoother @ seen
    mean = np.divide(space.smoother @ (seen * r), share, out=np.zeros_like(r), where=share > 1e-9)
    return np.where(seen, r - mean, 0), r - space.smoother @ r, seen


def columns(obs: pd.DataFrame) -> np.ndarray:
    """Numbers as ranks, categories as indicators less one."""
    parts = [
        pd.get_dummies(obs[c], drop_first=True).to_numpy(float)
        if isinstance(obs[c].dtype, pd.CategoricalDtype)
        else ranks(obs[[c]].to_numpy())
        for c in obs
    ]
    return np.concatenate(parts, axis=1)


def center(values: np.ndarray, space: Space) -> np.ndarray:
    """Less the local mean."""
    return values - space.smoother @ values


def factors_of(y: np.ndarray, targets: dict[int, np.ndarray], space: Space) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Common basis (cells, 8), and each miRNA's eigenvectors over the loadings of its non-targets."""
    z = y / np.maximum(y.std(axis=0), 1e-12)
    left, value, right = np.linalg.svd(z, full_matrices=False)
    basis, loadings = left[:, :BASIS] * np.sqrt(len(z)), (right[:BASIS] * value[:BASIS, None]).T
    eigen = {}
    for r, listed in targets.items():
        rest = np.setdiff1d(np.arange(y.shape[1]), np.union1d(listed, space.loaders.get(r, [])).astype(int))
        eigen[r] = np.linalg.eigh(loadings[rest].T @ loadings[rest])[1][:, ::-1]
    return center(basis, space), eigen


def matched(mrna: np.ndarray, layout, loaders: dict[int, np.ndarray], each: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """For each pair the mRNAs next to its own in detection (then mean) that are neither targets nor loaders."""
    place = np.empty(mrna.shape[1])
    place[np.lexsort((mrna.mean(axis=0), (mrna > 0).mean(axis=0)))] = np.arange(mrna.shape[1])
    pairs = []
    for r in np.unique(layout.mirna):
        listed = layout.mrna[layout.mirna == r]
        out = np.union1d(listed, loaders.get(int(r), [])).astype(int)
        rest = np.setdiff1d(np.arange(mrna.shape[1]), out)
        for t in listed:
            near = rest[np.argsort(np.abs(place[rest] - place[t]), kind="stable")][:each]
            pairs += [(r, d) for d in near]
    found = np.unique(np.array(pairs), axis=0)
    return found[:, 0], found[:, 1]


def p_values(x, y, pairs, space: Space, known, basis, eigen, k: int) -> np.ndarray:
    """One-sided p for repression, lists x pairs."""
    mirna, mrna = pairs
    out = np.ones((len(space.weights), len(mirna)))
    w = space.weights
    for r in np.unique(mirna):
        at = np.flatnonzero(mirna == r)
        c = np.concatenate([known, basis @ eigen[int(r)][:, :k]], axis=1)
        out[:, at] = _tested(x, y, int(r), mrna[at], c, w, space.n_eff)
    return out


def _tested(x, y, r: int, targets: np.ndarray, c: np.ndarray, w: np.ndarray, n_eff: np.ndarray, ridge: float = 0.0):
    """The smaller p of two kinds of scores, doubled."""
    seen = (w @ x[2][:, [r]]) * (w @ y[2][:, targets])
    zeros = ~x[2][:, r].all() | ~y[2][:, targets].all(axis=0)
    lowest = _one_kind(x[1][:, r], y[1][:, targets], c, w, n_eff, ridge)
    missing = _one_kind(x[0][:, r], y[0][:, targets], c, w, n_eff, ridge)
    both = zeros & (seen * n_eff[:, None] >= EXPECTED_BOTH)
    return np.where(both, np.minimum(1, 2 * np.minimum(lowest, missing)), lowest)


def _one_kind(u: np.ndarray, v: np.ndarray, c: np.ndarray, w: np.ndarray, n_eff: np.ndarray, ridge: float):
    """Partial correlation over each list and its p."""
    s_uu, s_uv, s_vv, kept = moments(u, v, c, w, ridge)
    plain = w @ u**2 - (w @ u) ** 2, w @ v**2 - (w @ v) ** 2
    dull = (s_uu < np.maximum(1e-7, 1e-3 * plain[0]))[:, None] | (s_vv < np.maximum(1e-7, 1e-3 * plain[1]))
    rho = np.clip(s_uv / np.sqrt(np.maximum(s_uu[:, None] * s_vv, 1e-30)), -1 + 1e-12, 1 - 1e-12)
    freedom = (n_eff - 2 - kept)[:, None]
    p = stats.t.cdf(rho * np.sqrt(np.maximum(freedom, 1) / (1 - rho**2)), np.maximum(freedom, 1))
    return np.where(dull | (freedom < 1), 1.0, p)


def moments(u: np.ndarray, v: np.ndarray, c: np.ndarray, w: np.ndarray, ridge: float = 0.0):
    """Adjusted variances (lists,), covariances and variances (lists, targets), and columns kept (lists,)."""
    m_u, m_v, m_c = w @ u, w @ v, w @ c
    s_uu, s_vv = w @ u**2 - m_u**2, w @ v**2 - m_v**2
    s_uv = w @ (u[:, None] * v) - m_u[:, None] * m_v
    kept = np.zeros(len(w))
    total = c.var(axis=0)
    done = []  # columns made orthogonal so far: their b of u, of v, and of the later columns
    for j in range(c.shape[1]):
        spread = w @ c[:, j] ** 2 - m_c[:, j] ** 2
        pivot = spread * (1 + ridge)
        b_u = w @ (u * c[:, j]) - m_u * m_c[:, j]
        b_v = w @ (v * c[:, [j]]) - m_v * m_c[:, [j]]
        b_c = w @ (c * c[:, [j]]) - m_c * m_c[:, [j]]
        for d_u, d_v, d_c in done:
            pivot = pivot - d_c[:, j] ** 2
            b_u, b_v, b_c = b_u - d_c[:, j] * d_u, b_v - d_c[:, [j]] * d_v, b_c - d_c[:, [j]] * d_c
        keep = (pivot > 1e-3 * spread) & (spread > max(1e-4 * total[j], 1e-8))
        root = np.where(keep, 1 / np.sqrt(np.where(keep, pivot, 1)), 0)
        b_u, b_v, b_c = b_u * root, b_v * root[:, None], b_c * root[:, None]
        done.append((b_u, b_v, b_c))
        s_uu, s_vv, s_uv = s_uu - b_u**2, s_vv - b_v**2, s_uv - b_u[:, None] * b_v
        kept += keep
    return s_uu, s_uv, s_vv, kept


def direct(x, y, layout, space: Space, known, basis, eigen, k: int) -> np.ndarray:
    """P given the target's other putative miRNAs."""
    out = np.ones((len(space.weights), len(layout.mirna)))
    for pair in range(len(layout.mirna)):
        r, t = int(layout.mirna[pair]), layout.mrna[pair]
        others = layout.mirna[(layout.mrna == t) & (layout.mirna != r)]
        c = np.concatenate([known, basis @ eigen[r][:, :k], x[1][:, others]], axis=1)
        out[:, [pair]] = _tested(x, y, r, np.array([t]), c, space.weights, space.n_eff, RIDGE)
    return out
