"""Tables in the layout of each small-RNA tool, and files that belong to another reader. All made here."""

from __future__ import annotations

import gzip

import h5py
import numpy as np
import pandas as pd
import pytest

import csmir as cs

PAIR = ["hsa-miR-21-5p", "hsa-let-7a-5p"]
TABLES = {
    "miRge3": ("miRNA,s1,s2\nmiRNAtotal,30,40\nhsa-miR-21-5p,10,20\nhsa-let-7a-5p/7c-5p,20,20\n", None),
    "miRDeep2": (
        "#miRNA\tread_count\tprecursor\ttotal\ts1\ts2\ts1(norm)\ts2(norm)\n"
        "hsa-let-7a-5p\t4.00\thsa-let-7a-1\t4.00\t1\t3\t10.5\t30.5\n"
        "hsa-let-7a-5p\t4.00\thsa-let-7a-2\t4.00\t1\t3\t10.5\t30.5\n"
        "hsa-miR-21-5p\t9.00\thsa-mir-21\t9.00\t4\t5\t40\t50\n",
        ["hsa-let-7a-5p", "hsa-let-7a-5p", "hsa-miR-21-5p"],
    ),
    "sRNAbench, sRNAde": ("name\ts1\ts2\nhsa-miR-21-5p\t4\t5\nhsa-let-7a-5p\t1\t3\n", PAIR),
    "exceRpt": ('\ts1\ts2\nhsa-miR-21-5p\t4\t5\nhsa-let-7a-5p\t1\t3\n', PAIR),
    "nf-core/smrnaseq, mature": ('"","hsa-miR-21-5p","hsa-let-7a-5p"\n"s1",4,1\n"s2",5,3\n', PAIR),
    "nf-core/smrnaseq, hairpins": (
        '"","hsa-mir-21","hsa-let-7a-1"\n"s1",4,1\n"s2",5,3\n', ["hsa-mir-21", "hsa-let-7a-1"]
    ),
    "mirtop counts": (
        "UID\tRead\tmiRNA\tVariant\tiso_5p\tiso_3p\tiso_add3p\tiso_snp\ts1\ts2\n"
        "iso-22-A\tTAGC\thsa-miR-21-5p\tNA\t0\t0\t0\tNA\t3\t5\n"
        "iso-23-B\tTAGCT\thsa-miR-21-5p\tiso_3p:+1\t0\t1\t0\tNA\t1\t0\n"
        "iso-22-C\tTGAG\thsa-let-7a-5p\tiso_5p:-1\t-1\t0\t0\tNA\t1\t3\n",
        ["hsa-miR-21-5p", "hsa-miR-21-5p", "hsa-let-7a-5p"],
    ),
    "isomiRs": ('"s1","s2"\n"hsa-miR-21-5p",4,5\n', ["hsa-miR-21-5p"]),
    "PSCSR-seq": ('"","AACC_1","AACC_2"\n"hsa-miR-21-5p",4,5\n"hsa-let-7a-5p",1,3\n', PAIR),
    "TCGA by Xena": ("sample\tTCGA-A1-A0SB-01\tTCGA-A1-A0SD-01\nMIMAT0000076\t4\t5\nMIMAT0000062\t1\t3\n",
                     ["MIMAT0000076", "MIMAT0000062"]),
}  # fmt: skip


@pytest.mark.parametrize("tool", TABLES)
def test_tables(tmp_path, tool):
    text, names = TABLES[tool]
    path = tmp_path / "counts.txt"
    path.write_text(text)
    adata = cs.io.read(path)
    assert adata.n_obs == 2
    assert adata.var_names.tolist() == (names or ["miRNAtotal", "hsa-miR-21-5p", "hsa-let-7a-5p/7c-5p"])
    if tool not in {"miRge3", "mirtop counts"}:
        at = next(i for i, n in enumerate(adata.var_names) if "21" in n or n == "MIMAT0000076")
        assert adata.X[:, at].tolist() == [4, 5]


def test_isomirs_of_mirtop_end_as_their_mirnas(tmp_path):
    path = tmp_path / "mirtop.tsv"
    path.write_text(TABLES["mirtop counts"][0])
    mdata = cs.io.make_mudata(path, pd.DataFrame({"PTEN": [1, 2]}, index=["s1", "s2"]))
    cs.pp.merge_duplicates(mdata, how="sum")
    assert mdata["mirna"].to_df().to_dict("list") == {"hsa-miR-21-5p": [4, 5], "hsa-let-7a-5p": [1, 3]}


@pytest.mark.parametrize(
    ("text", "tool", "advice"),
    [
        (
            "miRNA_ID\tread_count\treads_per_million_miRNA_mapped\tcross-mapped\nhsa-let-7a-1\t4\t1.5\tN\n",
            "GDC's miRNA quantification",
            "index_col='miRNA_ID'",
        ),
        (
            "miRNA_ID\tisoform_coords\tread_count\treads_per_million_miRNA_mapped\tcross-mapped\tmiRNA_region\n"
            "hsa-let-7a-1\thg38:chr9:94175961-94175982:+\t4\t1.5\tN\tmature,MIMAT0000062\n",
            "GDC's isoform quantification",
            "miRNA_region",
        ),
        (
            "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\tstranded_first\n"
            "N_unmapped\t\t\t1\t1\nENSG00000171862.11\tPTEN\tprotein_coding\t5\t2\n",
            "GDC's gene counts of STAR",
            "index_col='gene_name'",
        ),
        (
            "name\tunique reads\tread count\tread count (mult. map. adj.)\tRPM (lib)\nhsa-miR-21-5p\t1\t4\t4\t1.0\n",
            "sRNAbench",
            "index_col='name'",
        ),
    ],
)
def test_tables_of_one_sample(tmp_path, text, tool, advice):
    path = tmp_path / "one.txt"
    path.write_text(text)
    with pytest.raises(cs.InputError, match=r"which holds one sample. Join the samples first") as e:
        cs.io.read(path)
    assert tool in str(e.value)
    assert advice in str(e.value)


def test_files_of_others(tmp_path):
    with h5py.File(tmp_path / "x.loom", "w") as f:
        f["matrix"] = np.ones((2, 3))
        f.create_group("row_attrs")
        f.create_group("col_attrs")
    with h5py.File(tmp_path / "x.h5seurat", "w") as f:
        f.create_group("assays")
        f.create_group("meta.data")
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f.create_group("matrix")
    for name, advice in (
        ("x.loom", r"is a loom file.*anndata\.io\.read_loom"),
        ("x.h5seurat", r"is an h5Seurat file.*dest = 'h5ad'"),
        ("x.h5", r"is a 10x Genomics matrix.*read_10x_h5"),
    ):
        with pytest.raises(cs.InputError, match=advice):
            cs.io.read(tmp_path / name)
    (tmp_path / "filtered").mkdir()
    (tmp_path / "filtered" / "matrix.mtx.gz").write_bytes(b"")
    with pytest.raises(cs.InputError, match=r"folder of 10x Genomics.*read_10x_mtx"):
        cs.io.read(tmp_path / "filtered")
    (tmp_path / "m.mtx.gz").write_bytes(
        gzip.compress(b"%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 5\n")
    )
    with pytest.raises(cs.InputError, match=r"is a Matrix Market file.*read_mtx"):
        cs.io.read(tmp_path / "m.mtx.gz")
    (tmp_path / "m.gff3").write_text(
        "## mirGFF3. VERSION 1.2\n## COLDATA: s1\nhsa-let-7a-1\tmiRBasev22\tisomiR\t6\t27\n"
    )
    with pytest.raises(cs.InputError, match=r"is a GFF file of single reads.*mirtop counts"):
        cs.io.read(tmp_path / "m.gff3")
