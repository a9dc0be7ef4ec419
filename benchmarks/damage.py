"""Random damage of finished results: a clear error or equal results, never a crash, never other numbers.

python -m benchmarks.damage [damages of each kind] [only this kind]

Each damaged file is read in a process of its own with a time limit, as HDF5 may crash or hang. `h5mu of mudata` is a
file that `mdata.write_h5mu` wrote: it carries no sum of its own, only one of the values of the networks, so what stands
beside the networks is counted apart: "other values beside the networks".
"""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

import csmir as cs
from csmir.cli.steps import save_networks
from csmir.inference.on_disk import zarr_rows

SECONDS = 120  # of a machine that may be busy
PLAIN = "plain.h5mu"
WAYS = ("bit", "byte", "hole", "cut", "gone")


def hurt(path: Path, rng: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    at, way = int(rng.integers(max(1, len(content)))), WAYS[rng.choice(5, p=[0.4, 0.3, 0.2, 0.07, 0.03])]
    if way == "gone":
        path.unlink()
        return
    if way == "cut" or not content:
        del content[at:]
    elif way == "hole":
        content[at : at + 32] = bytes(len(content[at : at + 32]))
    else:
        content[at] ^= 1 << int(rng.integers(8)) if way == "bit" else int(rng.integers(1, 256))
    path.write_bytes(content)


def parts(adata) -> list:
    x = [adata.X, *(adata.layers[k] for k in sorted(k for k in adata.layers if k))]
    dense = [m.toarray() if hasattr(m, "toarray") else np.asarray(m) for m in x]
    return [*dense, adata.obs.to_csv(), adata.var.to_csv()]


def read(path: Path) -> list:
    if path.suffix == ".zarr":
        return parts(cs.io.read_networks(path))
    mdata = cs.io.read(path)
    return [part for key in sorted(mdata.mod) for part in parts(mdata[key])]


def networks(mdata) -> list:
    """The networks of a run as they are read: ends, values and counts."""
    adata = mdata["regulation"]
    counted = (
        parts(adata)[:-2],
        adata.obs[["n_interactions"]].to_csv(),
        adata.var[["mirna", "mrna", "n_cells"]].to_csv(),
    )
    return [*counted[0], *counted[1:]]


def same(a: list, b: list) -> bool:
    return len(a) == len(b) and all(
        np.array_equal(x, y, equal_nan=not isinstance(x, str)) for x, y in zip(a, b, strict=True)
    )


def outcome(path: Path, whole: list, of_networks: list | None, pipe) -> None:
    warnings.simplefilter("ignore")
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())
    logging.getLogger("csmir").addHandler(handler)
    try:
        found = read(path)
        if same(found, whole):
            pipe.send("equal")
        elif path.name == PLAIN and same(networks(cs.io.read(path)), of_networks):
            pipe.send("other values beside the networks" + (" with a warning" if said else ""))
        else:
            pipe.send("other numbers with a warning" if said else "OTHER NUMBERS")
    except cs.InputError:
        pipe.send("clear error")
    except BaseException as e:
        pipe.send(f"TRACEBACK {type(e).__name__}")


def tried(path: Path, whole: list, of_networks: list | None = None) -> str:
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=outcome, args=(path, whole, of_networks, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(SECONDS) else "HANGS"
    except EOFError:
        return "CRASH"
    finally:
        process.kill()
        process.join()


def main(n: int, only: str = "") -> None:
    warnings.simplefilter("ignore")
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=8, n_mrnas=40, seed=3)
    cs.pp.recipe_csmir(mdata)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zarr_rows.CHUNK = 200
        cs.tl.regulation(mdata, out=folder / "run.zarr", progress=False)
        save_networks(mdata, folder)
        mdata.write_h5mu(folder / PLAIN)
        for title, file in (("run.zarr", "run.zarr"), ("h5mu", "csmir.h5mu"), ("h5mu of mudata", PLAIN)):
            if only not in title:
                continue
            source, rng, found = folder / file, np.random.default_rng(0), Counter()
            whole = read(source)
            of_networks = networks(cs.io.read(source)) if source.name == PLAIN else None
            files = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
            for _ in range(n):
                path = files[rng.integers(len(files))]
                kept = path.read_bytes()
                hurt(path, rng)
                found[tried(source, whole, of_networks)] += 1
                path.write_bytes(kept)
            print(f"{title}: {n} damages: {', '.join(f'{v} {k}' for k, v in found.most_common())}", flush=True)
            if source.is_dir():
                shutil.rmtree(source)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500, *sys.argv[2:3])
