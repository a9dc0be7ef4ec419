"""What each statistic gives on fixed data, in numbers that can be kept: run as a script, it prints them.

    python tests/results.py                  the record that tests/results.json holds
    python tests/results.py --bytes          a hash of all bytes as well: of use on one machine, before and after
    python tests/results.py --only local     some of them, as when a kernel is changed on purpose

Where an entry stands and what it is called is hashed. Of the numbers themselves three sums are kept, each entry weighed
differently, and compared to five digits: other processors may sum in another order, and move the last bits.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

import csmir as cs

RECORD = Path(__file__).with_name("results.json")
DIGITS = 1e-5


def simulated(n_cells: int, *, runs: int = 0) -> Any:
    mdata = cs.datasets.simulated(n_cells=n_cells, n_mirnas=12, n_mrnas=50, prior_density=0.5, prevalence=0.2, seed=3)
    cs.pp.recipe_csmir(mdata)
    if runs:
        cs.pp.bootstrap_cells(mdata, n_runs=runs, n_between=2, seed=5)
    return mdata


def k562(folder: Path) -> Any:
    os.environ["CSMIR_DATA_DIR"] = str(folder / "k562")
    mdata = cs.datasets.k562()
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5, seed=1)
    return mdata[:, :].copy()


# what is asked of which data: cells, runs of pseudo-cells, options of cs.tl.regulation
CASES: dict[str, tuple[int, int, dict[str, Any]]] = {
    "csn": (60, 0, {}),
    "csn runs": (20, 9, {}),
    "csn all": (20, 9, {"keep": "all", "alpha": 0.05}),
    "csn many cells": (150, 0, {"box_size": 0.2}),
    "csn many cells runs": (80, 5, {}),
    "exact": (150, 0, {"statistic": "exact", "alpha": 0.3}),
    "exact groups": (150, 0, {"statistic": "exact", "groups": "group", "adjust": None}),
    "exact options": (60, 0, {"statistic": "exact", "mid_p": True, "expressed_only": True, "alpha": 0.4}),
    "exact all": (30, 0, {"statistic": "exact", "keep": "all"}),
    "exact neighbours": (150, 0, {"statistic": "exact", "neighbors": "expression", "adjust": None, "alpha": 0.01}),
    "local": (200, 0, {"statistic": "local", "alpha": 0.3}),
    "local groups": (150, 0, {"statistic": "local", "groups": "group", "direction": "both", "alpha": 0.3}),
    "local both sides": (200, 0, {"statistic": "local", "both_sides": True, "alpha": 0.05, "adjust": None}),
    "local all": (120, 0, {"statistic": "local", "keep": "all", "direction": "activation", "n_neighbors": 40}),
    "local expressed": (150, 0, {"statistic": "local", "expressed_only": True, "alpha": 0.3}),
}
AFTER: dict[str, Callable[[Any], Any]] = {
    "null": lambda m: cs.tl.null(m, n_permutations=3, seed=1, progress=False),
    "hubs": cs.tl.hubs,
    "conservation": cs.tl.conservation,
    "similarity": cs.tl.similarity,
    "sign": cs.tl.sign,
}


def simulated_results(only: str = "") -> Iterator[tuple[str, Any]]:
    """Name and networks of each case, and what the steps after them add for one case of each statistic."""
    for name, (n_cells, runs, options) in CASES.items():
        if not name.startswith(only):
            continue
        mdata = simulated(n_cells, runs=runs)
        cs.tl.regulation(mdata, mdata.uns["prior"], progress=False, n_threads=2, **options)
        yield name, mdata["regulation"].copy()
        if name in ("csn runs", "exact", "local"):
            for step in AFTER.values():
                step(mdata)
            yield f"{name}, then {', '.join(AFTER)}", mdata["regulation"]


def golden_results(folder: Path, only: str = "") -> Iterator[tuple[str, Any]]:
    """The same of the K562 half-cells over a published prior."""
    for statistic in ("csn", "exact", "local"):
        if not statistic.startswith(only):
            continue
        mdata = k562(folder)
        prior = cs.priors.read_table(folder / "targets" / "targetscan_7.0_human.tsv.gz")
        prior = prior[prior["source"].isin(mdata["mirna"].var_names[:60])]
        options = {} if statistic == "csn" else {"adjust": None, "alpha": 0.05}
        cs.tl.regulation(mdata, prior, statistic=statistic, progress=False, **options)
        yield f"k562 {statistic}", mdata["regulation"]


def parts(adata: Any) -> Iterator[tuple[str, np.ndarray | list[str]]]:
    """Every array and list of names of the networks."""
    yield "names", [*map(str, adata.obs_names), *map(str, adata.var_names)]
    layers = {k: v for k, v in adata.layers.items() if k is not None}  # newer anndata lists X among them
    matrices = {"X": adata.X, **layers, **dict(adata.obsm), **dict(adata.obsp)}
    for name, matrix in matrices.items():
        if sparse.issparse(matrix):
            rows = sparse.csr_matrix(matrix)
            yield f"{name} indptr", rows.indptr
            yield f"{name} indices", rows.indices
            yield name, rows.data
        else:
            yield name, np.asarray(matrix)
    for axis, frame in (("", adata.obs), ("var ", adata.var)):
        for column in frame.columns:
            values = frame[column]
            name = f"{axis}{column}" if column in adata.obs else column  # both may have one of the name
            yield name, values.to_numpy() if values.dtype.kind in "bif" else [str(v) for v in values]


def recorded(adata: Any) -> dict[str, str]:
    """The parameters of the inference as they are recorded; others may join them."""
    return {k: _text(v) for k, v in adata.uns["csmir"]["regulation"].items()}


def _text(value: Any) -> str:
    """A parameter in words that hang on no options of printing."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return f"[{' '.join(f'{v:.8g}' for v in value)}]"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _alike(there: str, here: str | None) -> bool:
    """The same words, or arrays of as many shares that differ by a few of the counts behind them at most."""
    if there == here or here is None or not there.startswith("["):
        return there == here
    try:
        a, b = (np.array(text.strip("[]").split(), float) for text in (there, here))
    except ValueError:
        return False
    return len(a) == len(b) and bool(np.allclose(a, b, rtol=0.05))


def summary(adata: Any) -> dict[str, Any]:
    """A hash of names, places and types, and three sums of each array of numbers with a fraction."""
    exact, sums = {}, {}
    for name, values in parts(adata):
        if isinstance(values, list):
            bits = "\0".join(values).encode()
        elif values.dtype.kind == "f":
            bits = f"{values.shape} {values.dtype}".encode()
            sums[name] = _sums(values)
        else:
            bits = f"{values.shape} {values.dtype}".encode() + np.ascontiguousarray(values).tobytes()
        exact[name] = hashlib.sha256(bits).hexdigest()[:12]
    return {"exact": exact, "recorded": recorded(adata), "sums": sums}


def _sums(values: np.ndarray) -> list[float]:
    flat = np.nan_to_num(values.astype(np.float64).ravel(), nan=-1.0)
    at = np.arange(1, flat.size + 1)
    return [float(f"{(flat * w).sum():.9g}") for w in (np.ones(flat.size), 1 + at % 7, 1 + at % 11)]


def all_bytes(adata: Any) -> str:
    """A hash of everything."""
    total = hashlib.sha256()
    for name, values in parts(adata):
        total.update(name.encode())
        total.update("\0".join(values).encode() if isinstance(values, list) else np.ascontiguousarray(values).tobytes())
    return total.hexdigest()[:16]


def differences(there: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """What differs, in words; what a later version writes beside it does not count."""
    changed = [name for name, digest in there["exact"].items() if here["exact"].get(name) != digest]
    if changed:
        return [f"names, places, types or whole numbers of {', '.join(changed)}"]
    recorded = {k: v for k, v in there["recorded"].items() if k != "version"}  # each version notes itself
    if "version" in there["recorded"] and here["recorded"].get("version") != cs.__version__:
        return [f"version {here['recorded'].get('version')} recorded by {cs.__version__}"]
    words = [f"{k}={v} recorded there" for k, v in recorded.items() if not _alike(v, here["recorded"].get(k))]
    return words + [
        f"{name}: {a} there, {here['sums'][name]} here"
        for name, a in there["sums"].items()
        if not np.allclose(a, here["sums"][name], rtol=DIGITS, atol=1e-12)
    ]


def main(arguments: list[str]) -> None:
    warnings.simplefilter("ignore")
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    folder = os.environ.get("CSMIR_TEST_DATA")
    results = [*simulated_results(only), *(golden_results(Path(folder), only) if folder else ())]
    known = json.loads(RECORD.read_text()) if only and RECORD.exists() else {}
    with_bytes = "--bytes" in arguments
    found = {name: summary(a) | ({"bytes": all_bytes(a)} if with_bytes else {}) for name, a in results}
    print(json.dumps(known | found, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
