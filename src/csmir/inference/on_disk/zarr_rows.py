"""Networks on disk: CSR matrices cells x pairs in the zarr layout of AnnData, put together with bounded memory."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from anndata import AnnData

from csmir import _keys as K
from csmir._log import logger
from csmir.inference.blocks import Job, index_type_of
from csmir.inference.on_disk.block_files import BYTES_PER_ENTRY, Source, replace
from csmir.inference.on_disk.seal import Damaged, Files, damaged, files_of, opened, seal, sealed

CHUNK = 1 << 20  # entries of a chunk on disk
IN_STORE = "csmir_run"  # attribute of the root that says which run this is
COUNTS = "counts.npz"
PROGRESS = "written"
ARRAYS = ("data", "indices", "indptr")


if TYPE_CHECKING:
    from csmir.kernels.fdr import PairSums


class Written(NamedTuple):
    """What is known of all rows before they are written."""

    per_cell: np.ndarray  # (cells,) int64 entries that are stored
    interactions: np.ndarray  # (cells,) int64 of which interactions
    n_cells: np.ndarray  # (pairs,) int64 cells in which the pair interacts
    index_type: Any
    layers: dict[str, np.dtype]
    sums: PairSums | None = None  # evidence of each pair


def put_together(
    job: Job,
    files: Sequence[Path],
    path: Path,
    skeleton: Callable[[Written], AnnData],
    run: dict[str, Any],
    *,
    memory: int,
    n_threads: int | None,
) -> None:
    """Write the networks to `path`, going on where an earlier call was interrupted."""
    source = Source(job, files, memory // 2, n_threads)
    written = _counted(source, path.with_name(COUNTS))
    progress = path.with_name(PROGRESS)
    for unfinished in path.rglob("*.partial"):  # zarr's own
        unfinished.unlink()
    start, files_there = _so_far(progress, path)
    if start is None:
        shutil.rmtree(path, ignore_errors=True)
        _prepare(path, skeleton(written), written, run)
        files_there = files_of(path, (p for p in path.rglob("*") if p.is_file()))
        _note(progress, 0, files_there)
    _fill(path, source, written, progress, memory // 2, start or 0, files_there)
    seal(path, files_there)


def _so_far(progress: Path, path: Path) -> tuple[int | None, Files]:
    """Up to which entry an earlier call came, and its files; None where there is none, or where not all are whole."""
    try:
        note = opened(progress.read_bytes())
        bad = damaged(path, note["files"])
    except FileNotFoundError:
        return None, {}
    except Damaged:
        bad = [PROGRESS]
    if bad:
        logger.warning("%s: damaged, so the result is put together again: %s", path.parent.name, ", ".join(bad[:5]))
        return None, {}
    return note["stop"], note["files"]


def _counted(source: Source, path: Path) -> Written:
    """Entries and interactions per cell and pair, from one pass over all rows."""
    job = source.job
    n_pairs = len(job.bucket)
    per_cell, interactions = np.zeros(job.n_cells, np.int64), np.zeros(job.n_cells, np.int64)
    n_cells = np.zeros(n_pairs, np.int64)
    index_type = index_type_of(int(source.raw.sum()), n_pairs)
    empty = source.read(range(0))
    layers = {name: values.dtype for name, values in empty.layers.items()}
    if path.exists():
        try:
            with np.load(path) as kept:
                counts = kept["per_cell"], kept["interactions"], kept["n_cells"]
                sums = empty.sums
                if sums is not None:
                    sums = sums._replace(units=kept["units"], hits=kept["hits"])
                return Written(*counts, index_type, layers, sums)
        except Exception as e:  # numpy and zipfile fail in many ways
            logger.warning("%s is damaged and made again (%s)", path, str(e).split("\n")[0])
    sums = empty.sums
    for cells in source.spans(range(job.n_cells)):
        found = source.read(cells)
        if sums is not None and found.sums is not None:  # rows that cells share bring those of all of them
            sums = sums.more(found.sums) if job.row_of is None else found.sums
        stored = np.diff(found.indptr)
        per_cell[cells.start : cells.stop] = stored
        significant = found.layers.get(K.Layer.SIGNIFICANT)
        if significant is None:
            interactions[cells.start : cells.stop] = stored
            n_cells += np.bincount(found.indices, minlength=n_pairs)
        else:
            before = np.append(0, np.cumsum(significant))
            interactions[cells.start : cells.stop] = np.diff(before[found.indptr])
            n_cells += np.bincount(found.indices[significant], minlength=n_pairs)
    arrays: dict[str, Any] = {"per_cell": per_cell, "interactions": interactions, "n_cells": n_cells}
    if sums is not None:
        arrays |= {"units": sums.units, "hits": sums.hits}
    replace(path, lambda file: np.savez(file, **arrays))
    return Written(per_cell, interactions, n_cells, index_type, layers, sums)


def _prepare(path: Path, adata: AnnData, written: Written, run: dict[str, Any]) -> None:
    """Write everything but the entries: `adata` holds none."""
    import zarr
    from anndata.io import write_elem

    n_stored = int(written.per_cell.sum())
    indptr = np.append(0, np.cumsum(written.per_cell)).astype(written.index_type)
    root = zarr.open_group(path, mode="w", zarr_format=3)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*autosharding", category=UserWarning)
        write_elem(root, "/", adata)
    checked = [zarr.codecs.ZstdCodec(level=0), zarr.codecs.Crc32cCodec()]  # zarr's own choice, and a sum
    root = zarr.open_group(path, mode="r+")  # with the attributes as they are now
    root.attrs[IN_STORE] = json.dumps(run)
    for name, dtype in {"X": np.dtype(np.float32), **{f"layers/{k}": t for k, t in written.layers.items()}}.items():
        group = root[name]
        for array in ARRAYS:
            del group[array]
        for array, of in (("data", dtype), ("indices", np.dtype(written.index_type))):
            chunks = (min(CHUNK, max(1, n_stored)),)
            group.create_array(array, shape=(n_stored,), chunks=chunks, dtype=of, compressors=checked)
        chunks = (min(CHUNK, len(indptr)),)
        made = group.create_array("indptr", shape=indptr.shape, chunks=chunks, dtype=indptr.dtype, compressors=checked)
        made[...] = indptr


def _fill(path: Path, source: Source, written: Written, progress: Path, memory: int, begin: int, files: Files) -> None:
    """Write the entries in ranges of whole chunks, and add their files to `files`."""
    import zarr

    root = zarr.open_group(path, mode="r+")
    indptr = np.append(0, np.cumsum(written.per_cell))
    n_stored = int(indptr[-1])
    step = max(1, memory // BYTES_PER_ENTRY // CHUNK) * CHUNK
    for start in range(begin, n_stored, step):
        stop = min(start + step, n_stored)
        first = int(np.searchsorted(indptr, start, side="right")) - 1
        last = int(np.searchsorted(indptr, stop, side="left"))
        indices = np.empty(stop - start, written.index_type)
        values = {"X": np.empty(stop - start, np.float32)}
        values |= {f"layers/{name}": np.empty(stop - start, dtype) for name, dtype in written.layers.items()}
        for cells in source.spans(range(first, last)):
            found = source.read(cells)
            # the first and the last cell may reach into the ranges before and after
            lo, hi = max(indptr[cells.start], start), min(indptr[cells.stop], stop)
            here, there = slice(lo - start, hi - start), slice(lo - indptr[cells.start], hi - indptr[cells.start])
            indices[here] = found.indices[there]
            for name, part in {"X": found.value, **{f"layers/{k}": v for k, v in found.layers.items()}}.items():
                values[name][here] = part[there]
        for name, part in values.items():
            root[name]["data"][start:stop] = part
            root[name]["indices"][start:stop] = indices
            for array in ARRAYS[:2]:
                chunks = range(start // CHUNK, -(-stop // CHUNK))
                files |= files_of(path, _flushed(path / name / array / "c", chunks))
        _note(progress, stop, files)


def _note(progress: Path, stop: int, files: Files) -> None:
    replace(progress, lambda file: file.write(sealed({"stop": stop, "files": files})))


def _flushed(folder: Path, chunks: range) -> Iterator[Path]:
    """Files of chunks, which are on the disk before they are noted as written."""
    for chunk in chunks:
        path = folder / str(chunk)
        if path.exists():  # chunks of nothing but 0 are not stored
            with open(path, "rb") as file:
                os.fsync(file.fileno())
            yield path


def run_of(path: Path) -> dict[str, Any] | None:
    """Which run the networks at `path` are of; None if it is no such thing."""
    import zarr

    try:
        text = zarr.open_group(path, mode="r").attrs.get(IN_STORE)
        return json.loads(text) if isinstance(text, str) else None
    except Exception:  # of whatever is there instead
        return None
