"""Differences between conditions where there are none, and where there are: `python -m benchmarks.differential`.

Halves: samples of the cohorts in random halves. Donors: cells of 2, 4 or 12 donors, each with a factor of its own
that moves some miRNAs and mRNAs of each cell, so that cells of a donor are no independent samples; nothing differs, or
a fifth of the miRNAs repress targets in one half of the donors only. "cells" takes cells for units, "scanpy" ranks
the pairs of the local test's networks between conditions (Wilcoxon over cells), where a cell is compared with all of
its condition ("of conditions") or of its donor ("of donors"). Both take hidden factors off, as many as non-targets ask
for, unless told `factors=0`. Power at equal false share: of what is found when pairs are called
by rank, ties in a random order, until as large a share is wrong as `cs.tl.differential` has at q <= 0.05: a cut that
needs the truth. Halves are drawn five times as often as donors. Covariates: samples of which nothing differs, in two
conditions, where some known numbers move every gene and are taken off. Few cells: power with 20 and 50 cells a donor,
with hidden factors and without, where donors have a factor of their own and where they have none. Composition and
depth: `benchmarks/unlike_conditions.py`.
"""

from __future__ import annotations

import argparse
import warnings
from functools import partial

import numpy as np
import pandas as pd
from anndata import AnnData

import csmir as cs
from benchmarks._k562 import targetscan
from benchmarks.cohorts import cohort, listed
from benchmarks.unlike_conditions import composition, depth
from csmir._mudata.assemble import assemble

N_MIRNAS, N_MRNAS, N_TARGETS = 20, 200, 8
MOST_PAIRS = 2_000  # of a cohort, evenly


FEWEST_TARGETS = {"lihc": 3, "breast": 10}  # of a set: the liver has 25 mRNAs


def donors(seed, n_donors, n_cells, slope, hidden_sd=0.5):
    """Cells of donors under two conditions, the prior, and which of its pairs differ."""
    rng = np.random.default_rng(seed)
    donor = np.repeat(np.arange(n_donors), n_cells)
    first = donor < n_donors // 2
    x, y = (2.5 + rng.normal(size=k) + 0.7 * rng.normal(size=(len(donor), k)) for k in (N_MIRNAS, N_MRNAS))
    hidden = rng.normal(size=len(donor))
    for values in (x, y):  # what a donor's cells have in common in their ups and downs
        values += hidden[:, None] * hidden_sd * rng.normal(size=(n_donors, values.shape[1]))[donor]
    targets = np.array([rng.choice(N_MRNAS, N_TARGETS, replace=False) for _ in range(N_MIRNAS)])
    differs = np.zeros((N_MIRNAS, N_TARGETS), bool)
    if slope:
        differs[: N_MIRNAS // 5] = True
        for r, own in enumerate(targets[: N_MIRNAS // 5]):
            y[np.ix_(first, own)] -= slope * (x[first, r] - x[first, r].mean())[:, None]
    cells = [f"cell {i}" for i in range(len(donor))]
    parts = {
        key: AnnData(
            np.log1p(rng.poisson(np.exp(v)).astype(np.float32)),
            obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=[f"{key}{i}" for i in range(v.shape[1])]),
        )
        for key, v in (("mirna", x), ("mrna", y))
    }  # fmt: skip
    mdata = assemble(parts)
    mdata.obs["donor"] = pd.Categorical([f"donor {d}" for d in donor])
    mdata.obs["condition"] = pd.Categorical(np.where(first, "ill", "well"))
    net = pd.DataFrame({
        "source": np.repeat([f"mirna{r}" for r in range(N_MIRNAS)], N_TARGETS),
        "target": [f"mrna{t}" for t in targets.ravel()],
    })  # fmt: skip
    return mdata, net, dict(zip(zip(net["source"], net["target"], strict=True), differs.ravel(), strict=True))


def by_scanpy(mdata, net, groups, factors=None):
    """Scanpy's q and p of every pair between conditions, on the networks of the local test inside `groups`."""
    import scanpy as sc

    cs.tl.regulation(mdata, net, statistic="local", groups=groups, factors=factors, keep="all", progress=False)
    networks = mdata["regulation"]
    networks.obs["condition"] = mdata.obs["condition"]
    networks = AnnData(networks.X.toarray(), obs=networks.obs, var=networks.var[["mirna", "mrna"]])
    sc.tl.rank_genes_groups(networks, "condition", groups=["ill"], reference="well", method="wilcoxon")
    found = sc.get.rank_genes_groups_df(networks, "ill").set_index("names").loc[networks.var_names]
    pairs = list(zip(networks.var["mirna"].astype(str), networks.var["mrna"].astype(str), strict=True))
    return pairs, found["pvals_adj"].to_numpy(), found["pvals"].to_numpy()


def by_csmir(mdata, net, **options):
    """Q and p of every pair."""
    cs.tl.differential(
        mdata, net, groupby="condition", group="ill", min_targets=0, n_permutations=500, progress=False, **options
    )
    table = cs.get.differential(mdata, kind="pair")
    pairs = list(zip(table["mirna"].astype(str), table["mrna"].astype(str), strict=True))
    return pairs, table["qvalue"].to_numpy(), table["pvalue"].to_numpy()


def halves(name, seeds, sets=False):
    """Random halves of a cohort: some of all pairs, or pairs that TargetScan lists, and their target sets."""
    mdata, rates, n_factors = cohort(name), [], []
    mirnas, mrnas = mdata["mirna"].var_names, mdata["mrna"].var_names
    if sets:
        at = np.nonzero(listed(targetscan(), mirnas, mrnas))
        net = pd.DataFrame({"source": mirnas[at[0]], "target": mrnas[at[1]]})
    else:
        net = pd.DataFrame({"source": np.repeat(mirnas, len(mrnas)), "target": np.tile(mrnas, len(mirnas))})
        net = net.iloc[:: -(-len(net) // MOST_PAIRS)]
    min_targets = FEWEST_TARGETS[name] if sets else 0
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(mdata.n_obs)
        mdata.obs["half"] = pd.Categorical(np.where(order < mdata.n_obs // 2, "a", "b"))
        cs.tl.differential(mdata, net, groupby="half", group="a", min_targets=min_targets, n_permutations=500,
                           seed=seed, progress=False)  # fmt: skip
        table = cs.get.differential(mdata)
        n_factors.append(mdata.uns["csmir"]["differential_parameters"]["n_factors"])
        for kind, part in table.groupby("kind", observed=True):
            p, q = part["pvalue"], part["qvalue"]
            rates.append((kind, (p <= 0.05).mean(), (p <= 0.01).mean(), (q <= 0.05).sum(), len(part)))
    frame = pd.DataFrame(rates, columns=["kind", "5", "1", "found", "n"])
    for kind, part in frame.groupby("kind"):
        error = part["5"].std() / np.sqrt(len(part))
        print(
            f"{name}, {mdata.n_obs} samples in random halves, {seeds} seeds, {'listed ' if sets else ''}{kind} "
            f"({part['n'].iloc[0]:,}): "
            f"p <= 5 % {100 * part['5'].mean():.1f} % (se {100 * error:.1f}), p <= 1 % {100 * part['1'].mean():.1f} %, "
            f"runs with any q <= 0.05: {(part['found'] > 0).sum()} of {len(part)}; "
            f"factors {np.bincount(n_factors, minlength=8).tolist()} times 0 to 7",
            flush=True,
        )


def covariates(n_samples, k, seeds):
    """Samples of two conditions with covariates that move every gene."""
    rates = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        known = rng.normal(size=(2 * n_samples, k))
        cells = [f"sample {i}" for i in range(len(known))]
        parts = {
            key: AnnData(
                20 + rng.normal(size=(len(known), n)) + known @ rng.normal(size=(k, n)),
                obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=[f"{key}{i}" for i in range(n)]),
            )
            for key, n in (("mirna", 20), ("mrna", 50))
        }  # fmt: skip
        mdata = assemble(parts)
        names = [f"covariate {i}" for i in range(k)]
        mdata.obs[names] = known
        mdata.obs["condition"] = pd.Categorical(np.repeat(["ill", "well"], n_samples))
        mirnas, mrnas = mdata["mirna"].var_names, mdata["mrna"].var_names
        net = pd.DataFrame({"source": np.repeat(mirnas, len(mrnas)), "target": np.tile(mrnas, len(mirnas))})
        _, q, p = by_csmir(mdata, net, covariates=names)
        rates.append(((p <= 0.05).mean(), (p <= 0.01).mean(), (q <= 0.05).any()))
    five, one, found = np.transpose(rates)
    print(
        f"{n_samples} + {n_samples} samples, {k} covariates held, nothing differs: p <= 5 % {100 * five.mean():.1f} % "
        f"(se {100 * five.std(ddof=1) / np.sqrt(seeds):.1f}), p <= 1 % {100 * one.mean():.1f} %, "
        f"runs with any q <= 0.05: {int(found.sum())} of {seeds}",
        flush=True,
    )


SCANPY = {f"scanpy, networks of {k}s": partial(by_scanpy, groups=k) for k in ("condition", "donor")}
OWN = {
    "donors": partial(by_csmir, sample="donor"),
    "donors, factors=0": partial(by_csmir, sample="donor", factors=0),
}
SCANPY["scanpy, networks of donors, factors=0"] = partial(by_scanpy, groups="donor", factors=0)


def power_at(true, key, share, seed):
    """Of the true pairs, those before the last place in the order of `key` with at most `share` wrong up to there."""
    ranked = true[np.lexsort((np.random.default_rng(seed).permutation(len(key)), key))]
    wrong = np.cumsum(~ranked) / np.arange(1, len(ranked) + 1)
    within = np.flatnonzero(wrong <= share)
    return ranked[: within[-1] + 1].sum() / true.sum() if len(within) else 0.0


def no_difference(n_donors, seeds):
    """Donors of which nothing differs: how often each way finds something."""
    ways = OWN | {"cells": by_csmir} | SCANPY
    found = {way: [] for way in ways}
    for seed in range(seeds):
        mdata, net, _ = donors(seed, n_donors, 60, 0.0)
        for way, ask in ways.items():
            try:
                _, q, p = ask(mdata, net)
            except cs.InputError as error:
                if not seed:
                    print(f"{n_donors:2} donors, {way}: refused: {error}")
                continue
            found[way].append(((p <= 0.05).mean(), (q <= 0.05).sum()))
    for way, rows in found.items():
        if not rows:
            continue
        share, n = np.transpose(rows)
        print(
            f"{n_donors:2} donors, nothing differs, {way}: p <= 5 % {100 * share.mean():.1f} % (se "
            f"{100 * share.std(ddof=1) / np.sqrt(len(share)):.1f}), pairs at q <= 0.05 {n.mean():.1f} of {len(q)}, "
            f"runs with any {(n > 0).sum()} of {seeds}",
            flush=True,
        )


def power(seeds, slope):
    """Twelve donors of which a fifth of the pairs differ."""
    rows_of = {way: [] for way in OWN | SCANPY}
    for seed in range(seeds):
        mdata, net, truth = donors(seed, 12, 60, slope)
        share = 0.0
        for way, ask in OWN.items():
            pairs, q, _ = ask(mdata, net)
            true, called = np.array([truth[pair] for pair in pairs]), q <= 0.05
            wrong = (called & ~true).sum() / max(called.sum(), 1)
            share = wrong if way == "donors" else share
            statistic = cs.get.differential(mdata, kind="pair")["statistic"].abs().to_numpy()
            rows_of[way].append((called[true].mean(), wrong, power_at(true, -statistic, share, seed)))
        for way, ask in SCANPY.items():
            pairs, q, p = ask(mdata, net)
            true, called = np.array([truth[pair] for pair in pairs]), q <= 0.05
            wrong = (called & ~true).sum() / max(called.sum(), 1)
            rows_of[way].append((called[true].mean(), wrong, power_at(true, p, share, seed)))
    for way, rows in rows_of.items():
        mean = np.mean(rows, axis=0)
        print(
            f"12 donors, slope {slope}, {way}: at q <= 0.05 power {mean[0]:.2f}, false share {mean[1]:.2f}; cut at "
            f"the false share of donors: power {mean[2]:.2f}",
            flush=True,
        )


def few_cells(seeds):
    """Twelve donors of few cells, a fifth of the pairs differ: with hidden factors, and without."""
    for n_cells in (20, 50):
        for hidden_sd, world in ((0.5, "a factor of each donor's own"), (0.0, "no hidden factor")):
            for way, ask in OWN.items():
                rows = []
                for seed in range(seeds):
                    mdata, net, truth = donors(seed, 12, n_cells, 0.6, hidden_sd)
                    pairs, q, _ = ask(mdata, net)
                    true, called = np.array([truth[pair] for pair in pairs]), q <= 0.05
                    rows.append((called[true].mean(), (called & ~true).sum() / max(called.sum(), 1)))
                mean = np.mean(rows, axis=0)
                print(
                    f"12 donors of {n_cells} cells, slope 0.6, {world}, {way}: power {mean[0]:.2f}, false share "
                    f"{mean[1]:.2f}", flush=True,
                )  # fmt: skip


def main() -> None:
    """Print all of it, or the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", nargs="+", help="some parts, by the names of their functions")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    parts = [
        *(partial(halves, name, 5 * args.seeds, sets) for sets in (False, True) for name in ("lihc", "breast")),
        *(partial(covariates, n_samples, k, args.seeds) for n_samples, k in ((15, 3), (15, 6), (40, 6))),
        *(partial(no_difference, n, args.seeds) for n in (2, 4, 12)),
        *(partial(power, args.seeds, slope) for slope in (0.6, 1.0)),
        *(partial(part, args.seeds) for part in (few_cells, composition, depth)),
    ]
    names = sorted({part.func.__name__ for part in parts})
    if unknown := sorted(set(args.only or ()) - set(names)):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(names)}")
    for part in parts:
        if not args.only or part.func.__name__ in args.only:
            part()


if __name__ == "__main__":
    main()
