"""Every statistic beside every other one on the same small data: `python -m benchmarks.comparators [--write]`.

Prints one table; `--write` puts it into docs/comparison.md. A few minutes on one core.
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from mudata import MuData
from scipy import stats
from sklearn.metrics import average_precision_score

import csmir as cs
from benchmarks.truth.measure import false_share
from benchmarks.truth.scenarios import Scenario, simulate
from benchmarks.truth.statistics import LABELS as NAMES
from benchmarks.truth.tables import markdown
from csmir.kernels.comparators import NORMAL, SIGNED
from csmir.tl.comparator import METHODS

PAGE, BEGIN, END = Path("docs/comparison.md"), "<!-- comparators: begin -->", "<!-- comparators: end -->"
PLANTED = [Scenario("planted", structure, 1.0) for structure in ("groups", "trajectory")]
NULL = [Scenario("null", structure, 1.0) for structure in ("groups", "trajectory")]
LABELS = {"local": "**csmir, local**", "exact": "**csmir, exact**"} | {name: NAMES[name] for name in METHODS}


class Found(NamedTuple):
    """What one statistic says of one data set, cells x pairs."""

    score: np.ndarray  # the higher, the more it is taken for regulated
    edge: np.ndarray  # by its own rule
    p: np.ndarray | None


def tested(mdata: MuData, name: str) -> Found:
    """One of csmir's own, at q <= 0.05."""
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic=name, keep="all", alpha=0.05, n_threads=1, progress=False)
    adata = mdata["regulation"]
    stored = adata.layers["neg_log10_p"] if name == "local" else adata.X
    score = stored.toarray().astype(float)
    return Found(score, adata.layers["significant"].toarray().astype(bool), 10.0**-score)


def compared(mdata: MuData, name: str) -> Found:
    """One of the others, by the rule of its paper or its strongest 5 %."""
    cs.tl.comparator(mdata, mdata.uns["prior"], method=name, keep="all", n_threads=1, progress=False)
    score = mdata[name].X.toarray().astype(float)
    score = -score if name in SIGNED else score
    edge = mdata[name].layers["significant"].toarray().astype(bool)
    return Found(score, edge, stats.norm.sf(score) if name in NORMAL else None)


def measured(call: Callable[[MuData, str], Found], name: str, data: list[tuple[Scenario, MuData]]) -> dict[str, Any]:
    """Means over the data sets, with half a 95 % interval of the area by kind."""
    metrics = ("null", "null_edges", "false", "power", "seconds", *(s.structure for s in PLANTED))
    rows: dict[str, list[float]] = {metric: [] for metric in metrics}
    for scenario, mdata in data:
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = call(mdata, name)
        rows["seconds"].append(time.process_time() - start)
        if scenario.kind == "null":
            rows["null_edges"].append(found.edge.sum(axis=1).mean())
            if found.p is not None:
                rows["null"].append((found.p <= 0.01).mean())
            continue
        truth = mdata["truth"].X.toarray() != 0
        rows[scenario.structure].append(average_precision_score(truth.ravel(), found.score.ravel()))
        rows["false"].append(false_share(found.edge, truth) if found.edge.any() else np.nan)
        rows["power"].append((found.edge & truth).sum() / truth.sum())
    known = {key: np.array(values)[~np.isnan(values)] for key, values in rows.items()}
    out = {key: float(values.mean()) if len(values) else np.nan for key, values in known.items()}
    for structure in (s.structure for s in PLANTED):
        areas = known[structure]
        out[f"{structure}_half"] = float(stats.t.ppf(0.975, len(areas) - 1) * areas.std(ddof=1) / np.sqrt(len(areas)))
    return out


def table(n_cells: int, seeds: int) -> pd.DataFrame:
    """A row for each statistic."""
    data = [(s, simulate(s, n_cells, seed)) for s in (*PLANTED, *NULL) for seed in range(seeds)]
    warm = simulate(PLANTED[0], 60, 99)  # compile first, so that seconds are those of the work
    rows = {}
    for name in LABELS:
        call = compared if name in METHODS else tested
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(warm, name)
        rows[name] = measured(call, name, data)
        print(f"{name}: {rows[name]}", flush=True)
    return pd.DataFrame(rows).T


def section(frame: pd.DataFrame, n_cells: int, seeds: int) -> str:
    """The table in Markdown, with what it was made of."""
    frame = frame.sort_values(PLANTED[0].structure, ascending=False, kind="stable")
    rows = []
    for name, row in frame.iterrows():
        null = "no test" if np.isnan(row["null"]) else f"{100 * row['null']:.1f} %"
        edges = f"{row['null_edges']:.1f}"
        wrong = "finds none" if np.isnan(row["false"]) else f"{row['false']:.2f}"
        areas = [f"{row[s.structure]:.2f} ± {row[f'{s.structure}_half']:.2f}" for s in PLANTED]
        rows.append(
            [LABELS[str(name)], *areas, null, edges, wrong, f"{row['power']:.2f}", f"{1e3 * row['seconds']:.0f}"]
        )
    head = [
        "statistic", "AUPRC, cell types", "AUPRC, trajectory", "null: p ≤ 1 %", "null: edges a cell", "false share",
        "power", "ms",
    ]  # fmt: skip
    words = (  # lines as they are to stand in the page
        f"{n_cells} cells, 20 miRNAs, 200 mRNAs, 720 pairs, 30 % of values lost, cell types or a trajectory that move\n"
        "every gene; 5 % of (pair, cell) regulated with slope 1, or none (*null*);\n"
        f"{seeds} data sets of each of the four kinds. *AUPRC*: mean over data sets ± half of its 95 % interval;\n"
        "guessing gives 0.05. *False share* of a cell's interactions and *power* by each statistic's own rule:\n"
        "q ≤ 0.05 for csmir, p ≤ 1 % where a method claims a normal deviate, above 0 for SINUM and the last two,\n"
        "the strongest 5 % of a cell's pairs where there is no test. *ms* of one core a data set.\n"
        "`python -m benchmarks.comparators --write` makes this table."
    )
    return f"{words}\n\n{markdown(head, rows)}"


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    options = parser.parse_args()
    logging.getLogger("csmir").setLevel(logging.ERROR)
    text = section(table(options.cells, options.seeds), options.cells, options.seeds)
    print(text)
    if options.write:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
