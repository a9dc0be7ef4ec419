"""The global index of a MuData, written down by its modalities' names, without a look at any option of mudata.

`MuData.update` does another thing for each value of `pull_on_update`, an option of the whole process, and refuses
modalities whose features come and go at once. Here every row finds its place by name: rows keep their order and what
the MuData notes of them, new ones follow, and rows that no modality has go. `update` finds nothing left to do then.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

AXES = ("obs", "var")


class Axis(NamedTuple):
    """Everything a MuData holds along its cells, or along its features."""

    frame: pd.DataFrame
    arrays: dict[str, Any]  # .obsm or .varm, without the masks of the modalities
    pairwise: dict[str, Any]  # .obsp or .varp
    maps: dict[str, np.ndarray]  # of each modality: 1 + the place in it of each row, 0 for rows it lacks


State = tuple[dict[str, Any], dict[str, Axis], dict[str, Any]]


def axis_of(mdata: MuData, attr: str) -> Axis:
    """What is there. The frame and the arrays are the MuData's own, not copies."""
    maps = {key: np.asarray(place).ravel() for key, place in getattr(mdata, f"{attr}map").items()}
    arrays = {key: value for key, value in getattr(mdata, f"{attr}m").items() if key not in maps}
    return Axis(pd.DataFrame(getattr(mdata, attr)), arrays, dict(getattr(mdata, f"{attr}p")), maps)


def indexed(axis: Axis, parts: Mapping[str, AnnData], attr: str, *, shared: bool) -> Axis:
    """The same for other modalities: everything of a row goes with its name."""
    names = {key: getattr(part, f"{attr}_names") for key, part in parts.items()}
    index, source, maps = (_joined if shared else _in_a_row)(axis, names)
    arrays = {key: value for key, value in axis.arrays.items() if key not in parts}
    if source is None:
        return Axis(axis.frame, arrays, axis.pairwise, maps)
    frame = _rows(axis.frame, source).set_axis(index.rename(axis.frame.index.name), axis=0)
    arrays = {key: _rows(value, source, index) for key, value in arrays.items()}
    pairwise = {key: _rows(_rows(value, source).T, source).T for key, value in axis.pairwise.items()}
    return Axis(frame, arrays, pairwise, maps)


def install(mdata: MuData, parts: Mapping[str, AnnData], axes: Mapping[str, Axis]) -> None:
    """Give the MuData these modalities and their index, all of it or nothing."""
    before = state(mdata)
    hashes = {attr: _fingerprints(parts, attr) for attr in AXES}
    try:
        _set(mdata, parts, axes, hashes)
    except BaseException:
        _set(mdata, *before)
        raise


def state(mdata: MuData) -> State:
    """The modalities of a MuData and its index, to be put back."""
    hashes = {attr: getattr(mdata, f"_{attr}hash", None) for attr in AXES}
    return dict(mdata.mod), {attr: axis_of(mdata, attr) for attr in AXES}, hashes


def put_back(mdata: MuData, before: State, frames: Mapping[str, pd.DataFrame]) -> None:
    """The same modalities and index again, with these tables in place of those that are written in place."""
    parts, axes, hashes = before
    axes = {attr: axis._replace(frame=frames.get(attr, getattr(mdata, attr))) for attr, axis in axes.items()}
    _set(mdata, parts, axes, hashes)


def _set(mdata: MuData, parts: Mapping[str, Any], axes: Mapping[str, Axis], hashes: Mapping[str, Any]) -> None:
    for key in [key for key in mdata.mod if key not in parts]:
        del mdata.mod[key]
    mdata.mod.update(parts)
    for attr, axis in axes.items():
        setattr(mdata, f"_{attr}", axis.frame)  # first: arrays are checked against its length
        masks = {key: place > 0 for key, place in axis.maps.items()}
        for name, values in (("m", masks | axis.arrays), ("p", axis.pairwise), ("map", axis.maps)):
            there = getattr(mdata, f"_{attr}{name}")
            there.clear()
            there.update(values)
        if hashes[attr] is not None:
            setattr(mdata, f"_{attr}hash", hashes[attr])


def _joined(axis: Axis, names: Mapping[str, pd.Index]) -> tuple[pd.Index, np.ndarray | None, dict[str, np.ndarray]]:
    """One row for each name, whichever modality has it; the n-th of one name is that of another modality, too."""
    old, *keys = _told_apart([axis.frame.index, *names.values()])
    there = np.zeros(len(old), bool)
    index = old if len(old) or not keys else keys[0][:0]  # of the type of its names
    for key in keys:
        there |= old.isin(key)
        index = index.append(key[~key.isin(index)])
    kept = np.concatenate([there, np.ones(len(index) - len(old), bool)])
    index = index[kept]
    maps = {name: (key.get_indexer(index) + 1).astype(np.uint32) for name, key in zip(names, keys, strict=True)}
    if len(index) == len(old) and kept.all():
        return axis.frame.index, None, maps
    plain = index if index.nlevels == 1 else index.get_level_values(0)
    return plain, np.where(np.arange(len(kept)) < len(old), np.arange(len(kept)), -1)[kept], maps


def _in_a_row(axis: Axis, names: Mapping[str, pd.Index]) -> tuple[pd.Index, np.ndarray | None, dict[str, np.ndarray]]:
    """The names of one modality after those of the other."""
    first, *rest = names.values() if names else [pd.Index([])]
    index = first.append(rest)
    source, maps, start = np.full(len(index), -1), {}, 0
    # millions of pairs need no look at their names where there is nothing to carry over
    carries = bool(axis.frame.shape[1] or axis.arrays or axis.pairwise)
    for key, own in names.items():
        rows = slice(start, start + len(own))
        start += len(own)
        maps[key] = np.zeros(len(index), np.uint32)
        maps[key][rows] = np.arange(1, len(own) + 1)
        if carries and key in axis.maps:
            known = np.flatnonzero(axis.maps[key] > 0)
            was, now = _told_apart([axis.frame.index[known], own])
            at = was.get_indexer(now)
            source[rows] = np.where(at < 0, -1, known[at]) if len(known) else -1
    if carries and np.array_equal(source, np.arange(len(axis.frame))):
        return axis.frame.index, None, maps
    return index, source, maps


def _told_apart(all_names: list[pd.Index]) -> list[pd.Index]:
    """Indices without repeats: the names as they are, or each with a count of its earlier ones."""
    if all(names.is_unique for names in all_names):
        return all_names
    return [
        pd.MultiIndex.from_arrays([names, pd.Series(0, index=names).groupby(level=0, sort=False).cumcount()])
        for names in all_names
    ]


def _rows(values: Any, source: np.ndarray, index: pd.Index | None = None) -> Any:
    """Rows by position; -1 is a row that is not known: missing in tables and arrays, empty in sparse ones."""
    unknown = source < 0
    if isinstance(values, pd.DataFrame):
        if not unknown.any():
            out = values.iloc[source]
        else:  # whole numbers and booleans stay such, with missing ones among them
            whole = [c for c in values if values[c].dtype.kind in "iub"]
            out = values.astype({c: values[c].convert_dtypes().dtype for c in whole})
            out = out.set_axis(pd.RangeIndex(len(values)), axis=0).reindex(source)
        return out if index is None else out.set_axis(index, axis=0)
    if sparse.issparse(values):
        rows = sparse.csr_matrix(values)
        if not unknown.any():
            return rows[source]
        return sparse.diags((~unknown).astype(rows.dtype)).tocsr() @ rows[np.where(unknown, 0, source)]
    taken = np.asarray(values)[source] if len(values) else np.zeros((len(source), *np.shape(values)[1:]))
    if unknown.any():
        taken = taken.astype(np.result_type(taken.dtype, np.float32)) if taken.dtype.kind in "iub" else taken
        taken[unknown] = np.nan
    return taken


def _fingerprints(parts: Mapping[str, Any], attr: str) -> dict[str, tuple[str, ...]]:
    """By these, `update` knows that nothing has changed since."""

    def of(labels: Any) -> str:
        return sha1(cast("Any", np.ascontiguousarray(labels.values))).hexdigest()

    return {key: (of(getattr(part, attr).index), of(getattr(part, attr).columns)) for key, part in parts.items()}
