"""From one data set to figures, and from seeds to means with confidence intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from mudata import MuData
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.truth.scenarios import Scenario, simulate
from benchmarks.truth.statistics import results

LEVELS = (0.05, 0.1)
METRICS = (
    "type1_01", "type1_05", "auprc", "auroc",
    "fdr_05", "fdr_10", "fdr_own_05", "fdr_own_10", "power_05", "power_10",
)  # fmt: skip


def one(job: tuple[Scenario, int, int]) -> list[dict[str, Any]]:
    """Figures of every statistic on one data set."""
    scenario, n_cells, seed = job
    mdata = simulate(scenario, n_cells, seed)
    truth = mdata["truth"].X.toarray() != 0
    rows = []
    for result in results(mdata, scenario, n_cells, seed):
        row: dict[str, Any] = {"scenario": scenario, "n": n_cells, "seed": seed, "statistic": result.name}
        if scenario.kind == "null":
            if result.p is None:
                continue
            row |= {"type1_01": (result.p <= 0.01).mean(), "type1_05": (result.p <= 0.05).mean()}
        else:
            row["auprc"] = average_precision_score(truth.ravel(), result.score.ravel())
            row["auroc"] = roc_auc_score(truth.ravel(), result.score.ravel())
        if result.q is not None:
            own = among(mdata, truth, result.name)
            for level in LEVELS:
                found = result.q <= level
                tag = f"{round(100 * level):02d}"
                row[f"fdr_{tag}"] = false_share(found, truth)
                row[f"fdr_own_{tag}"] = false_share(found, own)
                if truth.any():
                    row[f"power_{tag}"] = (found & truth).sum() / truth.sum()
        rows.append(row)
    return rows


def false_share(found: np.ndarray, true: np.ndarray) -> float:
    """The false share of a cell's discoveries (0 without any), on average over the cells: what FDR is the mean of."""
    n = found.sum(axis=1)
    return float(np.divide((found & ~true).sum(axis=1), n, out=np.zeros(len(n)), where=n > 0).mean())


def among(mdata: MuData, truth: np.ndarray, name: str) -> np.ndarray:
    """Where the null hypothesis that the statistic tests is false: regulation among the cells that it compares."""
    if name in ("local", "local, sides", "exact, neighbors"):
        from csmir.kernels.neighbors import expression_space, from_points
        from csmir.kernels.sides import halves

        points = expression_space(np.ascontiguousarray(mdata["mrna"].X.T, dtype=float))
        lists, _ = from_points(points)
        if name == "local, sides":
            lists = halves(points, lists)
        rows = np.split(lists.indices, lists.indptr[1:-1])
        near = np.array([truth[row].any(axis=0) for row in rows])
        return near[::2] & near[1::2] if name == "local, sides" else near
    if name.endswith("groups"):
        codes = mdata.obs["group"].cat.codes.to_numpy()
        of_group = np.array([truth[codes == code].any(axis=0) for code in range(codes.max() + 1)])
        return of_group[codes]
    return np.broadcast_to(truth.any(axis=0), truth.shape)


def summary(rows: list[dict[str, Any]], by: list[str]) -> pd.DataFrame:
    """Mean and 95 % confidence limits (Student's t over data sets) of every metric."""
    frame = pd.DataFrame(rows)
    frame["name"] = [s.name for s in frame["scenario"]]
    frame["kind"] = [s.kind for s in frame["scenario"]]
    metrics = [m for m in METRICS if m in frame]
    out = []
    for key, part in frame.groupby(by, sort=False):
        row = dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True))
        for metric in metrics:
            values = part[metric].dropna()
            n = len(values)
            half = stats.t.ppf(0.975, n - 1) * values.std() / np.sqrt(n) if n > 1 else np.nan
            mean = values.mean() if n else np.nan
            row |= {metric: mean, f"{metric}_low": mean - half, f"{metric}_high": mean + half}
        out.append(row)
    return pd.DataFrame(out)
