"""How well networks rank what is regulated, where that is known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir.get.edges import value_name

MOST = 20_000_000  # (cell, pair) that are ranked in memory
POINTS = 1_000  # of a curve
CURVES = ("network", "n_found", "recall", "precision", "false_positive_rate", "ranked")


def curves(
    mdata: MuData,
    networks: str | Iterable[str] = K.REGULATION,
    *,
    truth: str = K.TRUTH,
    summary: bool = False,
    n_shuffles: int = 19,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Tabulate precision, recall and false positive rate of networks whose truth is known, as the cut is lowered.

    Answers: which statistic would tell regulation from no regulation in data like mine? Simulate data of your size
    (:func:`csmir.datasets.semi_synthetic` on your miRNA counts, or :func:`csmir.datasets.simulated`), run the
    statistics under names of their own with `keep="all"`, and compare. Of all (cell, pair) of the truth the first k by
    strength are taken for regulated; with TP of them regulated, and P regulated and N not in all,

    .. math:: \mathrm{recall} = TP / P, \quad \mathrm{precision} = TP / k, \quad
        \mathrm{false\ positive\ rate} = (k - TP) / N

    Strength is -log10 p of the tests, and z or the score of the others, turned to the direction that was tested.

    Parameters
    ----------
    mdata
        Simulated data with the truth and the networks.
    networks
        Names of the modalities of networks to compare, one or several.
    truth
        Name of the modality of the truth: regulated where it holds a value.
    summary
        One row for each network instead.
    n_shuffles
        How often the pairs of the truth are exchanged, all cells of a pair together, for what chance gives in the
        summary.
    seed
        Seed of that.

    Returns
    -------
    DataFrame `network`, `n_found` (k), `recall`, `precision`, `false_positive_rate`, and `ranked`, False where (cell,
    pair) that the networks do not hold come in no order; at most some thousand rows a network, from the strongest on.

    With `summary`: `network`, `auprc` and `auroc`, the areas under the curves of precision over recall and of recall
    over false positive rate; `chance_auprc`, its mean over the shuffles, and `pvalue`, the share of them, the data
    included, with an area as large; `share_regulated`; and of the networks' own edges `n_edges`, `edge_recall`,
    `edge_precision`, `edge_false_positive_rate`.

    Raises
    ------
    StepError
        There is no modality of one of these names.
    InputError
        The truth holds nothing or everything, shares no cell or pair with the networks, or there are more than
        20,000,000 (cell, pair).

    Notes
    -----
    Over the cells that both have, and all pairs of the truth: those that were not tested come last, with all that the
    networks do not hold. Ties are found at once.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.semi_synthetic(n_cells=200, n_mirnas=10, n_mrnas=60, effect=1.0)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", groups="group", keep="all")
    >>> best = cs.get.curves(mdata, summary=True)
    >>> bool(best["auprc"][0] > 2 * best["share_regulated"][0])
    True
    """
    n_shuffles = check.integer("n_shuffles", n_shuffles, low=1)
    seed = check.seed(seed)
    known = _truth(mdata, truth)
    ends = known.var[[K.Var.MIRNA, K.Var.MRNA]].astype(str)
    known = known[:, ends.sort_values([*ends]).index]  # pairs are shuffled by name, not by place
    rows, frames = [], []
    for name in check.words("networks", networks):
        adata = _mudata.read_regulation(mdata, name)
        score, stored, edge, regulated = _lined_up(adata, known, name, truth)
        order, ends = _order(score, stored)
        if summary:
            areas = _areas(order, ends, regulated, n_shuffles, seed)
            rows.append({"network": name} | areas | _own(edge, regulated))
            continue
        frame = _frame(*_curve(order, ends, regulated), regulated, bool(stored.all()))
        frames.append(frame.iloc[_thinned(frame)].assign(network=name)[list(CURVES)])
    return pd.DataFrame(rows) if summary else pd.concat(frames, ignore_index=True)


def _truth(mdata: MuData, truth: str) -> AnnData:
    """Which pairs are regulated in which cells; no step of the analysis can find that."""
    if isinstance(mdata, MuData) and truth not in mdata.mod:
        raise InputError(
            f"The MuData has no modality {truth!r} (it has {check.listing(mdata.mod)}) that says which pairs are "
            "regulated in which cells. Take data whose truth is known, such as cs.datasets.simulated() or "
            "cs.datasets.semi_synthetic(), or name its modality with truth=."
        )
    return _mudata.read_regulation(mdata, truth)


def _lined_up(
    adata: AnnData, known: AnnData, name: str, truth: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(cells, pairs) of the truth: strength, whether there is one, whether it is an edge, whether it is regulated."""
    row = adata.obs_names.get_indexer(known.obs_names)
    of = [pd.MultiIndex.from_frame(a.var[[K.Var.MIRNA, K.Var.MRNA]].astype(str)) for a in (adata, known)]
    column = of[0].get_indexer(of[1])
    cells, pairs = np.flatnonzero(row >= 0), np.flatnonzero(column >= 0)
    if not len(cells) or not len(pairs):
        raise InputError(
            f"The networks {name!r} and the truth {truth!r} have {len(cells)} cells and {len(pairs)} pairs in common. "
            "Infer networks of the same data, with the prior that its truth is of (mdata.uns['prior'])."
        )
    n = len(cells) * known.n_vars
    if n > MOST:
        raise InputError(f"{n:,} (cell, pair) are too many to be ranked in memory, {MOST:,} at most. Take fewer cells.")
    regulated = _mudata.dense(_mudata.edges(known)[cells]) != 0
    if regulated.all() or not regulated.any():
        raise InputError(f"In the truth {truth!r} {'all' if regulated.all() else 'none'} of the pairs are regulated.")
    x, to = _strength(adata)
    shape = (len(cells), known.n_vars)
    score, stored, edge = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
    held = _mudata.as_csr(adata.X).copy()
    held.data = np.ones_like(held.data)
    at = np.ix_(np.arange(len(cells)), pairs)
    for into, values in ((score, x), (stored, held), (edge, _mudata.edges(adata))):
        into[at] = _mudata.dense(_mudata.as_csr(values)[row[cells]][:, column[pairs]])
    return to * score, stored, edge, regulated


def _strength(adata: AnnData) -> tuple[sparse.csr_matrix, float]:
    """What networks are ranked by, and whether upwards or downwards."""
    noted = adata.uns.get(K.UNS, {}).get("regulation", {})
    if K.Layer.NEG_LOG10_P in adata.layers:
        return adata.layers[K.Layer.NEG_LOG10_P], 1.0
    if value_name(adata) != "value":
        return adata.X, 1.0
    from csmir.kernels.comparators import SIGNED

    direction = noted.get("direction") if noted.get("statistic") in SIGNED else None
    return (
        (abs(_mudata.as_csr(adata.X)), 1.0)
        if direction == "both"
        else (adata.X, -1.0 if direction == "repression" else 1.0)
    )


def _curve(order: np.ndarray, ends: np.ndarray, regulated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many are found, and how many of them are regulated, at each strength from the largest on; 0 first."""
    true = regulated.ravel()[order].cumsum()[ends]
    return np.r_[0, ends + 1], np.r_[0, true]


def _order(score: np.ndarray, stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(cell, pair) by strength, what has none last, and the place of the last one of each strength."""
    value = np.where(stored, score, -np.inf).ravel()
    order = np.argsort(-value, kind="stable")
    value = value[order]
    return order, np.r_[np.flatnonzero(value[1:] != value[:-1]), len(value) - 1]


def _frame(found: np.ndarray, true: np.ndarray, regulated: np.ndarray, whole: bool) -> pd.DataFrame:
    """The curves; the last row is in no order where not all is held."""
    ranked = np.ones(len(found), bool)
    ranked[-1] = whole
    return pd.DataFrame({
        "n_found": found, "recall": true / true[-1],
        "precision": np.divide(true, found, out=np.ones(len(found)), where=found > 0),
        "false_positive_rate": (found - true) / (regulated.size - true[-1]), "ranked": ranked,
    })  # fmt: skip


def _average_precision(found: np.ndarray, true: np.ndarray) -> float:
    """Mean precision over the steps of recall: the area under the curve without drawing lines between its points."""
    return float((np.diff(true) / true[-1] * true[1:] / found[1:]).sum())


def _areas(order: np.ndarray, ends: np.ndarray, regulated: np.ndarray, n_shuffles: int, seed: int) -> dict[str, float]:
    """Areas under both curves, and that of pairs whose truth was exchanged, all cells of a pair together."""
    from sklearn.metrics import auc

    found, true = _curve(order, ends, regulated)
    rng = np.random.default_rng(seed)
    area, n_true = _average_precision(found, true), int(true[-1])
    shuffled = [
        _average_precision(*_curve(order, ends, regulated[:, rng.permutation(regulated.shape[1])]))
        for _ in range(n_shuffles)
    ]
    return {
        "auprc": area, "auroc": float(auc((found - true) / (regulated.size - n_true), true / n_true)),
        "chance_auprc": float(np.mean(shuffled)),
        "pvalue": (1 + sum(other >= area for other in shuffled)) / (1 + n_shuffles),
        "share_regulated": n_true / regulated.size,
    }  # fmt: skip


def _own(edge: np.ndarray, regulated: np.ndarray) -> dict[str, float]:
    """The same of the edges as they are called."""
    n, tp = int(edge.sum()), int((edge & regulated).sum())
    return {
        "n_edges": n,
        "edge_recall": tp / int(regulated.sum()),
        "edge_precision": tp / n if n else float("nan"),
        "edge_false_positive_rate": (n - tp) / int((~regulated).sum()),
    }


def _thinned(frame: pd.DataFrame) -> np.ndarray:
    """Rows of the two curves at even steps, the first and the last included."""
    if len(frame) <= POINTS:
        return np.arange(len(frame))
    steps = np.linspace(0, 1, POINTS)
    at = [np.searchsorted(frame[c].to_numpy(), steps) for c in ("recall", "false_positive_rate")]
    return np.unique(np.r_[0, np.minimum(np.concatenate(at), len(frame) - 1), len(frame) - 1])
