"""Finished networks on a disk, opened: in memory, or left where they are."""

from __future__ import annotations

from pathlib import Path

from anndata import AnnData

from csmir import _mudata
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.on_disk.run_folder import PARTIAL


def open_networks(folder: Path, *, given: str, lazy: bool | None, limit: int) -> AnnData:
    """The networks of a folder, which the caller named `given`; None loads them if they take at most `limit` bytes."""
    import zarr
    from anndata.io import read_elem, sparse_dataset

    try:
        root = zarr.open_group(folder, mode="r")
        if root.attrs.get("encoding-type") != "anndata":
            raise ValueError("no AnnData")
    except (FileNotFoundError, ValueError, KeyError) as e:
        begun = folder.with_name(folder.name + PARTIAL).exists()
        raise InputError(
            f"There are no networks at {given!r}"
            + (
                ": that run was not finished. Call cs.tl.regulation again as before, and it goes on."
                if begun
                else f" ({e}). Give the folder that cs.tl.regulation(out=...) wrote."
            )
        ) from None
    layers = sorted(root["layers"].group_keys()) if "layers" in root else []
    matrices = {name: sparse_dataset(root[name]) for name in ("X", *(f"layers/{layer}" for layer in layers))}
    adata = AnnData(
        X=matrices["X"],
        obs=read_elem(root["obs"]),
        var=read_elem(root["var"]),
        uns=read_elem(root["uns"]),
        layers={layer: matrices[f"layers/{layer}"] for layer in layers},
    )
    _mudata.ends(adata, given)
    size = sum(root[name][array].nbytes for name in matrices for array in ("data", "indices", "indptr"))
    if lazy or (lazy is None and size > limit):
        logger.info(
            "%s: %.1f GB of networks stay on the disk; adata[cells].to_memory() loads some cells",
            folder.name,
            size / 1e9,
        )
        return adata
    return adata.to_memory()
