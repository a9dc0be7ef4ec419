"""Depth, detection and cell cycle of each cell."""

from __future__ import annotations

import numpy as np
import pytest
import scanpy as sc

import csmir as cs
from csmir import InputError
from csmir.pp._cell_cycle import G2M_GENES, S_GENES


@pytest.fixture
def mdata():
    out = cs.datasets.simulated(60, 6, 40, seed=0)
    for key in ("mirna", "mrna"):
        out[key].X = np.round(np.asarray(out[key].X))
    return out


def test_depth_and_detection_are_scanpys(mdata):
    cs.pp.covariates(mdata)
    for key in ("mirna", "mrna"):
        metrics, _ = sc.pp.calculate_qc_metrics(mdata[key], percent_top=None)
        np.testing.assert_allclose(mdata.obs[f"{key}_depth"], metrics["log1p_total_counts"], rtol=1e-5)
        np.testing.assert_array_equal(mdata.obs[f"{key}_detection"], metrics["n_genes_by_counts"])
    assert list(mdata.uns["csmir"]["covariates"]["kinds"]) == ["depth", "detection"]


def test_logged_values_are_taken_back(mdata):
    before = cs.pp.covariates(mdata, copy=True)
    cs.pp.log2p1(mdata)
    cs.pp.covariates(mdata)
    np.testing.assert_allclose(mdata.obs["mrna_depth"], before.obs["mrna_depth"], rtol=1e-5)


def test_cell_cycle_follows_its_genes(mdata):
    names = [*(g.lower() for g in S_GENES[:8]), *G2M_GENES[:8]]
    mdata["mrna"].var_names = [*names, *mdata["mrna"].var_names[16:]]
    mdata.update()
    x = np.asarray(mdata["mrna"].X).copy()
    x[:30, :8] = 3 * x[:30, :8] + 50
    mdata["mrna"].X = x
    cs.pp.covariates(mdata, ["cell_cycle"])
    score = mdata.obs["s_score"].to_numpy()
    assert score[:30].mean() > score[30:].mean() + 0.3
    assert "mrna_depth" not in mdata.obs


def test_cells_without_a_modality_have_none(mdata):
    fewer = cs.io.make_mudata(mdata["mirna"][:50].copy(), mdata["mrna"].copy())
    out = cs.pp.covariates(fewer, ["depth"], copy=True)
    assert out.obs["mrna_depth"].notna().all()
    assert out.obs["mirna_depth"].isna().sum() == out.n_obs - 50


def test_what_is_refused(mdata):
    with pytest.raises(InputError, match="`kinds` must be one of"):
        cs.pp.covariates(mdata, ["age"])
    with pytest.raises(InputError, match="0 of the genes in `s_genes` are among the features of mrna"):
        cs.pp.covariates(mdata, "cell_cycle")
