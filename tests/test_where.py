"""Names to write results under: kept by files, and never over something else."""

from __future__ import annotations

import mudata
import numpy as np
import pytest

import csmir as cs


@pytest.fixture
def mdata():
    out = cs.datasets.simulated(n_cells=12, n_mirnas=6, n_mrnas=20, seed=1)
    cs.pp.recipe_csmir(out)
    cs.pp.bootstrap_cells(out, n_runs=2)
    cs.tl.similarity(out, regulation="truth")
    return out


def steps(mdata, key):
    """Every call that is told where to write."""
    net, on = mdata.uns["prior"], {"regulation": "truth"}
    genes = mdata["mrna"].var_names[:8].tolist()
    return {
        "regulation": lambda: cs.tl.regulation(mdata, net, regulation=key),
        "comparator": lambda: cs.tl.comparator(mdata, net, method="spearman", key_added=key),
        "synergy": lambda: cs.tl.synergy(mdata, key_added=key, **on),
        "sponge": lambda: cs.tl.sponge(mdata, key_added=key, **on),
        "activity": lambda: cs.tl.activity(mdata, net, min_targets=1, key_added=key),
        "cluster": lambda: cs.tl.cluster(mdata, k=2, key_added=key, **on),
        "neighbors": lambda: cs.tl.neighbors(mdata, n_neighbors=4, key_added=key, **on),
        "modules": lambda: cs.tl.modules(mdata, "cells", key_added=key, **on),
        "enrich": lambda: cs.tl.enrich(mdata, {"set": genes}, of="mirnas", min_size=1, key_added=key, **on),
        "enrich_disease": lambda: cs.tl.enrich_disease(mdata, genes, of="mirnas", key_added=key, **on),
    }


NAMES = ["regulation", "comparator", "synergy", "sponge", "activity"]
TABLES = ["cluster", "neighbors", "modules", "enrich", "enrich_disease"]


@pytest.mark.parametrize("step", [*NAMES, *TABLES])
@pytest.mark.parametrize("key", ["a/b", "", " ", 3])
def test_names_that_files_do_not_keep(mdata, step, key):
    before = sorted(mdata.mod)
    with pytest.raises(cs.InputError, match=r"must be a name, as text without '/'"):
        steps(mdata, key)[step]()
    assert sorted(mdata.mod) == before


@pytest.mark.parametrize("step", NAMES)
@pytest.mark.parametrize("key", ["mirna", "mrna"])
def test_measured_values_are_never_replaced(mdata, step, key):
    x = mdata[key].X.copy()
    with pytest.raises(cs.InputError, match="must not name a measured modality"):
        steps(mdata, key)[step]()
    np.testing.assert_array_equal(mdata[key].X, x)


@pytest.mark.parametrize("step", TABLES)
def test_records_of_other_steps_are_never_replaced(mdata, step):
    with pytest.raises(cs.InputError, match=r"'similarity' is a record of another step, which would be lost"):
        steps(mdata, "similarity")[step]()


def test_columns_of_cells_are_never_replaced(mdata):
    mdata["truth"].obs["mine"] = 1
    with pytest.raises(cs.InputError, match=r"'mine' is a column of \.obs"):
        cs.tl.cluster(mdata, k=2, key_added="mine", regulation="truth")


@pytest.mark.parametrize("step", [*NAMES, *TABLES])
def test_the_same_call_again_replaces_what_it_wrote(mdata, step, tmp_path):
    for _ in range(2):
        steps(mdata, "mine")[step]()
    mdata.write_h5mu(tmp_path / "x.h5mu")
    cs.io.read(tmp_path / "x.h5mu")


def test_a_view_becomes_a_mudata_of_its_own(mdata, tmp_path):
    view = mdata[:9]
    cs.pp.bootstrap_cells(view, n_runs=2)
    for part in (mdata[:9].copy(), view):
        cs.pp.bootstrap_cells(part, n_runs=2)
        cs.tl.regulation(part, mdata.uns["prior"])
    alone = mdata[:9]
    cs.tl.regulation(alone, mdata.uns["prior"], pseudo_cells=False)
    assert alone["regulation"].n_obs == view["regulation"].n_obs == 9
    assert "regulation" not in mdata.mod
    alone.write_h5mu(tmp_path / "x.h5mu")
    assert cs.io.read(tmp_path / "x.h5mu")["regulation"].shape == alone["regulation"].shape


@pytest.mark.parametrize("key", [3, None, ["mrna"]])
def test_modalities_have_names(mdata, key):
    with pytest.raises(cs.InputError, match=r"has no modality .*; it has 'mirna', 'mrna'"):
        cs.tl.regulation(mdata, mdata.uns["prior"], mrna=key)
    with pytest.raises(cs.StepError, match="has no modality"):
        cs.tl.hubs(mdata, regulation=key)


def test_data_without_mirnas_are_shown_the_way_to_activity(mdata):
    alone = mudata.MuData({"mrna": mdata["mrna"].copy()})
    with pytest.raises(cs.InputError, match=r"it has 'mrna'.*cs\.tl\.activity.*cs\.pp\.recipe_csmir\(mdata\)"):
        cs.tl.regulation(alone, mdata.uns["prior"])
    with pytest.raises(cs.InputError, match=r"found AnnData\..*mudata\.MuData\(\{'mrna': adata\}\)"):
        cs.tl.activity(mdata["mrna"], mdata.uns["prior"])


def test_mrnas_alone_are_prepared_as_beside_mirnas():
    mdata = cs.datasets.simulated()
    mdata["mrna"].X[0, 0] = np.nan
    mdata["mrna"].X[:, 1] = 3
    mdata["mrna"].var_names = [*mdata["mrna"].var_names[:-1], mdata["mrna"].var_names[0]]
    alone = mudata.MuData({"mrna": mdata["mrna"].copy()})
    for either in (mdata, alone):
        cs.pp.recipe_csmir(either, missing="zero", normalize="total", covariates=["depth", "detection"])
    assert alone["mrna"].var_names.equals(mdata["mrna"].var_names)
    np.testing.assert_array_equal(alone["mrna"].X, mdata["mrna"].X)
    np.testing.assert_array_equal(alone.obs["mrna_depth"], mdata.obs["mrna_depth"])
    assert "mirna_depth" not in alone.obs


def test_one_modality_is_not_two(mdata):
    with pytest.raises(cs.InputError, match=r"must name two modalities; both are 'mirna'"):
        cs.tl.regulation(mdata, None, mirna="mirna", mrna="mirna")


@pytest.mark.parametrize("step", [*NAMES, *TABLES])
@pytest.mark.parametrize("key", ["x" * 250, "ä" * 120, "..", "a\0b"])
def test_names_that_a_zarr_folder_does_not_keep(mdata, step, key):
    with pytest.raises(cs.InputError, match="must be a name that a zarr folder keeps"):
        steps(mdata, key)[step]()


@pytest.mark.parametrize(("name", "values"), [("x" * 256, 1.0), ("a/b", 1.0), (7, 1.0), ("_index", 1.0)])
def test_columns_that_a_run_on_the_disk_cannot_keep_are_said_first(mdata, tmp_path, monkeypatch, name, values):
    """Before any block is computed."""
    monkeypatch.setattr("csmir.inference.result.compute", lambda *_, **__: pytest.fail("computed"))
    mdata.obs[name] = values
    with pytest.raises(cs.InputError, match=r"`out`: the column .* of mdata\.obs cannot be written"):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr")
