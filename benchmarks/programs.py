"""Does factorising cells x pairs show programmes that scores alone do not? `python -m benchmarks.programs`.

Cells lie in a plane that moves every gene. Four programmes, smooth bumps in the plane, switch pairs on: *across
miRNAs*, each programme has some targets of every miRNA; *by miRNA*, each has all targets of a quarter of them;
*everywhere*, there is none and half of the pairs are regulated in all cells. Each way of looking gives weights of
cells, and where it can, of pairs:

- `nmf`: non-negative factorisation (scikit-learn) of -log10 p of the local test, cells x pairs, into four parts;
- `clusters`: the same values averaged within four k-means clusters of the expression space;
- `out-degree`: non-negative factorisation of the number of targets, cells x miRNAs;
- `targeting`: that of the local target-set correlations of `cs.tl.targeting`, repression only;
- `expression`: four principal components of the mRNAs.

Printed: for each programme the best |correlation| of a part's cell weights with its true weights, and the best area
under the precision-recall curve of a part's pair weights for its pairs, both with parts matched one to one; means over
programmes and seeds.
"""

from __future__ import annotations

import argparse
import logging
import warnings

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from sklearn.metrics import average_precision_score

import csmir as cs
from benchmarks.truth.tables import markdown
from csmir._mudata.assemble import assemble
from csmir.kernels.neighbors import expression_space

N_PROGRAMS, N_MIRNAS, N_MRNAS, PER_MIRNA, SLOPE = 4, 12, 240, 40, 1.0
KINDS = ("across miRNAs", "by miRNA", "everywhere")


def simulated(kind: str, n_cells: int, seed: int):
    """Data, the programmes' cell weights (cells x programmes), and which pairs each has (pairs x programmes)."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(-1, 1, (n_cells, 2))
    centres = np.array([[-0.6, -0.6], [-0.6, 0.6], [0.6, -0.6], [0.6, 0.6]])
    weight = np.exp(-(((place[:, None] - centres) ** 2).sum(axis=2)) / (2 * 0.45**2))
    pairs = np.array([(m, g) for m in range(N_MIRNAS) for g in np.sort(rng.choice(N_MRNAS, PER_MIRNA, replace=False))])
    program = np.full(len(pairs), -1)
    regulated = rng.random(len(pairs)) < 0.5
    if kind == "across miRNAs":
        program[regulated] = rng.integers(0, N_PROGRAMS, regulated.sum())
    elif kind == "by miRNA":
        program[regulated] = pairs[regulated, 0] % N_PROGRAMS
    x = rng.normal(0, 0.7, (n_cells, N_MIRNAS)) + place @ rng.normal(0, 0.5, (2, N_MIRNAS))
    y = rng.normal(0, 0.5, (n_cells, N_MRNAS)) + place @ rng.normal(0, 0.7, (2, N_MRNAS))
    deviation = x - x.mean(axis=0)
    for (m, g), p, on in zip(pairs, program, regulated, strict=True):
        share = np.ones(n_cells) if kind == "everywhere" else weight[:, p] if on else 0
        y[:, g] -= SLOPE * (share if on else 0) * deviation[:, m]
    cells = pd.DataFrame(index=[f"c{k}" for k in range(n_cells)])
    parts = {
        key: AnnData(rng.poisson(np.exp(values + 1.5)).astype(float), obs=cells, var=pd.DataFrame(index=names))
        for key, values, names in (
            ("mirna", x, [f"hsa-miR-{i + 1}-3p" for i in range(N_MIRNAS)]),
            ("mrna", y, [f"G{i}" for i in range(N_MRNAS)]),
        )
    }
    mdata = assemble(parts)
    mdata.uns["prior"] = pd.DataFrame({
        "source": mdata["mirna"].var_names[pairs[:, 0]], "target": mdata["mrna"].var_names[pairs[:, 1]],
    })  # fmt: skip
    cs.pp.recipe_csmir(mdata)
    of_program = np.array([program == p for p in range(N_PROGRAMS)]).T
    return mdata, weight, of_program


def looks(mdata, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """Cell weights, cells x parts, and pair weights, parts x pairs, of each way of looking."""
    quiet = {"n_threads": 1, "progress": False}
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", keep="all", neighbors="expression", **quiet)
    adata = mdata["regulation"]
    strength = adata.layers["neg_log10_p"].toarray()
    nmf = NMF(N_PROGRAMS, init="nndsvda", random_state=seed, max_iter=500)
    cells = nmf.fit_transform(strength)
    points = expression_space(np.ascontiguousarray(mdata["mrna"].X.T, dtype=float))
    labels = KMeans(N_PROGRAMS, n_init=10, random_state=seed).fit_predict(points)
    member = np.eye(N_PROGRAMS)[labels]
    cs.tl.hubs(mdata)
    degree = NMF(N_PROGRAMS, init="nndsvda", random_state=seed, max_iter=500).fit_transform(
        adata.obsm["out_degree"].to_numpy(dtype=float)
    )
    cs.tl.targeting(mdata, mdata.uns["prior"], min_targets=5, n_permutations=100, per_cell=True, progress=False)
    local = np.maximum(-np.nan_to_num(np.asarray(mdata["targeting"].X, dtype=float)), 0)
    return {
        "nmf": (cells, nmf.components_),
        "clusters": (member, (member.T @ strength) / member.sum(axis=0)[:, None]),
        "out-degree": (degree, None),
        "targeting": (NMF(N_PROGRAMS, init="nndsvda", random_state=seed, max_iter=500).fit_transform(local), None),
        "expression": (points[:, :N_PROGRAMS], None),
    }


def matched(scores: np.ndarray) -> float:
    """Mean over programmes of their score in the part that is theirs."""
    row, column = linear_sum_assignment(-scores)
    return float(scores[row, column].mean())


def measured(kind: str, n_cells: int, seed: int) -> dict[str, tuple[float, float]]:
    """Correlation with the true cell weights, and area for the true pairs."""
    mdata, weight, of_program = simulated(kind, n_cells, seed)
    out = {}
    for name, (cells, pairs) in looks(mdata, seed).items():
        k = cells.shape[1]
        along = np.abs(np.nan_to_num(np.corrcoef(weight.T, cells.T)[:N_PROGRAMS, N_PROGRAMS : N_PROGRAMS + k]))
        area = np.nan
        if pairs is not None and of_program.any():
            # what tells a programme's pairs from those of others is a part's weight beyond the pair's mean
            beyond = pairs / np.maximum(pairs.mean(axis=0), 1e-12)
            area = matched(
                np.array([[average_precision_score(of_program[:, p], beyond[j]) for j in range(k)] for p in range(4)])
            )
        out[name] = matched(along), area
    return out


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    logging.getLogger("csmir").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    rows = []
    for kind in KINDS:
        found = [measured(kind, options.cells, seed) for seed in range(options.seeds)]
        for name in found[0]:
            along, area = (np.array([f[name][i] for f in found]) for i in (0, 1))
            pairs = "" if np.isnan(area).all() else f"{area.mean():.2f} ({area.min():.2f}-{area.max():.2f})"
            rows.append([kind, name, f"{along.mean():.2f} ({along.min():.2f}-{along.max():.2f})", pairs])
            print(rows[-1], flush=True)
    print(markdown(["programmes", "look", "correlation with cell weights", "area for its pairs"], rows))


if __name__ == "__main__":
    main()
