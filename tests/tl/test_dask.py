"""The workers of a dask client: the bytes of a run here, and of all the blocks even where workers are lost."""

from __future__ import annotations

import logging
import os
import signal
import sys
from functools import partial

import numpy as np
import pytest

import csmir as cs
from csmir.inference.dask_workers import client_of, compute_by
from csmir.inference.execute import rows_of, run
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.record import Inputs

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed (csmir[dask])")


@pytest.fixture(scope="module")
def client():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": logging.CRITICAL}
    with (
        distributed.LocalCluster(**options) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=110, n_mirnas=12, n_mrnas=80, seed=3)
    cs.pp.recipe_csmir(mdata)
    return mdata


def data(seed=0, n_cells=200):
    rng = np.random.default_rng(seed)
    x, y = rng.lognormal(size=(12, n_cells)), rng.lognormal(size=(90, n_cells))
    y[rng.random(y.shape) < 0.4] = 0
    return x, y


def make_job(**change):
    from csmir.inference.statistics.csn import csn_many_job

    x, y = data()
    options = {"box_size": 0.1, "alpha": 0.01, "keep_all": False, "memory": 2 * 10**5, "n_threads": 2} | change
    inputs = Inputs(x, y, Pairs.every(len(x), len(y)), np.ones((1, x.shape[1]), np.int64))
    return csn_many_job(inputs, Request("csn", **options))


@pytest.mark.parametrize("statistic", ["csn", "exact", "local", "local in groups"])
def test_the_bytes_of_a_run_here(client, prepared, statistic):
    options = {"statistic": statistic.split()[0], "memory": "1MB"}
    if statistic == "local in groups":
        prepared = prepared.copy()
        prepared.obs["half"] = ["a", "b"] * (prepared.n_obs // 2)
        options["groups"] = "half"
    here, there = (
        cs.tl.regulation(prepared, prepared.uns["prior"], copy=True, client=c, **options)["regulation"]
        for c in (None, client)
    )
    assert here.X.nnz or statistic != "csn"
    for part in ("data", "indices", "indptr"):
        assert getattr(here.X, part).tobytes() == getattr(there.X, part).tobytes()
        for layer in here.layers:
            if layer is not None:
                assert getattr(here.layers[layer], part).tobytes() == getattr(there.layers[layer], part).tobytes()


def test_pseudo_cells_and_the_active_client(client):
    mdata = cs.datasets.simulated(n_cells=20, n_mirnas=12, n_mrnas=60, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=9, seed=4)
    here = cs.tl.regulation(mdata, copy=True)["regulation"]
    with client.as_current():
        cs.tl.regulation(mdata, client="active", memory="1MB")
    assert here.X.data.tobytes() == mdata["regulation"].X.data.tobytes()


def test_blocks_go_to_the_disk_of_the_caller(client, prepared, tmp_path):
    here = cs.tl.regulation(prepared, copy=True)["regulation"]
    mdata = prepared.copy()
    cs.tl.regulation(mdata, out=tmp_path / "run.zarr", client=client, memory="1MB")
    assert here.X.data.tobytes() == mdata["regulation"].to_memory().X.data.tobytes()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_worker_is_killed(client):
    job = make_job()
    assert len(job.tasks) > 10
    here = run(job, n_threads=1, progress=False)
    blocks, killed = {}, []

    def keep(i, block):
        assert i not in blocks
        blocks[i] = block
        if len(blocks) == 3:
            pid = next(iter(client.run(os.getpid).values()))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    compute_by(client, job, range(len(job.tasks)), keep, progress=False)
    assert killed
    rows = rows_of([blocks[i] for i in range(len(job.tasks))], range(job.n_cells), job.bucket, 1)
    for a, b in zip((here.indptr, here.indices, here.value), rows[:3], strict=True):
        assert a.tobytes() == b.tobytes()


def fail(shared, part, *, cell):
    raise ZeroDivisionError(f"cell {cell}")


def test_an_error_in_a_block_is_raised_here(client):
    job = make_job()._replace(block=partial(fail, cell=7))
    with pytest.raises(ZeroDivisionError, match="cell 7"):
        compute_by(client, job, [0, 1], lambda *_: None, progress=False)


def test_never_without_being_asked(client, prepared, monkeypatch):
    monkeypatch.setattr("csmir.inference.dask_workers.compute_by", lambda *_, **__: pytest.fail("hijacked"))
    with client.as_current():
        cs.tl.regulation(prepared, prepared.uns["prior"], copy=True)


def test_errors_say_what_to_do(monkeypatch):
    with pytest.raises(cs.InputError, match=r"must be a dask.distributed.Client, 'active' or None; found 4"):
        client_of(4)
    with pytest.raises(cs.InputError, match=r"client = dask.distributed.Client\(\)"):
        client_of("active")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(cs.InputError, match=r"pip install 'csmir\[dask\]'"):
        client_of("active")


@pytest.fixture
def short_lived():
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    client = Client(cluster)
    yield client, cluster
    client.close()
    cluster.close()


@pytest.mark.parametrize("which", [0, 1], ids=["client", "cluster"])
def test_what_is_closed_is_a_sentence(short_lived, prepared, which):
    short_lived[which].close()
    with pytest.raises(cs.InputError, match="The dask client is closed, or its cluster is"):
        cs.tl.regulation(prepared, prepared.uns["prior"], client=short_lived[0])


def test_what_is_closed_at_work_is_a_sentence(short_lived):
    client, cluster = short_lived
    job = make_job()
    with pytest.raises(cs.InputError, match=r"closed while it computed .*with `out=` it goes on"):
        compute_by(client, job, range(len(job.tasks)), lambda *_: (client.close(), cluster.close()), progress=False)
