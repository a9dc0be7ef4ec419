"""A step on an object: all of what it writes, or nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, MutableMapping
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir._docs import fill
from csmir._mudata import assemble, on_disk
from csmir._mudata import global_index as index

F = TypeVar("F", bound=Callable[..., object])
Tree = dict[Any, tuple[Any, Any]]

FRAMES = ("obs", "var")
CONTAINERS = ("obsm", "varm", "obsp", "varp", "layers", "uns")


def step(func: F) -> F:
    """Fill the docstring, and leave the object that comes first as it was if anything stops the call.

    Nothing is copied for it: a step puts new arrays in place of old ones, so it is enough to know which were there.
    """
    first = next(iter(inspect.signature(func).parameters))

    @wraps(func)
    def whole(*args: Any, **kwargs: Any) -> Any:
        data = args[0] if args else kwargs.get(first)
        before = _before(data)
        try:
            return func(*args, **kwargs)
        except BaseException as error:
            _put_back(data, before)
            if _was_stopped(error):
                raise KeyboardInterrupt from error
            raise

    return fill(cast("F", whole))


def _was_stopped(error: BaseException | None) -> bool:
    """Whether it is what Python makes of Ctrl-C in a compiled function of others, such as umap's: a SystemError."""
    while isinstance(error, SystemError):
        error = error.__cause__
        if isinstance(error, KeyboardInterrupt):
            return True
    return False


class _Before(NamedTuple):
    """What an object holds: its modalities, or its values; its tables; everything in its mappings."""

    state: Any
    frames: dict[str, pd.DataFrame]
    trees: dict[str, Tree]
    parts: list[tuple[AnnData, _Before]]


def _before(data: Any) -> _Before | None:
    if isinstance(data, MuData):
        parts = [(part, noted) for part in data.mod.values() if (noted := _before(part)) is not None]
        return _Before(index.state(data), _frames(data), {"uns": _tree(data.uns)}, parts)
    if isinstance(data, AnnData):
        x = None if data.is_view or data.isbacked or on_disk(data.X) else data.X
        return _Before(x, _frames(data), {name: _tree(getattr(data, name)) for name in CONTAINERS}, [])
    return None


def _frames(data: Any) -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame(getattr(data, name)).copy(deep=False) for name in FRAMES}


def _tree(mapping: Any) -> Tree:
    return {k: (v, _tree(v) if isinstance(v, MutableMapping) else None) for k, v in mapping.items() if k is not None}


def _put_back(data: Any, before: _Before | None) -> None:
    if before is None:
        return
    if not data.is_view:  # writing makes an object of a view
        _put_back_own(data, before)
    for part, noted in before.parts:
        _put_back(part, noted)


def _put_back_own(data: Any, before: _Before) -> None:
    changed = {name: frame for name, frame in before.frames.items() if not _same(getattr(data, name), frame)}
    if isinstance(data, MuData):
        index.put_back(data, _of_its_own(data, before.state), changed)
    else:
        for name, frame in changed.items():
            setattr(data, name, frame)
        if before.state is not None and data.X is not before.state:
            data.X = before.state
    for name, tree in before.trees.items():
        _restore(getattr(data, name), tree)


def _of_its_own(mdata: MuData, state: index.State) -> index.State:
    """With copies of views that a step has replaced: the object was one, and a step makes it one of its own."""
    with assemble.repeated_names():
        parts = {
            k: part.copy() if part.is_view and mdata.mod.get(k) is not part else part for k, part in state[0].items()
        }
    return (parts, *state[1:])


def _same(now: pd.DataFrame, before: pd.DataFrame) -> bool:
    return now.columns.equals(before.columns) and now.equals(before)


def _restore(mapping: Any, tree: Tree) -> None:
    for key in [key for key in mapping if key is not None and key not in tree]:
        del mapping[key]
    for key, (value, below) in tree.items():
        if mapping.get(key) is not value:
            mapping[key] = value
        if below is not None:
            _restore(value, below)
