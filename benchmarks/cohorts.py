"""Bulk cohorts against what is known: `python -m benchmarks.cohorts`.

Every pair of the liver cancers, and of the breast cancers as a whole and by subtype: odds ratios of pairs that go apart
(and together) being listed by TargetScan or validated, with 95 % intervals, and how many of 1,000 priors with permuted
miRNA labels have as large an odds ratio. "over all": `cs.tl.association`, q <= 0.05 over the samples; "in 1": the local
test among neighbours, an edge in a sample or more; "in 4 %": in 4 % of the samples or more; "pair q": its evidence over
the samples, q <= 0.05. Every pair is tested, so that nothing is known of non-targets and no hidden factor is taken off.
Loci of a hairpin are added up, and a hairpin has the targets of both of its arms, as in the tutorial on samples. Of
fewer than three pairs there is no odds ratio.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from anndata import AnnData

import csmir as cs
from benchmarks._k562 import data_folder, targetscan, validated
from csmir._mudata.assemble import assemble

N_PERMUTED = 1000
FEWEST = 3  # pairs that an odds ratio can be of


def cohort(name):
    """A MuData of the log2 values, one feature for all loci of a hairpin."""
    parts = {}
    for key in ("mirna", "mrna"):
        table = pd.read_csv(data_folder() / "real" / f"tcga_{name}_{key}.csv.gz", index_col=0)
        table.index = table.index.astype(str)
        parts[key] = AnnData(table.astype(float).clip(lower=0))
    mdata = assemble(parts)
    cs.pp.undo_log2(mdata)
    cs.pp.merge_loci(mdata)
    cs.pp.log2p1(mdata)
    return mdata


def listed(net, mirnas, mrnas):
    """MiRNAs x mRNAs: whether the prior has the pair, by names as the data spell them."""
    known, _ = cs.priors.reconcile(net, mirnas, mrnas, arms="both")
    at = [names.get_indexer(known[c].astype(str)) for names, c in ((mirnas, "source"), (mrnas, "target"))]
    there = (at[0] >= 0) & (at[1] >= 0)
    out = np.zeros((len(mirnas), len(mrnas)), bool)
    out[at[0][there], at[1][there]] = True
    return out


def odds(called, known):
    """Odds ratio with a half added to each count, and its 95 % interval."""
    a, b = (called & known).sum() + 0.5, (called & ~known).sum() + 0.5
    c, d = (~called & known).sum() + 0.5, (~called & ~known).sum() + 0.5
    ratio, se = a * d / (b * c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return ratio, ratio * np.exp(-1.96 * se), ratio * np.exp(1.96 * se)


def called_by_association(mdata, every, shape):
    """Pairs that go apart, and together, over all samples."""
    cs.tl.association(mdata, every)
    var = mdata["association"].var
    rho, q = (var[c].to_numpy().reshape(shape) for c in ("association_rho", "association_qvalue"))
    return {("over all", "apart"): (q <= 0.05) & (rho < 0), ("over all", "together"): (q <= 0.05) & (rho > 0)}


def called_by_local(mdata, every, shape):
    """Pairs that go apart, and together, among the neighbours of some samples."""
    out = {}
    mirnas, mrnas = mdata["mirna"].var_names, mdata["mrna"].var_names
    for side, direction in (("apart", "repression"), ("together", "activation")):
        cs.tl.regulation(
            mdata, every, statistic="local", neighbors="expression", direction=direction, keep="all", progress=False
        )
        found = mdata["regulation"]
        at = mirnas.get_indexer(found.var["mirna"]), mrnas.get_indexer(found.var["mrna"])
        n_samples, q = np.zeros(shape), np.ones(shape)
        n_samples[at], q[at] = found.layers["significant"].sum(axis=0), found.var["pair_qvalue"]
        out |= {
            ("in 1", side): n_samples >= 1, ("in 4 %", side): n_samples >= 0.04 * mdata.n_obs,
            ("pair q", side): q <= 0.05,
        }  # fmt: skip
    return out


def rows(mdata, what):
    """One line for each test, prior and sign."""
    mirnas, mrnas = mdata["mirna"].var_names, mdata["mrna"].var_names
    every = pd.DataFrame({"source": np.repeat(mirnas, len(mrnas)), "target": np.tile(mrnas, len(mirnas))})
    shape = len(mirnas), len(mrnas)
    calls = called_by_association(mdata, every, shape) | called_by_local(mdata, every, shape)
    for prior, net in (("TargetScan", targetscan()), ("validated", validated())):
        known = listed(net, mirnas, mrnas)
        for (how, sign), called in calls.items():
            line = (
                f"{what:18} {prior:10} {how:8} {sign:8} {called.sum():6,} of {called.size:6,} pairs, "
                f"{(called & known).sum():4} of {known.sum():4} listed: "
            )
            if called.sum() < FEWEST:
                print(f"{line}odds ratio none", flush=True)
                continue
            ratio, low, high = odds(called, known)
            rng = np.random.default_rng(0)
            null = np.array([odds(called, known[rng.permutation(shape[0])])[0] for _ in range(N_PERMUTED)])
            p = (1 + (null >= ratio).sum()) / (1 + N_PERMUTED)
            print(f"{line}odds ratio {ratio:5.2f} ({low:.2f} to {high:.2f}), permuted labels p = {p:.3f}", flush=True)


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    rows(cohort("lihc"), "liver, 364")
    breast = cohort("breast")
    rows(breast, f"breast, {breast.n_obs}")
    samples = pd.read_csv(data_folder() / "real" / "tcga_breast_samples.csv", index_col=0)
    samples.index = samples.index.astype(str)
    subtype = samples["subtype"].reindex(breast.obs_names)
    for name in sorted(subtype.dropna().unique()):
        inside = breast[(subtype == name).to_numpy()].copy()
        rows(inside, f"breast {name}, {inside.n_obs}")


if __name__ == "__main__":
    main()
