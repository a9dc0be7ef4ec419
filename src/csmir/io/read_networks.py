"""Networks that `cs.tl.regulation(out=...)` wrote to a disk."""

from __future__ import annotations

import os

from anndata import AnnData

from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger


def read_networks(path: str | os.PathLike[str], *, lazy: bool | None = None, memory: int | str = "1GB") -> AnnData:
    """Open cell-specific networks that :func:`csmir.tl.regulation` wrote with `out=`.

    Lazily opened networks stay on the disk, and only the cells that are asked for are read: `adata[cells].to_memory()`
    is an AnnData like any other.

    Parameters
    ----------
    path
        The folder that was named with `out=`.
    lazy
        True leaves the matrices on the disk, False loads them; None loads them if they take no more than `memory`.
    memory
        That limit, in bytes or like `"2GB"`.

    Returns
    -------
    AnnData cells x pairs, as in `mdata["regulation"]`. Lazily, `.X` and the layers are on-disk CSR matrices of anndata.

    Raises
    ------
    InputError
        There are no networks at `path`, or the run was not finished.

    Examples
    --------
    >>> import tempfile
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=120, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> folder = tempfile.mkdtemp()
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], out=f"{folder}/run.zarr")
    >>> adata = cs.io.read_networks(f"{folder}/run.zarr", lazy=True)
    >>> adata[:3].to_memory().X.shape[0]
    3
    """
    import zarr
    from anndata.io import read_elem, sparse_dataset

    from csmir.inference.on_disk.run_folder import PARTIAL

    limit = check.memory("memory", memory)
    folder = check.path("path", path)
    try:
        root = zarr.open_group(folder, mode="r")
        if root.attrs.get("encoding-type") != "anndata":
            raise ValueError("no AnnData")
    except (FileNotFoundError, ValueError, KeyError) as e:
        begun = folder.with_name(folder.name + PARTIAL).exists()
        raise InputError(
            f"There are no networks at {str(path)!r}"
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
    _mudata.ends(adata, str(path))
    size = sum(root[name][array].nbytes for name in matrices for array in ("data", "indices", "indptr"))
    if lazy or (lazy is None and size > limit):
        logger.info(
            "%s: %.1f GB of networks stay on the disk; adata[cells].to_memory() loads some cells",
            folder.name,
            size / 1e9,
        )
        return adata
    return adata.to_memory()
