"""A family's interactions run by run, and how far apart two cells' runs are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._log import logger, progress_bar
from csmir.inference.alignment import align

CELL, RUN, N_TARGETS = "cell", "run", "n_targets"


def counts(
    data: MuData | AnnData,
    adata: AnnData,
    pairs: np.ndarray,
    classes: Mapping[str, np.ndarray],
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """One row for each cell and run: interactions, mRNAs, and the percentage of each class.

    With `rng` every cell has the mRNAs of another.
    """
    stack = np.stack(list(classes.values()), axis=1) if classes else np.zeros((len(pairs), 0), bool)
    noted = adata.uns.get(K.UNS, {}).get("regulation", {})
    if noted.get("n_runs", 1) > 1 and isinstance(data, MuData):
        found = _over_runs(data, adata, pairs, stack, noted, rng)
    else:
        logger.warning(
            "family: counts are those of the stored networks: %s",
            "an AnnData has no expression to follow the runs in" if noted.get("n_runs", 1) > 1 else "there is one run",
        )
        found = _stored(adata, pairs, stack)
    n_runs, n_cells = found.shape[1:]
    flat = found.transpose(0, 2, 1).reshape(len(found), -1)  # by cell, then by run
    out = pd.DataFrame({
        CELL: pd.Categorical.from_codes(np.repeat(np.arange(n_cells), n_runs), categories=adata.obs_names.astype(str)),
        RUN: np.tile(np.arange(n_runs, dtype=np.int32), n_cells),
        K.Obs.N_INTERACTIONS: flat[0],
        N_TARGETS: flat[1],
    })  # fmt: skip
    for name, part in zip(classes, flat[2:], strict=True):
        out[name] = np.divide(100.0 * part, flat[0], out=np.full(len(part), np.nan), where=flat[0] > 0)
    return out


def _over_runs(
    data: MuData, adata: AnnData, pairs: np.ndarray, classes: np.ndarray, noted: Mapping,
    rng: np.random.Generator | None,
) -> np.ndarray:  # fmt: skip
    """(2 + classes, runs, cells), from the expression and the runs that the networks were inferred with."""
    from csmir.kernels.per_run import counts_per_run

    found = align(data, adata)
    both = found.data
    names = [adata.var[key].astype(str).iloc[pairs] for key in (K.Var.MIRNA, K.Var.MRNA)]
    x, pair_x = _used(both.mirna, both.mirna_names, names[0])
    y, pair_y = _used(both.mrna, both.mrna_names, names[1])
    if rng is not None:
        y = np.ascontiguousarray(y[:, rng.permutation(y.shape[1])])
    sizes = {"box_size": noted["box_size"], "cutoff": noted["cutoff"]}
    return counts_per_run(x, y, pair_x, pair_y, classes, found.weights, **sizes)[:, :, found.row]


def _used(matrix: Any, known: pd.Index, of_pair: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Expression (features, cells) of the features that the pairs name, and each pair's position among them."""
    codes, names = pd.factorize(of_pair)
    values = _mudata.dense(matrix[:, known.get_indexer(pd.Index(names))])
    return np.ascontiguousarray(values.T, dtype=np.float64), codes


def _stored(adata: AnnData, pairs: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """(2 + classes, 1, cells), from the stored networks."""
    edges = _mudata.edges(adata)[:, pairs].astype(np.int32)
    gene = pd.factorize(adata.var[K.Var.MRNA].iloc[pairs])[0]
    of_gene = np.zeros((len(pairs), gene.max(initial=-1) + 1), np.int32)
    of_gene[np.arange(len(pairs)), gene] = 1
    n_targets = ((edges @ of_gene) > 0).sum(axis=1)
    found = [np.diff(edges.indptr), n_targets, *(edges @ classes.astype(np.int32)).T]
    return np.stack(found).astype(np.int32)[:, None, :]


def shuffled(
    data: MuData | AnnData,
    adata: AnnData,
    pairs: np.ndarray,
    classes: Mapping[str, np.ndarray],
    n_permutations: int,
    seed: int,
    progress: bool | None,
) -> pd.DataFrame:
    """The tests between cells in shuffled pairings; no rows where there is one run, or no expression to shuffle."""
    parts = [pd.DataFrame({"measure": [], "shuffle": [], "statistic": [], "pvalue": []})]
    noted = adata.uns.get(K.UNS, {}).get("regulation", {})
    if noted.get("n_runs", 1) > 1 and isinstance(data, MuData):
        for i, child in enumerate(np.random.SeedSequence(seed).spawn(n_permutations), start=1):
            tests = kolmogorov_smirnov(counts(data, adata, pairs, classes, np.random.default_rng(child)), progress)
            parts.append(tests.assign(shuffle=i)[["measure", "shuffle", "statistic", "pvalue"]])
    out = pd.concat([part.astype({"measure": object}) for part in parts if len(part) or len(parts) == 1])
    kinds: dict[str, Any] = {"measure": "category", "shuffle": np.int32, "statistic": float, "pvalue": float}
    return out.astype(kinds).reset_index(drop=True)


def kolmogorov_smirnov(table: pd.DataFrame, progress: bool | None) -> pd.DataFrame:
    """The two-sample test of every measure between every two cells over their runs; no rows for one run."""
    from scipy.stats import ks_2samp

    cells = table[CELL].cat.categories
    measures = [c for c in table if c not in (CELL, RUN)]
    columns = ["measure", "cell_a", "cell_b", "statistic", "pvalue"]
    n_runs = table[RUN].max() + 1 if len(table) else 0
    jobs = [(m, i, j) for m in measures for i, j in combinations(range(len(cells)), 2)] if n_runs > 1 else []
    values = {m: table[m].to_numpy(dtype=float).reshape(len(cells), -1) for m in measures}
    rows = []
    for measure, i, j in progress_bar(jobs, total=len(jobs), desc="Kolmogorov-Smirnov", show=progress):
        a, b = (v[~np.isnan(v)] for v in (values[measure][i], values[measure][j]))
        test = ks_2samp(a, b) if len(a) and len(b) else (np.nan, np.nan)
        rows.append((measure, cells[i], cells[j], test[0], test[1]))
    out = pd.DataFrame(rows, columns=columns).astype({"statistic": float, "pvalue": float})
    return out.astype(dict.fromkeys(columns[:3], "category"))
