"""Networks that `cs.tl.regulation(out=...)` wrote to a disk."""

from __future__ import annotations

import os

from anndata import AnnData

from csmir import _validate as check


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
        There are no networks at `path`, the run was not finished, or files are missing or damaged.

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
    from csmir.inference.on_disk.open_networks import open_networks

    limit = check.memory("memory", memory)
    return open_networks(check.path("path", path), given=str(path), lazy=lazy, limit=limit)
