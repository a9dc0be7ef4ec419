"""What is adjusted for one miRNA or one mRNA alone: regulators and host genes, and a target's own transcription."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.expression import Stored
from csmir.inference.neighbourhood import Neighborhood, residual_columns
from csmir.inference.pairs import Pairs


@dataclass(frozen=True)
class Own:
    """Columns that belong to one end of a pair."""

    columns: np.ndarray  # (cells, parents) float64: ranks over n
    parents: tuple[tuple[int, ...], ...]  # of each miRNA of the data, as positions of columns
    genes: tuple[frozenset[int], ...]  # of each miRNA of the data, the parents that are mRNAs: no targets to test
    transcription: Stored | None  # mRNAs, by the layer of their transcription

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
) -> tuple[Own | None, dict[str, Any]]:
    """Columns of `parents` (`source` gene, `target` miRNA) and of the layer `transcription`, and what to record."""
    if parents is None and transcription is None:
        return None, {}
    layer = None if transcription is None else _layer(mdata, data, transcription, mrna)
    n_mirnas = len(data.mirna_names)
    if parents is None:
        none: tuple[Any, ...] = ((),) * n_mirnas
        return Own(np.zeros((len(data.cells), 0)), none, (frozenset(),) * n_mirnas, layer), {}
    known = _known(check.net(parents, "parents"), data)
    sources = list(dict.fromkeys(known[K.SOURCE]))
    columns = np.array([_ranked(data, name) for name in sources]).T
    of = {name: i for i, name in enumerate(sources)}
    at = {name: i for i, name in enumerate(data.mrna_names)}
    by_mirna = known.groupby(K.TARGET, sort=False)[K.SOURCE].agg(list)
    own = tuple(tuple(sorted(of[s] for s in by_mirna.get(name, []))) for name in data.mirna_names)
    genes = tuple(frozenset(at[s] for s in by_mirna.get(name, []) if s in at) for name in data.mirna_names)
    n_parents = sum(int(t) in genes[r] for r, t in zip(pairs.mirna, pairs.mrna, strict=True))
    logger.info(
        "parents: %d miRNA(s) are adjusted for %d gene(s); %d pair(s) cannot be tested, since the mRNA is a parent of "
        "the miRNA",
        len(by_mirna),
        len(sources),
        n_parents,
    )
    noted = {
        "parent_sources": known[K.SOURCE].tolist(),
        "parent_targets": known[K.TARGET].tolist(),
        "n_untestable_pairs": n_parents,
    }
    return Own(columns, own, genes, layer), noted


def own_level(own: Own, target: int, near: Neighborhood) -> list[np.ndarray]:
    """The transcription of an mRNA as a column (cells, 1), less its mean around each cell; none without a layer."""
    from scipy.stats import rankdata

    if own.transcription is None:
        return []
    column = own.transcription.block(np.array([target])).ravel()
    return [residual_columns(((rankdata(column) - 0.5) / len(column))[:, None], near)]


def parents_of(noted: Any) -> pd.DataFrame | None:
    """The frame of parents, from what was recorded."""
    if noted.get("parent_sources") is None:
        return None
    return pd.DataFrame(
        {K.SOURCE: np.atleast_1d(noted["parent_sources"]), K.TARGET: np.atleast_1d(noted["parent_targets"])}
    ).astype(str)


def _known(parents: pd.DataFrame, data: _mudata.Paired) -> pd.DataFrame:
    """The rows that the data have, checked for circles."""
    frame = parents[[K.SOURCE, K.TARGET]].astype(str).drop_duplicates()
    both = set(zip(frame[K.SOURCE], frame[K.TARGET], strict=True))
    circle = sorted(f"{s} -> {t}" for s, t in both if (t, s) in both)
    if circle:
        raise InputError(
            f"`parents` go in a circle: {check.listing(circle)}. What is adjusted for must come before the miRNA: "
            "decide which end regulates the other, and leave the other row out."
        )
    source_there = frame[K.SOURCE].isin([*data.mrna_names, *data.mirna_names])
    target_there = frame[K.TARGET].isin(data.mirna_names)
    there = source_there & target_there
    if not there.any():
        raise InputError(
            "`parents` must name genes of the data in `source` and miRNAs of the data in `target`; no row does. Found "
            f"sources {check.listing(frame[K.SOURCE], 3)} and targets {check.listing(frame[K.TARGET], 3)}; the data "
            f"have mRNAs {check.listing(data.mrna_names, 3)} and miRNAs {check.listing(data.mirna_names, 3)}."
        )
    if not there.all():
        lost = [*frame.loc[~source_there, K.SOURCE], *frame.loc[~target_there, K.TARGET]]
        logger.warning(
            "parents: %d of %d rows name what the data lack and are left out: %s. What is not measured is not adjusted "
            "for",
            int((~there).sum()),
            len(frame),
            check.listing(dict.fromkeys(lost)),
        )
    return frame[there]


def _ranked(data: _mudata.Paired, name: str) -> np.ndarray:
    from scipy.stats import rankdata

    names, values = (data.mrna_names, data.mrna) if name in data.mrna_names else (data.mirna_names, data.mirna)
    column = _mudata.dense(values[:, np.flatnonzero(names == name)]).ravel()
    return (rankdata(column) - 0.5) / len(column)


def _layer(mdata: MuData, data: _mudata.Paired, name: str, mrna: str) -> Stored:
    adata = mdata[mrna]
    there = [key for key in adata.layers if key is not None]
    if name not in there:
        raise InputError(
            f"`transcription` must name a layer of mdata[{mrna!r}] (unspliced or intronic counts); found {name!r}. "
            f"There are {check.listing(there) or 'none'}.{check.suggest(name, there)}"
        )
    cells, genes = adata.obs_names.get_indexer(data.cells), adata.var_names.get_indexer(data.mrna_names)
    values = adata.layers[name][cells][:, genes]
    if np.array_equal(_mudata.dense(values), _mudata.dense(data.mrna)):
        raise InputError(
            f"The layer {name!r} of `transcription` is the expression itself: nothing would be left of it. Name the "
            "layer of unspliced or intronic counts."
        )
    return Stored(f"layer {name!r}", values, negative=True)
