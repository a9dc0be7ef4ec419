from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import sparse

ROOT = Path(__file__).resolve().parents[1]
collect_ignore_glob = ["claims/*"]  # no modules: test_tutorials runs them behind the notebooks whose names they use


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, priors and reference fixtures; tests that need it skip where it is not."""
    folder = Path(os.environ.get("CSMIR_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "golden").is_dir():
        pytest.skip(f"real data not found at {folder}; set CSMIR_TEST_DATA to the folder that holds golden/ and k562/")
    return folder


@pytest.fixture(scope="session")
def oracle():
    """The formulas in plain slow Python (`kernels/oracle.py`) as a module."""
    spec = importlib.util.spec_from_file_location("csmir_oracle", ROOT / "tests" / "kernels" / "oracle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--hide-scrollbars",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> list[str]:
    """A real browser without a window, as the start of a command."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return [path, *QUIET]
    pytest.skip("no Chromium or Chrome is installed: pages cannot be opened (apt-get install chromium)")


def _networks(cells, *, pairs=None, n_mirnas=4, n_mrnas=6, seed=0) -> MuData:
    """A MuData whose networks are given edge by edge: `cells` maps a cell to its (miRNA, mRNA) edges."""
    rng = np.random.default_rng(seed)
    names = list(cells)
    union = sorted({edge for edges in cells.values() for edge in edges}) if pairs is None else list(pairs)
    mirnas = list(dict.fromkeys([*(f"m{i}" for i in range(n_mirnas)), *(p[0] for p in union)]))
    mrnas = list(dict.fromkeys([*(f"g{i}" for i in range(n_mrnas)), *(p[1] for p in union)]))
    present = np.array([[p in set(cells[c]) for p in union] for c in names], bool).reshape(len(names), len(union))
    z = sparse.csr_matrix(np.where(present, rng.uniform(2.4, 10, present.shape), 0).astype(np.float32))
    support = z.copy()
    support.data = rng.uniform(0.5, 1, z.nnz).astype(np.float32)
    var = pd.DataFrame(union, columns=["mirna", "mrna"]).astype(str)
    var.index = pd.Index(var["mirna"] + "|" + var["mrna"])
    var["mirna"] = pd.Categorical(var["mirna"], categories=[m for m in mirnas if m in set(var["mirna"])])
    var["mrna"] = var["mrna"].astype("category")
    adata = AnnData(z, obs=pd.DataFrame(index=pd.Index(names)), var=var, layers={"support": support})
    adata.uns["csmir"] = {"regulation": {"statistic": "csn"}}
    parts = {
        key: AnnData(
            rng.gamma(2.0, size=(len(names), len(features))),
            obs=pd.DataFrame(index=pd.Index(names)),
            var=pd.DataFrame(index=pd.Index(features)),
        )
        for key, features in (("mirna", mirnas), ("mrna", mrnas))
    }
    return MuData({**parts, "regulation": adata})


@pytest.fixture(scope="session")
def make_networks():
    """Build a MuData from networks given edge by edge; see `_networks`."""
    return _networks


@pytest.fixture
def random_networks() -> MuData:
    """12 cells, 15 miRNAs, 40 mRNAs, a random prior of 200 pairs, edges of density 0.05 to 0.6 by cell."""
    rng = np.random.default_rng(7)
    at = rng.choice(15 * 40, 200, replace=False)
    pairs = [(f"m{i // 40}", f"g{i % 40}") for i in sorted(at)]
    cells = {f"c{k}": [p for p in pairs if rng.random() < 0.05 * (k + 1)] for k in range(12)}
    return _networks(cells, pairs=pairs, n_mirnas=15, n_mrnas=40, seed=1)
