"""What is adjusted for one miRNA or one mRNA alone: regulators and host genes, and a target's own transcription."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.counting_noise import counts_of
from csmir.inference.expression import Stored
from csmir.inference.neighbourhood import Neighborhood, residual_columns
from csmir.inference.pairs import Pairs

if TYPE_CHECKING:
    from csmir.kernels.local_adjust import Adjustment

SOME = 64  # genes that are ranked at a time
NOISY = 0.1  # share of a parent's variance that is counting noise, to be warned of


@dataclass(frozen=True)
class Own:
    """Columns that belong to one end of a pair."""

    columns: np.ndarray  # (cells, parents) float64: ranks over n
    parents: tuple[tuple[int, ...], ...]  # of each miRNA of the data, as positions of columns
    genes: tuple[frozenset[int], ...]  # of each miRNA, mRNAs not to test it with: its parents; all, if adjusted for
    transcription: Stored | None  # mRNAs, by the layer of their transcription

    def level(self, mrna: int) -> list[np.ndarray]:
        """The transcription of an mRNA as a column (cells, 1) of ranks over n; none without a layer."""
        from scipy.stats import rankdata

        if self.transcription is None:
            return []
        column = self.transcription.block(np.array([mrna])).ravel()
        return [((rankdata(column) - 0.5) / len(column))[:, None]]

    @property
    def given(self) -> tuple[np.ndarray, ...]:
        """All of it, as arrays."""
        layer = () if self.transcription is None else (_mudata.dense(self.transcription.values),)
        return (self.columns, np.array([c for own in self.parents for c in (-1, *own)]), *layer)


def read_own(
    mdata: MuData,
    data: _mudata.Paired,
    pairs: Pairs,
    parents: pd.DataFrame | None,
    transcription: str | None,
    *,
    mrna: str,
) -> tuple[Own, dict[str, Any]]:
    """Columns of `parents` (`source` gene, `target` miRNA) and of the layer `transcription`, and what to record."""
    layer, same = (None, frozenset[int]()) if transcription is None else _layer(mdata, data, transcription, mrna)
    n_mirnas = len(data.mirna_names)
    if parents is None:
        none: tuple[Any, ...] = ((),) * n_mirnas
        alone = Own(np.zeros((len(data.cells), 0)), none, (same,) * n_mirnas, layer)
        return alone, {"n_untestable_pairs": int(untestable(alone, pairs).sum())}
    known = _known(check.net(parents, "parents"), data)
    sources = list(dict.fromkeys(known[K.SOURCE]))
    columns = np.array([_ranked(data, name) for name in sources]).T
    of = {name: i for i, name in enumerate(sources)}
    at = {name: i for i, name in enumerate(data.mrna_names)}
    by_mirna = known.groupby(K.TARGET, sort=False)[K.SOURCE].agg(list)
    own = tuple(tuple(sorted(of[s] for s in by_mirna.get(name, []))) for name in data.mirna_names)
    genes = tuple(frozenset(at[s] for s in by_mirna.get(name, []) if s in at) for name in data.mirna_names)
    out = Own(columns, own, tuple(of_one | same for of_one in genes), layer)
    n_parents = int(untestable(replace(out, genes=genes), pairs).sum())
    logger.info(
        "parents: %s adjusted for %s; %s not to be tested, since the mRNA is a parent of the miRNA",
        *(check.many(len(by_mirna), "miRNA"), check.many(len(sources), "gene"), check.many(n_parents, "pair")),
    )
    flat = [name for name, column in zip(sources, columns.T, strict=True) if column.min() == column.max()]
    if flat:
        logger.warning(
            "parents: %s without variation, not adjusted for: %s", check.many(len(flat), "gene"), check.listing(flat)
        )
    _warn_of_noise(data, sources)
    noted = {
        "parent_sources": known[K.SOURCE].tolist(),
        "parent_targets": known[K.TARGET].tolist(),
        "n_untestable_pairs": int(untestable(out, pairs).sum()),
    }
    return out, noted


def own_level(own: Own, mrna: int, near: Neighborhood) -> list[np.ndarray]:
    """The transcription of an mRNA as a column (cells, 1), less its mean around each cell; none without a layer."""
    return [residual_columns(column, near) for column in own.level(mrna)]


def held_of(adjustment: Adjustment | None, own: Own | None, mirna: int, near: Neighborhood) -> np.ndarray:
    """Covariates, factors and parents of a miRNA, (cells, columns), less their mean around each cell."""
    columns = [np.zeros((len(near.lists.list_of), 0))]
    if adjustment is not None:
        columns.append(adjustment.common)
        if adjustment.basis is not None and adjustment.loadings is not None:
            columns.append(adjustment.basis @ adjustment.loadings[mirna])
    if own is not None:
        columns.append(own.columns[:, list(own.parents[mirna])])
    return residual_columns(np.concatenate(columns, axis=1), near)


def untestable(own: Own | None, pairs: Pairs) -> np.ndarray:
    """Pairs of which nothing is left to test, (pairs,) bool: the mRNA is a parent, or an end is adjusted for."""
    if own is None:
        return np.zeros(len(pairs), bool)
    return np.array([t in own.genes[r] for r, t in zip(pairs.mirna.tolist(), pairs.mrna.tolist(), strict=True)], bool)


def parents_of(noted: Any) -> pd.DataFrame | None:
    """The frame of parents, from what was recorded."""
    if noted.get("parent_sources") is None:
        return None
    return pd.DataFrame(
        {K.SOURCE: np.atleast_1d(noted["parent_sources"]), K.TARGET: np.atleast_1d(noted["parent_targets"])}
    ).astype(str)


def _warn_of_noise(data: _mudata.Paired, sources: list[str]) -> None:
    """Say how much of the parents is counting noise, where their values are counts or log2(counts + 1)."""
    noise = {}
    for name in sources:
        counts = counts_of(_column(data, name))
        if counts is not None and counts.var() > 0:
            noise[name] = min(1.0, counts.mean() / counts.var())  # a Poisson count's variance is its mean
    noisy = sorted((name for name in noise if noise[name] >= NOISY), key=lambda name: -noise[name])
    if noisy:
        logger.warning(
            "parents: counting noise is a tenth or more of the variance of %s, at most %.0f %%: %s. What these "
            "explain is removed in part only, and the rest of what they drive may look like regulation: read the "
            "pairs of their miRNAs with care",
            *(check.many(len(noisy), "gene"), 100 * noise[noisy[0]], check.listing(noisy)),
        )


def _known(parents: pd.DataFrame, data: _mudata.Paired) -> pd.DataFrame:
    """The rows that the data have, checked for circles."""
    frame = parents[[K.SOURCE, K.TARGET]].astype(str).drop_duplicates(ignore_index=True)
    circle = _circle(frame)
    if circle:
        raise InputError(
            f"`parents` go in a circle: {' -> '.join(circle)}. What is adjusted for must come before the miRNA: "
            "decide which end regulates the other, and leave the other row out."
        )
    source_there = frame[K.SOURCE].isin([*data.mrna_names, *data.mirna_names])
    target_there = frame[K.TARGET].isin(data.mirna_names)
    there = source_there & target_there
    lost = list(dict.fromkeys([*frame.loc[~source_there, K.SOURCE], *frame.loc[~target_there, K.TARGET]]))
    known = [*data.mrna_names, *data.mirna_names]
    near = "".join(dict.fromkeys(check.suggest(name, known) for name in lost[:3]))
    if not there.any():
        raise InputError(
            "`parents` must name genes of the data in `source` and miRNAs of the data in `target`; no row does. Found "
            f"sources {check.listing(frame[K.SOURCE], 3)} and targets {check.listing(frame[K.TARGET], 3)}; the data "
            f"have mRNAs {check.listing(data.mrna_names, 3)} and miRNAs {check.listing(data.mirna_names, 3)}.{near}"
        )
    if not there.all():
        logger.warning(
            "parents: %d of %d rows name what the data lack and are left out: %s. What is not measured is not adjusted "
            "for.%s",
            int((~there).sum()),
            len(frame),
            check.listing(lost),
            near,
        )
    return frame[there]


def _ranked(data: _mudata.Paired, name: str) -> np.ndarray:
    from scipy.stats import rankdata

    column = _column(data, name)
    return (rankdata(column) - 0.5) / len(column)


def _circle(frame: pd.DataFrame) -> list[str]:
    """Names along a circle, the first one again at its end; none if there is no circle."""
    from graphlib import CycleError, TopologicalSorter

    before: dict[str, list[str]] = {}
    for source, target in sorted(zip(frame[K.SOURCE], frame[K.TARGET], strict=True)):
        before.setdefault(target, []).append(source)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as e:
        return [str(name) for name in e.args[1]]
    return []


def _column(data: _mudata.Paired, name: str) -> np.ndarray:
    names, values = (data.mrna_names, data.mrna) if name in data.mrna_names else (data.mirna_names, data.mirna)
    return np.asarray(_mudata.dense(values[:, np.flatnonzero(names == name)]), np.float64).ravel()


def _layer(mdata: MuData, data: _mudata.Paired, name: str, mrna: str) -> tuple[Stored, frozenset[int]]:
    adata = mdata[mrna]
    there = [key for key in adata.layers if key is not None]
    if name not in there:
        raise InputError(
            f"`transcription` must name a layer of mdata[{mrna!r}] (unspliced or intronic counts); found {name!r}. "
            f"There are {check.listing(there) or 'none'}.{check.suggest(name, there)}"
        )
    cells, genes = adata.obs_names.get_indexer(data.cells), adata.var_names.get_indexer(data.mrna_names)
    values = adata.layers[name][cells][:, genes]
    if _same_order(_mudata.dense(values), _mudata.dense(data.mrna)):
        raise InputError(
            f"The layer {name!r} of `transcription` is the expression itself, or has its order in every cell: nothing "
            "would be left of it. Name the layer of unspliced or intronic counts."
        )
    found = _mudata.dense(values)
    constant = (found == found[:1]).all(axis=0)
    same = frozenset(np.flatnonzero(~constant & (found == _mudata.dense(data.mrna)).all(axis=0)).tolist())
    if constant.any():
        logger.warning(
            "transcription: the layer %r does not vary for %s, not adjusted",
            name,
            check.many(int(constant.sum()), "mRNA"),
        )
    if same:
        logger.warning(
            "transcription: the layer %r is the expression itself of %s, whose pairs cannot be tested",
            name,
            check.many(len(same), "mRNA"),
        )
    return Stored(f"layer {name!r}", values, negative=True), same


def _same_order(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether every gene, of cells x genes, has the same ranks in both."""
    if np.array_equal(first, second):
        return True
    varies = np.flatnonzero((second != second[:1]).any(axis=0))
    from scipy.stats import rankdata

    for some in np.array_split(varies, max(1, len(varies) // SOME)):
        if not np.array_equal(rankdata(first[:, some], axis=0), rankdata(second[:, some], axis=0)):
            return False
    return bool(len(varies))
