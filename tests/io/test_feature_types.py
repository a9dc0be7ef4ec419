"""One AnnData of several feature types into two modalities."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

import csmir as cs


@pytest.fixture
def adata() -> AnnData:
    types = ["Gene Expression", "miRNA", "Antibody Capture", "Gene Expression", "miRNA"]
    var = pd.DataFrame(
        {"feature_types": pd.Categorical(types)}, index=["PTEN", "hsa-miR-1", "CD3", "ACTB", "hsa-let-7a"]
    )
    obs = pd.DataFrame({"batch": ["a", "b"]}, index=["cell_1", "cell_2"])
    return AnnData(sparse.csr_matrix(np.arange(10.0).reshape(2, 5)), obs=obs, var=var)


def test_split(adata, caplog, tmp_path):
    mdata = cs.io.split_feature_types(adata)
    assert mdata["mirna"].var_names.tolist() == ["hsa-miR-1", "hsa-let-7a"]
    assert mdata["mrna"].var_names.tolist() == ["PTEN", "ACTB"]
    np.testing.assert_array_equal(mdata["mirna"].X.toarray(), [[1, 4], [6, 9]])
    assert mdata["mrna"].obs["batch"].tolist() == ["a", "b"]
    assert "left out 1 features of other types: 'Antibody Capture'" in caplog.messages
    mdata.write_h5mu(tmp_path / "x.h5mu")
    assert mudata.read_h5mu(tmp_path / "x.h5mu").uns["csmir"]["pairing"]["by"] == "feature_types"


def test_other_words(adata):
    adata.var = adata.var.rename(columns={"feature_types": "kind"})
    adata.var["kind"] = adata.var["kind"].astype(str).replace({"miRNA": "small RNA", "Gene Expression": "long"})
    mdata = cs.io.split_feature_types(adata, mirna="small RNA", mrna="long", key="kind")
    assert [m.n_vars for m in mdata.mod.values()] == [2, 2]


def test_errors(adata):
    with pytest.raises(
        cs.InputError, match=r"No feature is of the type mirna='mirna'.*'Gene Expression' \(2\), 'miRNA' \(2\)"
    ):
        cs.io.split_feature_types(adata, mirna="mirna")
    with pytest.raises(cs.InputError, match=r"mrna='Gene expression'.*Did you mean 'Gene Expression'"):
        cs.io.split_feature_types(adata, mrna="Gene expression")
    with pytest.raises(cs.InputError, match="must be two types"):
        cs.io.split_feature_types(adata, mirna="miRNA", mrna="miRNA")
    with pytest.raises(cs.InputError, match=r"has no \.var\['types'\]; its \.var has 'feature_types'"):
        cs.io.split_feature_types(adata, key="types")
    with pytest.raises(cs.InputError, match=r"Expected an AnnData.*found DataFrame"):
        cs.io.split_feature_types(adata.to_df())
    adata.obs_names = ["cell_1", "cell_1"]
    with pytest.raises(cs.InputError, match="more than once: 'cell_1'"):
        cs.io.split_feature_types(adata)


def test_biotypes_of_total_rna(caplog):
    """Smart-seq-total and others: Ensembl numbers, with symbols and biotypes beside them."""
    var = pd.DataFrame(
        {
            "gene_name": ["MIR21", "PTEN", "SNORD3A", "MIR16-1", "", "MIR16-2"],
            "gene_type": ["miRNA", "protein_coding", "snoRNA", "miRNA", "protein_coding", "miRNA"],
        },
        index=[f"ENSG0000000000{i}.1" for i in range(6)],
    )
    data = AnnData(np.arange(12.0).reshape(2, 6), var=var, obs=pd.DataFrame(index=["a", "b"]))
    with caplog.at_level("INFO", "csmir"):
        mdata = cs.io.split_feature_types(data)
    assert mdata["mirna"].var_names.tolist() == ["MIR21", "MIR16-1", "MIR16-2"]
    assert mdata["mirna"].var["original_name"].tolist() == [var.index[i] for i in (0, 3, 5)]
    assert mdata["mrna"].var_names.tolist() == ["PTEN", var.index[4]]  # no symbol is told
    assert "miRNAs are named by gene ('MIR21', 'MIR16-1', 'MIR16-2')" in caplog.text
    cs.pp.merge_loci(mdata)
    assert mdata["mirna"].var_names.tolist() == ["MIR21", "MIR16"]
    prior = pd.DataFrame({"source": ["hsa-miR-21-5p", "hsa-miR-16-5p"], "target": "PTEN"})
    net = cs.priors.reconcile(prior, mdata["mirna"].var_names, mdata["mrna"].var_names, arms="both").net
    assert net["source"].tolist() == ["MIR21", "MIR16"]


def test_biotypes_within_names():
    """VASA-seq."""
    names = [
        "ENSG00000284190.1_MIR21_miRNA",
        "ENSG00000171862.11_PTEN_ProteinCoding",
        "ENSG00000263934.5_SNORD3A_snoRNA",
    ]
    mdata = cs.io.split_feature_types(AnnData(np.ones((2, 3)), var=pd.DataFrame(index=names)))
    assert [m.var_names.tolist() for m in mdata.mod.values()] == [["MIR21"], ["PTEN"]]


def test_symbols_are_kept_where_they_are(adata):
    adata.var["gene_name"] = "other"
    assert cs.io.split_feature_types(adata)["mrna"].var_names.tolist() == ["PTEN", "ACTB"]
