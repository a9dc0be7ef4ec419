"""Readers of the official files. Headers as the databases write them, rows invented; real ones from the shared data."""

from __future__ import annotations

import gzip
import logging
import zipfile

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir import InputError

FAMILY_INFO = (
    "miR family\tSeed+m8\tSpecies ID\tMiRBase ID\tMature sequence\tFamily Conservation?\tMiRBase Accession\n"
    "miR-17-5p/20-5p\tAAAGUGC\t9606\thsa-miR-17-5p\tCAAAGUGCUUACAGUGCAGGUAG\t2\tMIMAT0000070\n"
    "miR-17-5p/20-5p\tAAAGUGC\t9606\thsa-miR-20a-5p\tUAAAGUGCUUAUAGUGCAGGUAG\t2\tMIMAT0000075\n"
    "miR-17-5p/20-5p\tAAAGUGC\t10090\tmmu-miR-17-5p\tCAAAGUGCUUACAGUGCAGGUAG\t2\tMIMAT0000649\n"
    "miR-101-3p.1\tACAGUAC\t9606\thsa-miR-101-3p.1\tUACAGUACUGUGAUAACUGAA\t2\tMIMAT0000099\n"
    "miR-101-3p.2\tUACAGUA\t9606\thsa-miR-101-3p.2\tGUACAGUACUGUGAUAACUGA\t1\tMIMAT0000099\n"
    "miR-9999\tCCCCCCC\t9606\thsa-miR-9999\tACCCCCCC\t-1\t\n"
)
PREDICTED = (
    "miR Family\tGene ID\tGene Symbol\tTranscript ID\tSpecies ID\tUTR start\tUTR end\tMSA start\tMSA end\t"
    "Seed match\tPCT\n"
    "miR-17-5p/20-5p\tENSG01.1\tTP53\tENST01.1\t9606\t21\t28\t30\t37\t8mer\t0.85\n"
    "miR-17-5p/20-5p\tENSG01.1\tTP53\tENST01.1\t9606\t90\t97\t99\t106\t7mer-m8\t0.40\n"
    "miR-17-5p/20-5p\tENSG02.1\tNULL1\tENST02.1\t9606\t21\t28\t30\t37\t8mer\tNULL\n"
    "miR-17-5p/20-5p\tENSG01.1\tTP53\tENST01.1\t10090\t21\t28\t30\t37\t8mer\t0.99\n"
    "miR-101-3p.1\tENSG03.1\tNA\tENST03.1\t9606\t5\t12\t5\t12\t7mer-1a\t0.20\n"
    "miR-101-3p.2\tENSG03.1\tNA\tENST03.1\t9606\t6\t13\t6\t13\t7mer-1a\t0.30\n"
    "miR-unknown\tENSG03.1\tHIF1A\tENST03.1\t9606\t5\t12\t5\t12\t7mer-1a\t0.20\n"
)
CONTEXT = (
    "Gene ID\tGene Symbol\tTranscript ID\tGene Tax ID\tmiRNA\tSite Type\tUTR_start\tUTR end\tcontext++ score\t"
    "context++ score percentile\tweighted context++ score\tweighted context++ score percentile\tPredicted relative KD\n"
    "ENSG01.1\tTP53\tENST01.1\t9606\thsa-miR-17-5p\t3\t21\t28\t-0.50\t97\t-0.45\t96\t-5.1\n"
    "ENSG01.1\tTP53\tENST01.1\t9606\thsa-miR-17-5p\t2\t90\t97\t-0.20\t80\t-0.15\t79\t-3.1\n"
    "ENSG02.1\tHIF1A\tENST02.1\t9606\thsa-miR-101-3p.1\t1\t21\t28\tNULL\tNULL\tNULL\tNULL\tNULL\n"
    "ENSG01.1\tTP53\tENST01.1\t10090\tmmu-miR-17-5p\t3\t21\t28\t-0.90\t99\t-0.90\t99\t-5.1\n"
)
MIRTARBASE = (
    "\ufeffmiRTarBase ID,miRNA,Species (miRNA),Target Gene,Target Gene (Entrez Gene ID),Species (Target Gene),"
    "Experiments,Support Type,References (PMID)\n"
    "MIRT01,hsa-miR-17-5p,Homo sapiens,TP53,7157,Homo sapiens,Luciferase//qRT-PCR,Functional MTI,100\n"
    "MIRT01,hsa-miR-17-5p,Homo sapiens,TP53,7157,Homo sapiens,HITS-CLIP,Functional MTI (Weak),101\n"
    "MIRT01,hsa-miR-17-5p,Homo sapiens,TP53,7157,Homo sapiens,PAR-CLIP,Functional MTI (Weak),101\n"
    'MIRT02,hsa-miR-17-5p,Homo sapiens,HIF1A,3091,Homo sapiens,"Reporter, other",Non-Functional MTI,102\n'
    "MIRT03,hsa-miR-20a-5p,Homo sapiens,HIF1A,3091,Homo sapiens,CLASH,Functional MTI (Weak),103\n"
    "MIRT04,mmu-miR-17-5p,Mus musculus,Trp53,22059,Mus musculus,qRT-PCR,Functional MTI,104\n"
    "MIRT05,ebv-miR-BART1-5p,Epstein Barr virus,TP53,7157,Homo sapiens,qRT-PCR,Functional MTI,105\n"
)
TARBASE8 = (
    "geneId\tgeneName\tmirna\tspecies\tcell_line\ttissue\tcategory\tmethod\tpositive_negative\tdirect_indirect\t"
    "up_down\tcondition\n"
    'ENSG01\tTP53\thsa-miR-17-5p\tHomo sapiens\tHeLa\tCervix\tCancer\tHITS-CLIP\tPOSITIVE\tDIRECT\tDOWN\t5" dish\n'
    "ENSG01\tTP53\thsa-miR-17-5p\tHomo sapiens\tHeLa\tCervix\tCancer\tMicroarrays\tPOSITIVE\tINDIRECT\tDOWN\t\n"
    "HIF1A(hsa)\tHIF1A(hsa)\thsa-miR-17-5p\tHomo sapiens\tNA\tNA\tNA\tMicroarrays\tPOSITIVE\tINDIRECT\tDOWN\t\n"
    "ENSG02\tCDK4\thsa-miR-17-5p\tHomo sapiens\tNA\tNA\tNA\tLuciferase Reporter Assay\tNEGATIVE\tDIRECT\tUNKNOWN\t\n"
    'ENSG03\tTrp53\tmmu-miR-17-5p\tMus musculus\tNA\tNA\tNA\tHITS-CLIP\tPOSITIVE\tDIRECT\tDOWN\t3" dish\n'
)
TARBASE9 = (
    "species\tmirna_name\tmirna_id\tgene_name\tgene_id\tgene_location\ttranscript_name\ttranscript_id\tchromosome\tstart\t"
    "end\tstrand\texperimental_method\tregulation\ttissue\tcell_line\tarticle_pubmed_id\tconfidence\t"
    "interaction_group\tcell_type\tmicrot_score\tcomment\n"
    "Homo sapiens\thsa-miR-17-5p\tMIMAT0000070\tTP53\tENSG01\t3UTR\tTP53-201\tENST01\tchr17\t1\t2\t+\tHITS-CLIP\t"
    "Negative\tCervix\tHeLa\t100\t1\tprimary\tCancer\t0.9\t\n"
    "Homo sapiens\thsa-miR-17-5p\tMIMAT0000070\tCDK4\tENSG02\tCDS\tCDK4-201\tENST02\tchr12\t1\t2\t+\tqPCR\tNegative\t"
    "NA\tNA\t101\t1\tprimary\tNA\t0.2\t\n"
)
ENCORI_ROW = (
    "MIMAT0000070\thsa-miR-17-5p\tENSG01\t{gene}\tprotein_coding\tchr17\t1\t2\t1\t2\t-\t{clip}\t0\tAGO2\t0\t0\t1\t1\t1\t0\t1\t"
    "1.1\t0.2\t4\t#1 HeLa\n"
)
ENCORI = (
    "#please cite: starBase v2.0\n"
    "#source: ENCORI\n"
    "miRNAid\tmiRNAname\tgeneID\tgeneName\tgeneType\tchromosome\tnarrowStart\tnarrowEnd\tbroadStart\tbroadEnd\tstrand\t"
    "clipExpNum\tdegraExpNum\tRBP\tPITA\tRNA22\tmiRmap\tmicroT\tmiRanda\tPicTar\tTargetScan\tTDMDScore\tphyloP\t"
    "pancancerNum\tcellline/tissue\n"
) + "".join(ENCORI_ROW.format(gene=g, clip=n) for g, n in [("TP53", 3), ("TP53", 7), ("HIF1A", 1)])


def write(path, text, how="plain"):
    if how == "gz":
        path = path.with_name(path.name + ".gz")
        path.write_bytes(gzip.compress(text.encode()))
    elif how == "zip":
        member, path = path.name, path.with_name(path.name + ".zip")
        with zipfile.ZipFile(path, "w") as z:
            z.writestr("__MACOSX/._" + member, "x")
            z.writestr(member, text)
    else:
        path.write_text(text, encoding="utf-8")
    return path


def pairs(net):
    return set(zip(net["source"], net["target"], strict=True))


class TestTargetScan:
    @pytest.mark.parametrize("how", ["plain", "gz", "zip"])
    def test_by_family(self, tmp_path, how):
        path = write(tmp_path / "Predicted_Targets_Info.default_predictions.txt", PREDICTED, how)
        family = write(tmp_path / "families.txt", FAMILY_INFO, how)
        net = cs.priors.targetscan(path, family_info=family).set_index(["source", "target"])
        assert list(net.columns) == ["pct", "n_sites", "prior"]
        assert set(net["prior"]) == {"TargetScan"}
        for mirna in ("hsa-miR-17-5p", "hsa-miR-20a-5p"):
            assert net.loc[(mirna, "TP53"), "pct"] == 0.85
            assert net.loc[(mirna, "TP53"), "n_sites"] == 2
            assert np.isnan(net.loc[(mirna, "NULL1"), "pct"])
        # two isoforms of one miRNA are that miRNA, and a gene called NA is a gene
        assert net.loc[("hsa-miR-101-3p", "NA"), "pct"] == 0.30
        assert len(net) == 5

    def test_family_table_beside_it(self, tmp_path):
        path = write(tmp_path / "Predicted_Targets_Info.default_predictions.txt", PREDICTED)
        with pytest.raises(InputError, match=r"no miR_Family_Info.txt beside it.*family_info="):
            cs.priors.targetscan(path)
        write(tmp_path / "miR_Family_Info.txt", FAMILY_INFO, "zip")
        beside = cs.priors.targetscan(path)
        given = cs.priors.targetscan(path, family_info=cs.priors.families(tmp_path / "miR_Family_Info.txt.zip"))
        pd.testing.assert_frame_equal(beside, given)

    def test_min_pct_and_species(self, tmp_path):
        path = write(tmp_path / "Predicted_Targets_Info.default_predictions.txt", PREDICTED)
        family = write(tmp_path / "miR_Family_Info.txt", FAMILY_INFO)
        net = cs.priors.targetscan(path, family_info=family, min_pct=0.3)
        assert pairs(net) == {("hsa-miR-17-5p", "TP53"), ("hsa-miR-20a-5p", "TP53"), ("hsa-miR-101-3p", "NA")}
        for mouse in ("mouse", "mmu", 10090, "10090", "Mus musculus"):
            assert pairs(cs.priors.targetscan(path, family_info=family, species=mouse)) == {("mmu-miR-17-5p", "TP53")}

    def test_says_what_it_left_out(self, tmp_path, caplog):
        path = write(tmp_path / "p.txt", PREDICTED)
        family = write(tmp_path / "f.txt", FAMILY_INFO)
        with caplog.at_level(logging.INFO, "csmir"):
            cs.priors.targetscan(path, family_info=family)
        assert "1 of other species, 1 of families that the family table lacks left out" in caplog.text

    def test_by_mirna(self, tmp_path):
        path = write(tmp_path / "Conserved_Site_Context_Scores.txt", CONTEXT, "zip")
        net = cs.priors.targetscan(path).set_index(["source", "target"])
        assert net.loc[("hsa-miR-17-5p", "TP53"), "context_score"] == pytest.approx(-0.60)
        assert net.loc[("hsa-miR-17-5p", "TP53"), "n_sites"] == 2
        assert np.isnan(net.loc[("hsa-miR-101-3p", "HIF1A"), "context_score"])
        assert len(net) == 2
        assert pairs(cs.priors.targetscan(path, max_context_score=-0.5)) == {("hsa-miR-17-5p", "TP53")}
        with pytest.raises(InputError, match=r"No pair is left of 2 \(2 with another context_score, or none\)"):
            cs.priors.targetscan(path, max_context_score=-2)

    def test_bad_input(self, tmp_path):
        predicted = write(tmp_path / "p.txt", PREDICTED)
        context = write(tmp_path / "c.txt", CONTEXT)
        family = write(tmp_path / "f.txt", FAMILY_INFO)
        with pytest.raises(InputError, match=r"has no PCT. Use `max_context_score`"):
            cs.priors.targetscan(context, min_pct=0.5)
        with pytest.raises(InputError, match=r"has no context\+\+ scores. Use `min_pct`"):
            cs.priors.targetscan(predicted, family_info=family, max_context_score=-0.1)
        with pytest.raises(InputError, match=r"no site of species 10116 .*; it has species '10090', '9606'"):
            cs.priors.targetscan(context, species="rat")
        with pytest.raises(InputError, match=r"`min_pct` must be a number in \[0, 1\]"):
            cs.priors.targetscan(predicted, min_pct=50)
        with pytest.raises(InputError, match=r"`species` must be a scientific name.*Did you mean 'Homo sapiens'"):
            cs.priors.targetscan(predicted, species="Homo_sapiens")
        other = FAMILY_INFO.replace("miR-17-5p/20-5p", "x").replace("miR-101-3p.", "y")
        with pytest.raises(InputError, match=r"Take both files from one TargetScan release"):
            cs.priors.targetscan(predicted, family_info=write(tmp_path / "o.txt", other))
        with pytest.raises(InputError, match=r"does not look like TargetScan's .* it lacks the columns 'miRNA'"):
            cs.priors.targetscan(write(tmp_path / "e.txt", ENCORI))


class TestMirtarbase:
    def test_evidence(self, tmp_path):
        path = write(tmp_path / "hsa_MTI.csv", MIRTARBASE)
        net = cs.priors.mirtarbase(path)
        assert list(net.columns) == ["source", "target", "evidence", "prior", "n_papers"]
        assert net.to_numpy().tolist() == [
            ["hsa-miR-17-5p", "TP53", "strong;weak", "miRTarBase", 2],
            ["hsa-miR-20a-5p", "HIF1A", "weak", "miRTarBase", 1],
        ]
        assert pairs(cs.priors.mirtarbase(path, evidence="strong")) == {("hsa-miR-17-5p", "TP53")}
        assert pairs(cs.priors.mirtarbase(path, evidence=["non-functional"])) == {("hsa-miR-17-5p", "HIF1A")}
        with pytest.raises(InputError, match=r"`evidence` must be one of 'strong', 'weak', 'non-functional'"):
            cs.priors.mirtarbase(path, evidence="Functional MTI")

    def test_species(self, tmp_path):
        path = write(tmp_path / "MTI.csv", MIRTARBASE)
        assert pairs(cs.priors.mirtarbase(path, species="mouse")) == {("mmu-miR-17-5p", "Trp53")}
        everything = cs.priors.mirtarbase(path, species=None)
        assert set(everything["species"]) == {"Homo sapiens", "Mus musculus"}
        assert ("ebv-miR-BART1-5p", "TP53") in pairs(everything)
        with pytest.raises(
            InputError, match=r"no pair of Danio rerio; its genes are of 'Homo sapiens', 'Mus musculus'"
        ):
            cs.priors.mirtarbase(path, species="zebrafish")

    def test_excel_and_tab_and_latin1(self, tmp_path):
        pytest.importorskip("openpyxl")
        plain = cs.priors.mirtarbase(write(tmp_path / "MTI.csv", MIRTARBASE))
        frame = pd.read_csv(tmp_path / "MTI.csv", encoding="utf-8-sig")
        frame.to_excel(tmp_path / "MTI.xlsx", index=False)
        pd.testing.assert_frame_equal(cs.priors.mirtarbase(tmp_path / "MTI.xlsx"), plain)
        frame["Experiments"] = "Reportéx"
        frame.to_csv(tmp_path / "MTI.txt", sep="\t", index=False, encoding="latin-1")
        pd.testing.assert_frame_equal(cs.priors.mirtarbase(tmp_path / "MTI.txt"), plain)

    def test_excel_dates_are_named(self, tmp_path, caplog):
        with caplog.at_level(logging.WARNING, "csmir"):
            cs.priors.mirtarbase(write(tmp_path / "MTI.csv", MIRTARBASE.replace("HIF1A", "9-Sep")))
        assert "1 targets look like dates made by Excel: '9-Sep'" in caplog.text

    def test_real_file(self, shared_data):
        path = shared_data / "formats" / "hsa_MTI.csv"
        net = cs.priors.mirtarbase(path, evidence=("strong", "weak"))
        raw = pd.read_csv(path, encoding="utf-8-sig")
        functional = raw[raw["Support Type"].str.startswith("Functional")]
        assert len(raw) == 4_000
        assert pairs(net) == set(zip(functional["miRNA"], functional["Target Gene"], strict=True))
        assert net.loc[0, ["source", "target", "evidence"]].tolist() == ["hsa-miR-20a-5p", "HIF1A", "strong;weak"]


class TestTarbase:
    def test_release_8(self, tmp_path):
        net = cs.priors.tarbase(write(tmp_path / "TarBase_v8_download.txt", TARBASE8))
        assert net.to_numpy().tolist() == [
            ["hsa-miR-17-5p", "TP53", "direct;indirect", "TarBase", 2],
            ["hsa-miR-17-5p", "HIF1A", "indirect", "TarBase", 1],
        ]
        assert list(net.columns) == ["source", "target", "evidence", "prior", "n_records"]

    def test_choices(self, tmp_path):
        path = write(tmp_path / "t.txt", TARBASE8, "gz")
        assert pairs(cs.priors.tarbase(path, evidence="direct")) == {("hsa-miR-17-5p", "TP53")}
        assert len(cs.priors.tarbase(path, methods="Microarrays")) == 2
        assert pairs(cs.priors.tarbase(path, species="Mus musculus")) == {("mmu-miR-17-5p", "Trp53")}
        with pytest.raises(InputError, match=r"`methods` must be one of 'HITS-CLIP', 'Microarrays'.*Did you mean"):
            cs.priors.tarbase(path, methods="Microarray")
        with pytest.raises(InputError, match=r"no pair of Rattus norvegicus; it has 'Homo sapiens', 'Mus musculus'"):
            cs.priors.tarbase(path, species="rno")

    def test_release_9(self, tmp_path):
        path = write(tmp_path / "Homo_sapiens_TarBase-v9.tsv", TARBASE9, "gz")
        assert pairs(cs.priors.tarbase(path)) == {("hsa-miR-17-5p", "TP53"), ("hsa-miR-17-5p", "CDK4")}
        assert pairs(cs.priors.tarbase(path, methods=["qPCR"])) == {("hsa-miR-17-5p", "CDK4")}
        with pytest.raises(InputError, match=r"does not tell direct from indirect"):
            cs.priors.tarbase(path, evidence="direct")


class TestEncori:
    def test_best_site_and_threshold(self, tmp_path):
        path = write(tmp_path / "encori.txt", ENCORI)
        net = cs.priors.encori(path)
        assert net.to_numpy().tolist() == [
            ["hsa-miR-17-5p", "TP53", 7, "ENCORI"],
            ["hsa-miR-17-5p", "HIF1A", 1, "ENCORI"],
        ]
        assert pairs(cs.priors.encori(path, min_clip=5)) == {("hsa-miR-17-5p", "TP53")}
        with pytest.raises(InputError, match=r"No pair is left of 2 \(2 of other species\)"):
            cs.priors.encori(path, species="mouse")

    def test_the_answer_to_a_wrong_query(self, tmp_path):
        path = write(tmp_path / "e.txt", '#please cite\nThe "miRNA" parameter haven\'t been set correctly!\n')
        with pytest.raises(InputError, match=r"does not look like a miRNA-target download of ENCORI.*'miRNAname'"):
            cs.priors.encori(path)


class TestFamilies:
    def test_small(self, tmp_path):
        frame = cs.priors.families(write(tmp_path / "f.txt", FAMILY_INFO), species=9606)
        assert list(frame.columns) == ["family", "mirna", "seed", "conservation"]
        assert frame["mirna"].tolist() == [
            *("hsa-miR-17-5p", "hsa-miR-20a-5p", "hsa-miR-101-3p", "hsa-miR-101-3p", "hsa-miR-9999")
        ]
        assert frame["conservation"].tolist() == [2, 2, 2, 1, -1]
        assert len(cs.priors.families(tmp_path / "f.txt", species=None)) == 6
        from_frame = cs.priors.families(pd.read_csv(tmp_path / "f.txt", sep="\t"))
        pd.testing.assert_frame_equal(from_frame, frame, check_dtype=False)
        with pytest.raises(InputError, match=r"no miRNA of species 10116"):
            cs.priors.families(tmp_path / "f.txt", species="rat")
        with pytest.raises(InputError, match=r"lacks the columns 'miR family', 'Species ID', 'MiRBase ID'"):
            cs.priors.families(pd.DataFrame({"a": [1]}))

    def test_real_file(self, shared_data):
        frame = cs.priors.families(shared_data / "formats" / "miR_Family_Info.txt")
        assert frame["mirna"].str.match(r"hsa-(miR|let)-.*").all()
        let7 = frame[frame["family"] == "let-7-5p/98-5p"]["mirna"]
        assert {"hsa-let-7a-5p", "hsa-let-7i-5p", "hsa-miR-98-5p"} <= set(let7)
        assert not frame["mirna"].str.contains(".", regex=False).any()


READERS = [
    (lambda p: cs.priors.mirtarbase(p), MIRTARBASE),
    (lambda p: cs.priors.tarbase(p), TARBASE8),
    (lambda p: cs.priors.encori(p), ENCORI),
    (lambda p: cs.priors.targetscan(p), CONTEXT),
    (lambda p: cs.priors.families(p), FAMILY_INFO),
    (lambda p: cs.priors.read_table(p), "mirna\tmrna\nhsa-miR-1\tTP53\n"),
]


@pytest.mark.parametrize(
    ("read", "text"), READERS, ids=["mirtarbase", "tarbase", "encori", "targetscan", "families", "table"]
)
class TestDamage:
    def test_missing_folder_empty(self, tmp_path, read, text):
        with pytest.raises(InputError, match=r"nofile.txt does not exist. Expected"):
            read(tmp_path / "nofile.txt")
        with pytest.raises(InputError, match=r"is a folder"):
            read(tmp_path)
        (tmp_path / "empty.txt").touch()
        with pytest.raises(InputError, match=r"is empty"):
            read(tmp_path / "empty.txt")
        with pytest.raises(InputError, match=r"path of .*; found int"):
            read(3)

    def test_truncated_and_corrupted_gzip(self, tmp_path, read, text):
        rng = np.random.default_rng(0)
        long = text + "".join(text.splitlines(keepends=True)[-1].replace("TP53", f"G{x}") for x in rng.random(20_000))
        whole = gzip.compress(long.encode())
        (tmp_path / "t.gz").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError, match=r"truncated or damaged"):
            read(tmp_path / "t.gz")
        broken = bytearray(whole)
        broken[len(whole) // 2 : len(whole) // 2 + 64] = bytes(64)
        (tmp_path / "c.gz").write_bytes(bytes(broken))
        with pytest.raises(InputError, match=r"truncated or damaged"):
            read(tmp_path / "c.gz")

    def test_wrong_content(self, tmp_path, read, text):
        (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + bytes(range(200)))
        with pytest.raises(InputError, match=r"truncated or damaged"):
            read(tmp_path / "bad.zip")
        with zipfile.ZipFile(tmp_path / "two.zip", "w") as z:
            z.writestr("a.txt", text)
            z.writestr("b.txt", text)
        with pytest.raises(InputError, match=r"must hold one table .*'a.txt', 'b.txt'"):
            read(tmp_path / "two.zip")
        (tmp_path / "x.txt").write_bytes(b"\x00\x01\x02binary\n")
        with pytest.raises(InputError, match=r"not a text table"):
            read(tmp_path / "x.txt")
        (tmp_path / "y.txt").write_text("a\tb\n1\t2\n")
        with pytest.raises(InputError, match=r"'a', 'b'"):
            read(tmp_path / "y.txt")

    def test_header_alone(self, tmp_path, read, text):
        lines = text.splitlines(keepends=True)
        n = next(i for i, line in enumerate(lines) if not line.startswith("#"))
        with pytest.raises(InputError, match=r"h\.txt has no rows under its header\. Is it truncated"):
            read(write(tmp_path / "h.txt", "".join(lines[: n + 1])))


def test_rows_without_names_are_counted(tmp_path, caplog):
    text = ENCORI + ENCORI.splitlines(keepends=True)[-1].replace("HIF1A", " ")
    with caplog.at_level(logging.INFO, "csmir"):
        net = cs.priors.encori(write(tmp_path / "e.txt", text))
    assert len(net) == 2
    assert "4 rows (1 without a miRNA or mRNA name left out), 1 duplicates; 2 pairs" in caplog.text


def test_provenance_of_the_file(tmp_path):
    path = write(tmp_path / "encori.txt", ENCORI)
    about = cs.priors.encori(path, min_clip=2).attrs["csmir_prior"]
    assert (about["prior"], about["file"], about["rows"]) == ("ENCORI", "encori.txt", 3)
    assert len(about["sha256"]) == 64
