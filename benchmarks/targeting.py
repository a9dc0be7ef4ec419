"""In which cells does a miRNA repress its targets: `python -m benchmarks.targeting`.

Log-normal genes in four types, Poisson counts, 40 miRNAs with 20 of 400 mRNAs each. Half of the miRNAs repress 60 % of
their targets in one type at a log slope. Power is the share of (miRNA, cell) that are regulated and called by
`cs.tl.targeting`, beside that of (pair, cell) by `cs.tl.regulation`, both at q <= 0.05 in the cell. Benjamini-Hochberg
in each cell bounds the mean over cells of a cell's false share ("a cell"); the share of all calls that are wrong
("false") weighs cells by what they call, and is larger where most cells call nothing. Null rates are the
share of p <= 1 % where nothing is regulated, without and with the confounder given.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd
from anndata import AnnData

import csmir as cs
from csmir._mudata.assemble import assemble

N_MIRNAS, N_MRNAS, N_TARGETS, TRUE_SHARE = 40, 400, 20, 0.6


def data_set(seed, n, slope, *, batch=0.0, program=0.0, n_moved=None):
    """A MuData, its prior, and what is true: (cells, miRNAs) and (cells, pairs)."""
    rng = np.random.default_rng(seed)
    types, donor = rng.integers(4, size=n), rng.integers(4, size=n)
    logs = []
    for genes in (N_MIRNAS, N_MRNAS):
        log = 2.75 + rng.normal(size=genes) + 0.7 * rng.normal(size=(n, genes))
        log += ((rng.random(genes) < 0.4) * rng.normal(size=(4, genes)))[types]
        logs.append(log + batch * rng.normal(size=(4, genes))[donor])
    x, y = logs
    level = rng.normal(size=n)
    targets = np.array([np.sort(rng.choice(N_MRNAS, N_TARGETS, replace=False)) for _ in range(N_MIRNAS)])
    moved = rng.random(N_MIRNAS) < 0.5  # miRNAs of the program, which moves half of their targets
    if n_moved is not None:
        moved = np.arange(N_MIRNAS) < n_moved
    for r in np.flatnonzero(moved):
        x[:, r] += program * level
    gene_moved = np.zeros(N_MRNAS, bool)
    for r in np.flatnonzero(moved):
        gene_moved[targets[r, : N_TARGETS // 2]] = True
    y[:, gene_moved] -= program * level[:, None]
    true = np.zeros((n, N_MIRNAS, N_TARGETS), bool)
    if slope:
        own = x - x.mean(axis=0)
        for r in range(N_MIRNAS // 2):
            inside = types == rng.integers(4)
            for k in np.flatnonzero(rng.random(N_TARGETS) < TRUE_SHARE):
                y[inside, targets[r, k]] -= slope * own[inside, r]
                true[inside, r, k] = True
    cells = [f"cell {i}" for i in range(n)]
    parts = {
        key: AnnData(
            np.log1p(rng.poisson(np.exp(v)).astype(np.float32)),
            obs=pd.DataFrame(index=cells),
            var=pd.DataFrame(index=[f"{key}{i}" for i in range(v.shape[1])]),
        )
        for key, v in (("mirna", x), ("mrna", y))
    }
    mdata = assemble(parts)
    mdata.obs["type"] = pd.Categorical([f"type {t}" for t in types])
    mdata.obs["donor"] = pd.Categorical([f"donor {t}" for t in donor])
    mdata.obs["program"] = level
    net = pd.DataFrame({
        "source": [f"mirna{r}" for r in range(N_MIRNAS) for _ in range(N_TARGETS)],
        "target": [f"mrna{t}" for t in targets.ravel()],
    })  # fmt: skip
    return mdata, net, true


def power(n, slope, seeds, **whom):
    """Shares of what is regulated that are called, and of calls that are wrong, of sets and of pairs."""
    rows = []
    for seed in range(seeds):
        mdata, net, true = data_set(seed, n, slope)
        cs.tl.targeting(mdata, net, n_permutations=100, **whom)
        cs.tl.regulation(mdata, net, statistic="local", **whom)
        found = mdata["targeting"]
        called = found.layers["qvalue"] <= 0.05
        sets = true.any(axis=2)[:, [int(m.removeprefix("mirna")) for m in found.var["mirna"]]]
        networks = mdata["regulation"]
        at = {pair: i for i, pair in enumerate(zip(net["source"], net["target"], strict=True))}
        order = [at[pair] for pair in zip(networks.var["mirna"], networks.var["mrna"], strict=True)]
        pairs, edges = true.reshape(n, -1)[:, order], networks.X.toarray() != 0
        rows.append(
            (called[sets].mean(), *false_shares(called, sets), edges[pairs].mean(), *false_shares(edges, pairs))
        )
    return np.mean(rows, axis=0)


def false_shares(called, true):
    """Of all calls, and the mean over cells of that of a cell, 0 for one that calls nothing."""
    wrong = (called & ~true).sum(axis=1)
    return wrong.sum() / max(called.sum(), 1), (wrong / np.maximum(called.sum(axis=1), 1)).mean()


def null(n, seeds, options, **confounder):
    """Share of p <= 1 %, over all cells and in the cells."""
    over_all, in_cells = [], []
    for seed in range(seeds):
        mdata, net, _ = data_set(seed, n, 0.0, **confounder)
        cs.tl.targeting(mdata, net, n_permutations=1000, seed=seed, **options)
        over_all.append((mdata["targeting"].var["pvalue"] <= 0.01).mean())
        in_cells.append((mdata["targeting"].layers["pvalue"] <= 0.01).mean())
    return np.mean(over_all), np.mean(in_cells)


def narrow(n, seeds):
    """A program on two miRNAs and half of their targets: their p over all cells, and those of the others."""
    for name, options in (("hidden factors", {}), ("program given", {"covariates": "program"})):
        own, others = [], []
        for seed in range(seeds):
            mdata, net, _ = data_set(seed, n, 0.0, program=0.5, n_moved=2)
            cs.tl.targeting(mdata, net, n_permutations=300, seed=seed, per_cell=False, groups="type", **options)
            p = mdata["targeting"].var.set_index("mirna")["pvalue"]
            moved = p.index.isin(["mirna0", "mirna1"])
            own.append((p[moved] <= 0.01).mean())
            others.append((p[~moved] <= 0.05).mean())
        print(
            f"program on 2 of {N_MIRNAS} miRNAs and half of their targets, {n} cells, {seeds} seeds, {name}: of these "
            f"p <= 1 % {100 * np.mean(own):.0f} %, of the others p <= 5 % {100 * np.mean(others):.1f} %", flush=True,
        )  # fmt: skip


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--narrow", action="store_true", help="only a program that moves few genes")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.narrow:
        narrow(args.cells, args.seeds)
        return
    print(
        f"{args.cells} cells, {args.seeds} seeds; power / false / false share a cell, of (miRNA, cell), of (pair, cell)"
    )
    for slope in (0.2, 0.4):
        for name, whom in (("types", {"groups": "type"}), ("neighbours", {"neighbors": "expression"})):
            found = power(args.cells, slope, args.seeds, **whom)
            sets, pairs = (f"{a:.3f} / {b:.3f} / {c:.3f}" for a, b, c in (found[:3], found[3:]))
            print(f"slope {slope}, {name:10}: sets {sets}   pairs {pairs}", flush=True)
    print("nothing regulated: share of p <= 1 %, over all cells (which types confound unless given) and in the cells")
    types = {"groups": "type"}
    for name, confounder, options in (
        ("types given", {}, types),
        ("types not given, neighbours", {}, {"neighbors": "expression"}),
        ("donors that differ", {"batch": 0.8}, types),
        ("donors given as sample", {"batch": 0.8}, types | {"sample": "donor"}),
        ("program", {"program": 0.5}, types),
        ("program given", {"program": 0.5}, types | {"covariates": "program"}),
        ("program, neighbours", {"program": 0.5}, {"neighbors": "expression"}),
        ("program given, neighbours", {"program": 0.5}, {"neighbors": "expression", "covariates": "program"}),
    ):
        rates = null(args.cells, args.seeds, options, **confounder)
        print(f"{name:28} {100 * rates[0]:5.1f} %  {100 * rates[1]:5.1f} %")


if __name__ == "__main__":
    main()
