"""Where to write and what to open: no path, and a path through a file."""

from __future__ import annotations

import pytest

import csmir as cs


@pytest.fixture(scope="module")
def mdata():
    return cs.datasets.simulated(n_cells=10, n_mirnas=6, n_mrnas=20, seed=1)


@pytest.mark.parametrize("path", [None, 3, ["out"]])
def test_no_path(mdata, path):
    calls = [
        lambda: cs.io.write_tables(mdata, path, regulation="truth"),
        lambda: cs.io.write_figures(mdata, path, regulation="truth"),
        lambda: cs.io.write_report(mdata, path, regulation="truth"),
        lambda: cs.io.read_networks(path),
    ]
    for call in calls:
        with pytest.raises(cs.InputError, match="must be the path of a file or folder"):
            call()


def test_networks_under_a_file(mdata, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(cs.InputError, match=r"`out`: cannot write .*Not a directory"):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "file" / "run.zarr")
    assert "regulation" not in mdata.mod
