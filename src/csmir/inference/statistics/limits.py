"""What a reader must know of networks of one statistic or another, as far as the run itself tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from csmir import _keys as K
from csmir import _mudata
from csmir.inference.statistics.record import Finished, Limit

if TYPE_CHECKING:
    from anndata import AnnData
    from mudata import MuData

# measured on independent data without pseudo-cells: share of z over the 1 % cutoff
ANTICONSERVATIVE = {50: "28 %", 109: "5.8 %", 200: "4.0 %", 1000: "3.2 %"}
COIN_FLIP = 0.6


def of_csn(run: Finished) -> Iterator[Limit]:
    """What pseudo-cells, seeds and a cell that counts itself do to networks of the CSN statistic."""
    mdata, adata, steps, params = run
    n_runs = int(params.get("n_runs", 1))
    if n_runs > 1:
        yield from _pseudo_cells(mdata, adata, params)
        yield _seeds(steps)
    else:
        nearest = min(ANTICONSERVATIVE, key=lambda n: abs(np.log(n / max(adata.n_obs, 1))))
        text = (
            f"Each cell counts itself. On independent genes, {ANTICONSERVATIVE[nearest]} of the pairs pass the cutoff "
            f"that 1 % should pass (measured with {nearest:,} cells; this run has {adata.n_obs:,}). statistic='exact' "
            "leaves the cell out."
        )
        yield Limit("mind", "The error rate is not what alpha says", text)
    yield Limit(
        "mind",
        "Which cells?",
        "On simulated data with planted regulation this statistic hardly tells in which cells a pair is regulated "
        "(area under the precision-recall curve 0.05 to 0.06 with up to 100 cells, 0.07 to 0.14 with 1,000, chance "
        "0.05). Differences between cells are hypotheses; statistic='local' tells more, where cs.tl.power says that "
        "these cells can show it.",
    )
    if K.Var.SIGN not in adata.var:
        text = "z is large where two genes depend on each other, whichever way. cs.tl.sign(mdata) tells the direction."
        yield Limit("mind", "No sign", text)


def _pseudo_cells(mdata: MuData, adata: AnnData, params: Mapping[str, Any]) -> Iterator[Limit]:
    from csmir.kernels.design import half_width

    if K.BOOTSTRAP in mdata.obsm:
        weights = np.asarray(mdata.obsm[K.BOOTSTRAP])
        alone = weights > half_width(int(params["n_per_run"]), float(params["box_size"]))
        if alone.any():
            text = (
                f"In {alone.mean():.0%} of the boxes a cell is alone with its own copies, and then z is the largest "
                "possible for any pair, regulated or not. More runs do not mend it."
            )
            yield Limit("bad" if alone.mean() > 0.25 else "mind", "Pseudo-cells", text)
    if K.Layer.SUPPORT in adata.layers:
        support = _mudata.as_csr(adata.layers[K.Layer.SUPPORT]).multiply(_mudata.edges(adata)).tocsr().data
        if (support < COIN_FLIP).mean() >= 0.01:
            text = (
                f"{(support < COIN_FLIP).mean():.0%} of the interactions of the cells are found in fewer than "
                f"{COIN_FLIP:.0%} of the runs. The column support of the tables has each one's share."
            )
            yield Limit("mind", "Coin flips", text)


def _seeds(steps: Mapping[str, Any]) -> Limit:
    found = steps.get("stability")
    if found is None:
        text = (
            "Another bootstrap seed gives other networks. On K562 two seeds share little more than half of the "
            "conserved interactions. cs.tl.stability(mdata) measures it here."
        )
        return Limit("mind", "The seed", text)
    words = [
        f"{float(found[name]):.2f} for the {what}"
        for name, what in (
            (K.CONSERVED, "conserved interactions"),
            (K.REWIRED, "rewired interactions"),
            ("conserved_hubs", "conserved hubs"),
            ("rewired_hubs", "rewired hubs"),
        )
        if np.isfinite(float(found.get(name, np.nan)))
    ]
    text = (
        f"Of {int(found['n_seeds'])} seeds, two agree to the extent (Jaccard index) of {', '.join(words) or 'nothing'}."
    )
    return Limit("mind", "The seed", text)


def of_local(run: Finished) -> Iterator[Limit]:
    """Which cells an edge speaks of, and what else makes edges."""
    shared = "groups" in run.params
    yield Limit(
        "mind",
        "Which cells?",
        (
            "Cells of a group share one network. "
            if shared
            else "Cells that are alike share most of their neighbours, so most of their networks: an edge speaks of "
            "a cell's surroundings, and spills over where regulation begins or ends. "
        )
        + "It is a correlation within them: what else drives both genes from cell to cell, such as the cell cycle or "
        "the number of reads, makes edges too.",
    )
