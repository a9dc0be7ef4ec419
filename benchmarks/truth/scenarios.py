"""The simulated data sets: where regulation is, what else makes genes vary, and how many cells and seeds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from mudata import MuData

import csmir as cs
from csmir._mudata.assemble import assemble

CELLS = (19, 50, 100, 300, 1_000, 3_000)
QUICK = (19, 100, 300)
SEEDS = {19: 10, 50: 8, 100: 8, 300: 5, 1_000: 4, 3_000: 3}
FEWER_PAIRS = 3_000  # from so many cells on, a quarter of the pairs is tested
PREVALENCE = 0.05


class Scenario(NamedTuple):
    """One kind of data."""

    kind: str  # "planted" or "null"
    structure: str
    shift: float
    dropout: float = 0.3
    direction: str = "repression"
    coarse: bool = False  # values rounded to whole log2 units: ties everywhere

    @property
    def name(self) -> str:
        words = [self.structure if self.structure != "none" else "no structure"]
        words += ["shifts"] if self.shift else []
        words += [f"{self.dropout:.0%} lost"] if self.dropout != 0.3 else []
        words += [self.direction] if self.direction != "repression" else []
        words += ["coarse values"] if self.coarse else []
        return ", ".join(words)


PLANTED = [Scenario("planted", s, h) for s in ("groups", "trajectory") for h in (0.0, 1.0)]
# looked at with one number of cells only
VARIED = [
    Scenario("planted", "none", 0.0),
    Scenario("planted", "groups", 1.0, dropout=0.0),
    Scenario("planted", "groups", 1.0, dropout=0.6),
    Scenario("planted", "groups", 1.0, direction="activation"),
    Scenario("planted", "groups", 1.0, direction="mixed"),
    Scenario("planted", "groups", 1.0, coarse=True),
]
VARIED_AT = 300
NULL = [
    Scenario("null", "none", 0.0),
    Scenario("null", "groups", 0.0),
    Scenario("null", "groups", 1.0),
    Scenario("null", "trajectory", 1.0),
    Scenario("null", "groups", 1.0, dropout=0.0),
    Scenario("null", "groups", 1.0, dropout=0.6),
    Scenario("null", "groups", 1.0, coarse=True),
]


def jobs(*, quick: bool) -> list[tuple[Scenario, int, int]]:
    """Scenario, cells and seed of every data set, the largest first."""
    out = []
    for n in reversed(QUICK if quick else CELLS):
        seeds = range(2 if quick else SEEDS[n])
        scenarios = [*PLANTED, *NULL, *(VARIED if n == VARIED_AT else [])]
        out += [(scenario, n, seed) for scenario in scenarios for seed in seeds]
    return out


def simulate(scenario: Scenario, n_cells: int, seed: int) -> MuData:
    """The data, after the recipe: 20 miRNAs, 200 mRNAs, 720 pairs; 180 of them with 3,000 cells."""
    options: dict[str, Any] = {"structure": scenario.structure, "shift": scenario.shift, "dropout": scenario.dropout}
    mdata = cs.datasets.simulated(
        n_cells,
        20,
        200,
        prevalence=PREVALENCE if scenario.kind == "planted" else 0.0,
        direction=scenario.direction,
        seed=seed + 1_000 * (scenario.kind == "null"),
        **options,
    )
    cs.pp.recipe_csmir(mdata)
    if n_cells >= FEWER_PAIRS:
        every = len(mdata.uns["prior"])
        some = np.sort(np.random.default_rng(seed).choice(every, every // 4, replace=False))
        fewer = assemble({"mirna": mdata["mirna"], "mrna": mdata["mrna"], "truth": mdata["truth"][:, some].copy()})
        fewer.uns["prior"] = mdata.uns["prior"].iloc[some].reset_index(drop=True)
        if "group" in mdata.obs:
            fewer.obs["group"] = mdata.obs["group"]
        mdata = fewer
    if scenario.coarse:
        for key in ("mirna", "mrna"):
            x = mdata[key].X
            lowest = x.min()
            mdata[key].X = np.where(x > lowest, np.maximum(np.round(x), 1), lowest)
    return mdata
