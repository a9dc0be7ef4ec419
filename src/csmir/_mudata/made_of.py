"""Over which cells and pairs a result was made, so that none outlives them.

AnnData carries results along when cells or pairs are taken out, and what was counted over all of them is wrong from
then on. Every step marks what it writes; every reading of networks goes through `renewed`, which counts anew what
is a count, and leaves out what a step must make again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError, run_first
from csmir._log import logger
from csmir._mudata.entries import edge_blocks, ends, on_disk
from csmir._mudata.sound import refuse_spoiled
from csmir._version import __version__

# containers of AnnData that hold results; "uns" stands for .uns["csmir"]
CONTAINERS = ("obs", "var", "obsm", "obsp", "uns")
COUNTS = {"var": K.Var.N_CELLS, "obs": K.Obs.N_INTERACTIONS}
VALUES = "values"  # of the matrices, in what is noted
ENTRIES_AT_ONCE = 1 << 18  # of which sums are made


def mark(adata: AnnData, *over: str, **written: str | Iterable[str]) -> None:
    """Note that these entries, by container, were made over the "cells", the "pairs" or both that are there now."""
    now = {word: stamp(adata, word) for word in over}
    marks = adata.uns.setdefault(K.UNS, {}).setdefault(K.MADE_OF, {})
    for container, names in written.items():
        for name in [names] if isinstance(names, str) else names:
            marks.setdefault(container, {})[name] = dict(now)


def mark_counts(adata: AnnData) -> None:
    """The counts that new networks come with."""
    mark(adata, "cells", var=K.Var.N_CELLS)
    mark(adata, "pairs", obs=K.Obs.N_INTERACTIONS)


def mark_values(adata: AnnData) -> None:
    """Note a sum of the values of new networks, by which a file that keeps none of its own shows damage."""
    if on_disk(adata.X):
        return  # such a folder has sums
    marks = adata.uns.setdefault(K.UNS, {}).setdefault(K.MADE_OF, {})
    now = {word: stamp(adata, word) for word in ("cells", "pairs")}
    marks[VALUES] = {name: {**now, "sum": sum_of(adata, values)} for name, values in matrices(adata).items()}


def matrices(adata: AnnData) -> dict[str, Any]:
    return {"X": adata.X} | {name: adata.layers[name] for name in adata.layers if name is not None}


def sum_of(adata: AnnData, values: Any) -> str:
    """One number for which cell has which value of which pair, whatever the order of either."""
    cells, pairs = name_keys(adata.obs_names), _pair_keys(adata)
    rows = sparse.csr_matrix(values)
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    total = 0
    for first in range(0, rows.nnz, ENTRIES_AT_ONCE):
        some = slice(first, first + ENTRIES_AT_ONCE)
        numbers = rows.data[some].astype(np.float64)
        keys = mixed(cells[row[some]] ^ (np.uint64(3) * pairs[rows.indices[some]]))
        total += int(mixed(keys ^ numbers.view(np.uint64))[numbers != 0].sum(dtype=np.uint64))
    return f"{total % 2**64:016x}"


def renewed(adata: AnnData, *, in_place: bool) -> AnnData:
    """The networks with counts that hold, and without results over other cells or pairs than theirs."""
    old = list(outlived(adata))
    if not old:
        return adata
    out = adata if in_place else _shallow(adata)
    for container, name in old:
        out.uns.get(K.UNS, {}).get(K.MADE_OF, {}).get(container, {}).pop(name, None)
        if COUNTS.get(container) != name:
            entry = out.uns[K.UNS][name] if container == "uns" else None
            if isinstance(entry, dict) and entry.get("kind") == "neighbors":
                out.uns.pop(name, None)  # where scanpy looks for the graph
            del _container(out, container)[name]
        elif container == "var":
            out.var[name] = count(out)[0]
            mark(out, "cells", var=name)
        else:
            out.obs[name] = count(out)[1]
            mark(out, "pairs", obs=name)
    left_out = [f"{c}[{name!r}]" for c, name in old if COUNTS.get(c) != name]
    if left_out:
        logger.warning(
            "cells or pairs of the networks were removed, added or renamed since, so these results do not hold any "
            "more and are left out: %s. Repeat the steps that make them",
            ", ".join(left_out),
        )
    return out


def outlived(adata: AnnData) -> Iterator[tuple[str, str]]:
    """Container and name of what was made over other cells or pairs."""
    if K.UNS not in adata.uns:  # lost where AnnData are put together
        if K.Var.CONSERVATION in adata.var:
            yield "var", K.Var.CONSERVATION
            yield "var", K.Var.N_CELLS
        return
    marks = adata.uns[K.UNS].get(K.MADE_OF, {})
    now: dict[str, str] = {}
    for container in CONTAINERS:
        for name, over in marks.get(container, {}).items():
            if name not in _container(adata, container):
                continue
            for word, then in over.items():
                if word not in now:
                    now[word] = stamp(adata, word)
                if now[word] != str(then):
                    yield container, name
                    break


def stamp(adata: AnnData, word: str) -> str:
    """How many cells or pairs there are, and a number for the set of their names."""
    if word == "cells":
        return f"{adata.n_obs}:{set_key(name_keys(adata.obs_names))}"
    return f"{adata.n_vars}:{set_key(_pair_keys(adata))}"


def _pair_keys(adata: AnnData) -> np.ndarray:
    columns = [adata.var[end].astype("category").cat for end in ends(adata)]
    first, second = (name_keys(c.categories)[c.codes.to_numpy()] for c in columns)
    return mixed(first) + np.uint64(3) * second


def _container(adata: AnnData, name: str) -> Any:
    return adata.uns.get(K.UNS, {}) if name == "uns" else getattr(adata, name)


def count(adata: AnnData) -> tuple[np.ndarray, np.ndarray]:
    """Cells of each pair, and pairs of each cell."""
    n_cells, per_cell = np.zeros(adata.n_vars, np.int32), np.zeros(adata.n_obs, np.int32)
    for cells, edges in edge_blocks(adata):
        n_cells += np.bincount(edges.indices, minlength=adata.n_vars).astype(np.int32)
        per_cell[cells] = np.diff(edges.indptr)
    return n_cells, per_cell


def _shallow(adata: AnnData) -> AnnData:
    """An AnnData of its own over the same arrays."""
    uns = dict(adata.uns)
    if K.UNS in uns:
        uns[K.UNS] = dict(uns[K.UNS])
        marks = uns[K.UNS].get(K.MADE_OF, {})
        uns[K.UNS][K.MADE_OF] = {container: dict(names) for container, names in marks.items()}
    parts = {name: dict(getattr(adata, name)) for name in ("obsm", "varm", "obsp", "varp")}
    layers = {name: adata.layers[name] for name in adata.layers if name is not None}
    return AnnData(X=adata.X, obs=adata.obs.copy(), var=adata.var.copy(), uns=uns, layers=layers, **parts)


# of splitmix64: numbers that differ in one bit come out unlike each other
ONE, TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def name_keys(names: Iterable[Any]) -> np.ndarray:
    """A number for each name, uint64."""
    return pd.util.hash_array(np.array([str(n) for n in names], dtype=object), categorize=False)


def set_key(keys: np.ndarray) -> str:
    """One number for a set of keys, in a few letters."""
    return f"{int(mixed(keys).sum(dtype=np.uint64)):016x}"


def mixed(keys: np.ndarray) -> np.ndarray:
    """Keys unlike what they were, and unlike each other where they differed."""
    out = keys * ONE
    out ^= out >> np.uint64(29)
    out *= TWO
    out ^= out >> np.uint64(32)
    return out


def record(data: MuData | AnnData, step: str, **params: Any) -> None:
    """Note a step's parameters and the version in `.uns["csmir"][step]`, in types that h5mu keeps."""
    section = data.uns.setdefault(K.UNS, {})
    section[step] = {"version": __version__} | {k: _plain(v) for k, v in params.items() if v is not None}


def recorded(data: MuData | AnnData, step: str) -> Mapping[str, Any]:
    """What `record` noted, or an error that names the call to make."""
    try:
        return data.uns[K.UNS][step]
    except KeyError:
        raise run_first(f"No record of {step!r}", f"cs.tl.{step}(mdata)") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | set | frozenset):
        value = sorted(value) if isinstance(value, set | frozenset) else list(value)
    if isinstance(value, list):
        return np.array(value)
    return value


def regulation(data: MuData | AnnData, key: str = K.REGULATION) -> AnnData:
    """The cells x pairs networks to write results to, from a MuData or handed in as they are.

    Results that they outlived, being over other cells or pairs, are taken out, and counts are counted anew.
    """
    adata = _found(data, key)
    if adata.is_view:  # its .uns would be that of the networks it was taken from
        adata._init_as_actual(adata.copy())
    return renewed(adata, in_place=True)


def read_regulation(data: MuData | AnnData, key: str = K.REGULATION) -> AnnData:
    """The same networks to read, with nothing changed in the object: what they outlived is left out of what is read."""
    return renewed(_found(data, key), in_place=False)


def _found(data: MuData | AnnData, key: str) -> AnnData:
    adata = data
    if isinstance(data, MuData):
        if not isinstance(key, str) or key not in data.mod:
            raise run_first(
                f"The MuData has no modality {key!r} (it has {check.listing(data.mod)})", "cs.tl.regulation(mdata, net)"
            )
        adata = data.mod[key]
    if not isinstance(adata, AnnData):
        raise InputError(f"Expected a MuData or the AnnData of networks; found {type(data).__name__}.")
    refuse_spoiled(adata, key)
    return adata
