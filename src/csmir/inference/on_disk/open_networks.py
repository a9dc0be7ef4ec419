"""Finished networks on a disk, opened: in memory, or left where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anndata import AnnData

from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.on_disk.run_folder import PARTIAL
from csmir.inference.on_disk.seal import damage


def open_networks(folder: Path, *, given: str, lazy: bool | None, limit: int) -> AnnData:
    """The networks of a folder, which the caller named `given`; None loads them if they take at most `limit` bytes."""
    import zarr

    try:
        root = zarr.open_group(folder, mode="r")
        if root.attrs.get("encoding-type") != "anndata":
            raise ValueError("no AnnData")
    except Exception as e:  # of whatever is there instead
        begun = folder.with_name(folder.name + PARTIAL).exists()
        raise InputError(
            f"There are no networks at {given!r}"
            + (
                ": that run was not finished. Call cs.tl.regulation again as before, and it goes on."
                if begun
                else f" ({e}). Give the folder that cs.tl.regulation(out=...) wrote."
            )
        ) from None
    bad = damage(folder, everything=False)
    if not bad:
        try:
            return _opened(root, folder, lazy, limit)
        except (InputError, MemoryError):
            raise
        except Exception as e:  # zarr and anndata fail in many ways
            bad = damage(folder, everything=True) or [str(e).split("\n")[0]]
    raise InputError(
        f"The networks at {given!r} are damaged: {check.listing(bad)}. Call cs.tl.regulation(out=...) again as before, "
        "and it computes them anew."
    )


def _opened(root: Any, folder: Path, lazy: bool | None, limit: int) -> AnnData:
    from anndata.io import read_elem, sparse_dataset

    layers = sorted(root["layers"].group_keys()) if "layers" in root else []
    matrices = {name: sparse_dataset(root[name]) for name in ("X", *(f"layers/{layer}" for layer in layers))}
    adata = AnnData(
        X=matrices["X"],
        obs=read_elem(root["obs"]),
        var=read_elem(root["var"]),
        uns=read_elem(root["uns"]),
        layers={layer: matrices[f"layers/{layer}"] for layer in layers},
    )
    _mudata.ends(adata, str(folder))
    size = sum(root[name][array].nbytes for name in matrices for array in ("data", "indices", "indptr"))
    if lazy or (lazy is None and size > limit):
        logger.info(
            "%s: %.1f GB of networks stay on the disk; adata[cells].to_memory() loads some cells",
            folder.name,
            size / 1e9,
        )
        return adata
    return adata.to_memory()
