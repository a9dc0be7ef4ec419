"""What the paper reads from the K562 networks, for several seeds, beside its figures: `python -m
benchmarks.k562_paper`.

Networks over TargetScan 7.0 (the paper has 7.2); ground truth: miRTarBase 8 and TarBase 8.
"""

from __future__ import annotations

import argparse
import time
import warnings

import pandas as pd

import csmir as cs
from benchmarks._k562 import k562, targetscan, validated

# Zhang et al. 2021: percent validated; conserved and rewired modules of the miR-17/92 family
PAPER = {
    "validated, prior": 47.09, "validated, no prior": 8.26, "validated, random": 5.52, "validated, TargetScan": 45.31,
    "family modules, conserved": 0, "family modules, rewired": 5,
}  # fmt: skip
AGAINST = {"no_prior": "no prior", "random": "random", "prior": "TargetScan"}


def one_seed(mdata, net, truth, seed):
    """The figures of one bootstrap seed."""
    cs.pp.bootstrap_cells(mdata, n_runs=100, seed=seed)
    cs.tl.regulation(mdata, net, progress=False)
    cs.tl.hubs(mdata, ties="reference")
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.compare(mdata, truth, against=list(AGAINST), seed=seed, progress=False)
    tests = cs.get.comparison(mdata, tests=True).set_index("network")
    row = {"validated, prior": tests["mean_inferred"].iloc[0]}
    for network, name in AGAINST.items():
        row[f"validated, {name}"] = tests.loc[network, "mean_network"]
        row[f"p, {name}"] = tests.loc[network, "pvalue"]
    cs.tl.family(mdata, "miR-17/92", progress=False)
    targets = cs.get.family(mdata, "targets")
    modules = cs.get.family(mdata, "modules").groupby("network", observed=False)["module"].nunique()
    for kind in ("conserved", "rewired"):
        row[f"family targets, {kind}"] = int((targets["conservation"] == kind).sum())
        row[f"family modules, {kind}"] = int(modules.get(kind, 0))
    for on in ("interactions", "hubs", "expression"):
        cs.tl.cluster(mdata, on, k=3)
        key = "cluster" if on == "interactions" else f"cluster_{on}"
        sizes = mdata["regulation"].obs[key].value_counts()
        row[f"clusters, {on}"] = "/".join(str(n) for n in sorted(sizes[sizes > 0], reverse=True))
    cs.tl.crosstalk(mdata, ["interactions", "hubs"])
    obs = mdata["regulation"].obs
    for on, suffix in (("interactions", ""), ("hubs", "_hubs")):
        row[f"crosstalk modules, {on}"] = int(obs[f"crosstalk_module{suffix}"].nunique())
        row[f"hub cells, {on}"] = int(obs[f"hub_cell{suffix}"].sum())
    return row


def main():
    """Print a column a seed, the paper's figures beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    n_seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore")
    mdata, net, truth = k562(), targetscan(), validated()
    start = time.perf_counter()
    table = pd.DataFrame({f"seed {s}": one_seed(mdata, net, truth, s) for s in range(1, n_seeds + 1)})
    table["paper"] = pd.Series(PAPER)

    def shown(value):
        if isinstance(value, str):
            return value
        return "" if pd.isna(value) else f"{value:.3g}" if value < 1 else f"{value:,.5g}"

    with pd.option_context("display.width", 250, "display.max_columns", None):
        print(table.map(shown).to_string())
    print(f"{(time.perf_counter() - start) / n_seeds:.0f} s a seed")


if __name__ == "__main__":
    main()
