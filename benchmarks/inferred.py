"""Regulation by miRNAs that nobody measured: `python -m benchmarks.inferred`.

Log-normal genes, Poisson counts, 20 miRNAs with 20 of 300 mRNAs each. Where there is regulation, 60 % of a miRNA's
targets follow its level, which is hidden. Where there is a program, it moves a fifth of all mRNAs (or fewer), and half
of the targets of some miRNAs are among them. (What moves the targets of one miRNA and nothing else is the same to any
test as the miRNA itself.) Shares of p <= 1 % with the target left out of the activity.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

import csmir as cs


def world(seed, n=200, *, slope=0.0, program=0.0, with_program=3, share=0.2, n_mirnas=12, n_mrnas=200):
    """mRNAs alone, the prior, and the pairs that are true."""
    rng = np.random.default_rng(seed)
    y = 2.5 + rng.normal(size=n_mrnas) + 0.7 * rng.normal(size=(n, n_mrnas))
    targets = [rng.choice(n_mrnas, 20, replace=False) for _ in range(n_mirnas)]
    in_program = rng.permutation(n_mrnas)[: round(share * n_mrnas)]
    outside = np.setdiff1d(np.arange(n_mrnas), in_program)
    for r in range(with_program if program else 0):
        halves = [rng.choice(genes, 10, replace=False) for genes in (in_program, outside)]
        targets[r] = np.concatenate(halves)
    y[:, in_program] += program * rng.normal(size=(n, 1))
    true = []
    for r, own in enumerate(targets):
        level = 0.7 * rng.normal(size=n)
        hit = own[rng.random(20) < 0.6]
        y[:, hit] -= slope * level[:, None]
        true += [(f"miR-{r}", f"G{g}") for g in hit]
    counts = rng.poisson(np.exp(y))
    mrna = AnnData(np.log2(1 + counts), obs=pd.DataFrame(index=[f"c{i}" for i in range(n)]))
    mrna.var_names = pd.Index([f"G{g}" for g in range(n_mrnas)])
    rows = [(f"miR-{r}", f"G{g}") for r, own in enumerate(targets) for g in own]
    return MuData({"mrna": mrna}), pd.DataFrame(rows, columns=["source", "target"]), set(true)


def calls(seed, of=None, *, leave_out=True, **options):
    """Which (cell, pair) have p <= 1 %, which pairs are true, and which are of miRNAs with a program."""
    of = of or {}
    mdata, net, true = world(seed, **of)
    mdata.obs["all"] = "one"
    cs.tl.activity(mdata, net, leave_out_target=leave_out)
    cs.tl.regulation(mdata, net, statistic="local", keep="all", **options)
    var, p = mdata["regulation"].var, mdata["regulation"].layers["neg_log10_p"].toarray()
    hit = np.array([pair in true for pair in zip(var["mirna"], var["mrna"], strict=True)])
    return p >= 2, hit


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--cells", type=int, default=300)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    size = {"n": args.cells, "n_mirnas": 20, "n_mrnas": 300}
    near, group = {"neighbors": "expression", "factors": 0}, {"groups": "all", "factors": 0}
    auto, default = {"groups": "all"}, {}
    print(f"{args.cells} cells, {args.seeds} seeds: share of (cell, pair) with p <= 1 %")
    for name, of, options in (
        ("nothing, neighbours", {}, near),
        ("nothing, one group", {}, group),
        ("nothing, with the target", {}, near | {"leave_out": False}),
        ("program in a fifth, neighbours", {"program": 0.8, "with_program": 4}, near),
        ("program in all, neighbours", {"program": 0.8, "with_program": 20}, near),
        ("program in a fifth, one group", {"program": 0.8, "with_program": 4}, group),
        ("program in all, one group", {"program": 0.8, "with_program": 20}, group),
        ("nothing, default", {}, default),
        ("nothing, group and factors", {}, auto),
        ("program in a fifth, default", {"program": 0.8, "with_program": 4}, default),
        ("program in a fifth, group, factors", {"program": 0.8, "with_program": 4}, auto),
        ("program in all, group and factors", {"program": 0.8, "with_program": 20}, auto),
        ("slope 0.6, neighbours", {"slope": 0.6}, near),
        ("slope 0.6, default", {"slope": 0.6}, default),
        ("slope 0.6, group and factors", {"slope": 0.6}, auto),
        ("slope 0.6, one group", {"slope": 0.6}, group),
    ):
        start = time.perf_counter()
        found = [calls(seed, size | of, **options) for seed in range(args.seeds)]
        seconds = (time.perf_counter() - start) / args.seeds
        true = np.mean([called[:, hit].mean() for called, hit in found])
        rest = np.mean([called[:, ~hit].mean() for called, hit in found])
        shares = f"true {100 * true:5.1f} %, others {100 * rest:5.2f} %" if "slope" in of else (
            f"{100 * np.mean([called.mean() for called, _ in found]):5.2f} %"
        )  # fmt: skip
        print(f"{name:35} {shares}   ({seconds:.1f} s)", flush=True)


if __name__ == "__main__":
    main()
