"""Conditions whose regulation is the same and whose cells are not: for `python -m benchmarks.differential`.

Twelve donors, six a condition; half of the miRNAs repress their targets at a log slope of 0.8. Composition: only cells
of one type regulate, and that type is 70 % of the cells in one condition and 30 % in the other. Depth: all cells
regulate, and one condition has 40 % of the counts of the other. Nothing differs in either: every small p is wrong.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData

import csmir as cs
from csmir._mudata.assemble import assemble

N_DONORS, N_CELLS, N_MIRNAS, N_MRNAS, N_TARGETS = 12, 80, 20, 200, 20
SLOPE, SHARES, DEPTH = 0.8, (0.7, 0.3), 0.4


def data_set(seed, shares=(1.0, 1.0)):
    """Counts of miRNAs and mRNAs, columns of the cells, and the prior; the regulating type has its shares."""
    rng = np.random.default_rng(seed)
    donor = np.repeat(np.arange(N_DONORS), N_CELLS)
    first = donor < N_DONORS // 2
    acts = rng.random(len(donor)) < np.where(first, *shares)
    x, y = (2.5 + rng.normal(size=k) + 0.7 * rng.normal(size=(len(donor), k)) for k in (N_MIRNAS, N_MRNAS))
    targets = np.array([rng.choice(N_MRNAS, N_TARGETS, replace=False) for _ in range(N_MIRNAS)])
    for r in range(N_MIRNAS // 2):
        y[np.ix_(acts, targets[r])] -= SLOPE * (x[acts, r] - x[:, r].mean())[:, None]
    counts = {key: rng.poisson(np.exp(v)) for key, v in (("mirna", x), ("mrna", y))}
    obs = pd.DataFrame({
        "donor": pd.Categorical([f"donor {d}" for d in donor]),
        "condition": pd.Categorical(np.where(first, "ill", "well")),
        "type": pd.Categorical(np.where(acts, "B", "T")),
    }, index=[f"cell {i}" for i in range(len(donor))])  # fmt: skip
    net = pd.DataFrame({
        "source": np.repeat([f"mirna{r}" for r in range(N_MIRNAS)], N_TARGETS),
        "target": [f"mrna{t}" for t in targets.ravel()],
    })  # fmt: skip
    return counts, obs, net


def tested(counts, obs, net, **options):
    """The table of pairs and of target sets."""
    parts = {
        key: AnnData(
            np.log1p(v).astype(np.float32), obs=pd.DataFrame(index=obs.index),
            var=pd.DataFrame(index=[f"{key}{i}" for i in range(v.shape[1])]),
        )
        for key, v in counts.items()
    }  # fmt: skip
    mdata = assemble(parts)
    mdata.obs[list(obs)] = obs
    cs.tl.differential(
        mdata, net, groupby="condition", group="ill", sample="donor", n_permutations=500, progress=False, **options
    )
    return cs.get.differential(mdata)


def thinned(counts, rows, seed):
    """So many of the counts of some cells."""
    rng = np.random.default_rng(seed)
    return {key: np.where(rows[:, None], rng.binomial(v, DEPTH), v) for key, v in counts.items()}


def composition(seeds):
    """One type regulates, and its share differs."""
    for how, options in (
        ("types not given", {}), ("types as a covariate", {"covariates": "type"}), ("inside types", {"groups": "type"}),
    ):  # fmt: skip
        tables = [tested(*data_set(seed, SHARES), **options) for seed in range(seeds)]
        _print(
            f"a type that regulates is {100 * SHARES[0]:.0f} and {100 * SHARES[1]:.0f} % of the cells, {how}", tables
        )


def depth(seeds):
    """One condition has fewer counts."""
    unlike, alike = [], []
    for seed in range(seeds):
        counts, obs, net = data_set(seed)
        first = (obs["condition"] == "ill").to_numpy()
        shallow = thinned(counts, first, seed)
        unlike.append(tested(shallow, obs, net))
        alike.append(tested(thinned(shallow, ~first, seed), obs, net))
    _print(f"{100 * DEPTH:.0f} % of the counts in one condition", unlike)
    _print("the same, the deeper condition brought down", alike)


def _print(what, tables):
    """Shares of small p, and runs that find something, of pairs and of sets."""
    for kind in ("pair", "targets"):
        parts = [table[table["kind"] == kind] for table in tables]
        five = np.array([(part["pvalue"] <= 0.05).mean() for part in parts])
        found = sum((part["qvalue"] <= 0.05).any() for part in parts)
        print(
            f"nothing differs, {what}, {kind} ({len(parts[0])}): p <= 5 % {100 * five.mean():.1f} % (se "
            f"{100 * five.std(ddof=1) / np.sqrt(len(five)):.1f}), runs with any q <= 0.05: {found} of {len(parts)}",
            flush=True,
        )
