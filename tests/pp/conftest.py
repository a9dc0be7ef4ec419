from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import sparse

import csmir as cs
from csmir._mudata import assemble

CONTAINERS = {
    "dense": np.array,
    "csr_matrix": sparse.csr_matrix,
    "csc_matrix": sparse.csc_matrix,
    "csr_array": sparse.csr_array,
}


def build(mirna, mrna, *, names=None, cells=None):
    """A MuData of plain arrays; `names` and `cells` are pairs of lists."""
    parts = {}
    for i, (key, x, letter) in enumerate((("mirna", mirna, "m"), ("mrna", mrna, "g"))):
        features = names[i] if names and names[i] else [f"{letter}{j}" for j in range(x.shape[1])]
        obs = cells[i] if cells else [f"c{j}" for j in range(x.shape[0])]
        with assemble.repeated_names():
            parts[key] = AnnData(x, obs=pd.DataFrame(index=pd.Index(obs)), var=pd.DataFrame(index=pd.Index(features)))
    return MuData(parts)


@pytest.fixture(scope="session")
def make():
    return build


@pytest.fixture(params=list(CONTAINERS))
def container(request):
    return CONTAINERS[request.param]


@pytest.fixture
def mdata():
    return cs.datasets.simulated()


@pytest.fixture
def rich():
    """A simulated data set with something in every slot, cells that lack a modality, and repeated names.

    To be copied by `duplicate`: `.copy()` of mudata under pull_on_update=False puts NaN into whole numbers of `.obsm`.
    """
    full = cs.datasets.simulated(12, 8, 20, marker_share=0)
    mirna, mrna = full["mirna"][:10].copy(), full["mrna"][2:].copy()
    for adata in (mirna, mrna):
        adata.obs["batch"] = pd.Categorical(["a", "b"] * (adata.n_obs // 2))
        adata.obsm["X_pca"] = np.arange(2.0 * adata.n_obs).reshape(-1, 2)
        adata.var["length"] = np.arange(adata.n_vars)
        adata.varm["loadings"] = np.arange(3.0 * adata.n_vars).reshape(-1, 3)
        adata.layers["sparse"] = sparse.csr_matrix(adata.X)
    mrna.X[:, 5] = 1.25  # constant
    with assemble.repeated_names():
        mirna.var_names = ["a", "b", "a", "c", "d", "a", "e", "b"]
        mrna.var_names = ["x", "y", *mrna.var_names[2:19], "x"]
    out = MuData({"mirna": mirna, "mrna": mrna})
    out.obs["donor"] = pd.Categorical(["p", "q", "r"] * 4)
    out.obsm["weights"] = np.ones((12, 3), np.int16)
    out.uns["note"] = {"a": 1}
    return out


@pytest.fixture
def reload(tmp_path):
    """Save, read back: by cs.io.read, since mudata.read_h5mu under pull_on_update=False puts NaN into whole numbers."""

    def again(mdata):
        mdata.write(tmp_path / "a.h5mu")
        return cs.io.read(tmp_path / "a.h5mu")

    return again
