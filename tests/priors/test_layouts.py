"""Official files through the generic door: known by their header, read by their own reader, or refused by name.

Headers as the databases write them (see docs/layouts.md for where), rows invented.
"""

from __future__ import annotations

import io
import logging

import pandas as pd
import pytest

import csmir as cs
from csmir import InputError

FAMILIES = (
    "miR family\tSeed+m8\tSpecies ID\tMiRBase ID\tMature sequence\tFamily Conservation?\tMiRBase Accession\n"
    "miR-17-5p/20-5p\tAAAGUGC\t9606\thsa-miR-17-5p\tCAAAGUGCUUACAGUGCAGGUAG\t2\tMIMAT0000070\n"
    "miR-17-5p/20-5p\tAAAGUGC\t9606\thsa-miR-20a-5p\tUAAAGUGCUUAUAGUGCAGGUAG\t2\tMIMAT0000075\n"
    "miR-17-5p/20-5p\tAAAGUGC\t10090\tmmu-miR-17-5p\tCAAAGUGCUUACAGUGCAGGUAG\t2\tMIMAT0000649\n"
)
PREDICTED = (
    "miR Family\tGene ID\tGene Symbol\tTranscript ID\tSpecies ID\tUTR start\tUTR end\tMSA start\tMSA end\t"
    "Seed match\tPCT\n"
    "miR-17-5p/20-5p\tENSG01.1\tTP53\tENST01.1\t9606\t21\t28\t30\t37\t8mer\t0.85\n"
    "miR-17-5p/20-5p\tENSG01.1\tTrp53\tENST01.1\t10090\t21\t28\t30\t37\t8mer\t0.99\n"
)
COUNTS = (
    "Transcript ID\tGene Symbol\tmiRNA family\tSpecies ID\tTotal num conserved sites\tNumber of conserved 8mer sites\t"
    "Number of conserved 7mer-m8 sites\tNumber of conserved 7mer-1a sites\tTotal num nonconserved sites\t"
    "Number of nonconserved 8mer sites\tNumber of nonconserved 7mer-m8 sites\tNumber of nonconserved 7mer-1a sites\t"
    "Number of 6mer sites\tRepresentative miRNA\tTotal context++ score\t"
    "Cumulative weighted context++ score\tAggregate PCT\n"
    "ENST01.1\tTP53\tAAAGUGC\t9606\t2\t1\t1\t0\t0\t0\t0\t0\t0\thsa-miR-20a-5p\t-0.9\t-0.8\t0.9\n"
    "ENST01.1\tMYC\tAAAGUGC\t9606\t0\t0\t0\t0\t1\t1\t0\t0\t0\thsa-miR-20a-5p\t-0.1\t-0.1\tNULL\n"
    "ENST02.1\tTrp53\tAAAGUGC\t10090\t1\t1\t0\t0\t0\t0\t0\t0\t0\tmmu-miR-17-5p\t-0.5\t-0.4\t0.5\n"
)
CONTEXT = (
    "Gene ID\tGene Symbol\tTranscript ID\tGene Tax ID\tmiRNA\tSite Type\tUTR_start\tUTR end\tcontext++ score\t"
    "context++ score percentile\tweighted context++ score\tweighted context++ score percentile\n"
    "ENSG01.1\tTP53\tENST01.1\t9606\thsa-miR-101-3p.1\t3\t21\t28\t-0.50\t97\t-0.45\t96\n"
    "ENSG01.1\tTrp53\tENST01.1\t10090\tmmu-miR-17-5p\t3\t21\t28\t-0.90\t99\t-0.90\t99\n"
)
MIRTARBASE = (
    "\ufeffmiRTarBase ID,miRNA,Species (miRNA),Target Gene,Target Gene (Entrez Gene ID),Species (Target Gene),"
    "Experiments,Support Type,References (PMID)\n"
    "MIRT01,hsa-miR-17-5p,Homo sapiens,TP53,7157,Homo sapiens,qRT-PCR,Functional MTI,100\n"
    "MIRT02,hsa-miR-17-5p,Homo sapiens,MYC,4609,Homo sapiens,qRT-PCR,Non-Functional MTI,102\n"
    "MIRT03,mmu-miR-17-5p,Mus musculus,Trp53,22059,Mus musculus,qRT-PCR,Functional MTI,104\n"
)
TARBASE8 = (
    "geneId\tgeneName\tmirna\tspecies\tcell_line\ttissue\tcategory\tmethod\tpositive_negative\tdirect_indirect\tup_down\t"
    "condition\n"
    "ENSG01\tTP53\thsa-miR-17-5p\tHomo sapiens\tHeLa\tCervix\tCancer\tHITS-CLIP\tPOSITIVE\tDIRECT\tDOWN\t\n"
    "ENSG02\tMYC\thsa-miR-17-5p\tHomo sapiens\tNA\tNA\tNA\tqPCR\tNEGATIVE\tDIRECT\tUNKNOWN\t\n"
)
TARBASE9 = (
    "species\tmirna_name\tmirna_id\tgene_name\tgene_id\tgene_location\ttranscript_name\ttranscript_id\tchromosome\tstart\t"
    "end\tstrand\texperimental_method\tregulation\ttissue\tcell_line\tarticle_pubmed_id\tconfidence\tinteraction_group\t"
    "cell_type\tmicrot_score\tcomment\n"
    "Homo sapiens\thsa-miR-17-5p\tMIMAT0000070\tTP53\tENSG01\t3UTR\tTP53-201\tENST01\tchr17\t1\t2\t+\tHITS-CLIP\t"
    "Negative\tCervix\tHeLa\t100\t1\tprimary\tCancer\t0.9\t\n"
)
ENCORI = (
    "#please cite: starBase v2.0\n"
    "miRNAid\tmiRNAname\tgeneID\tgeneName\tgeneType\tchromosome\tclipExpNum\tdegraExpNum\n"
    "MIMAT0000070\thsa-miR-17-5p\tENSG01\tTP53\tprotein_coding\tchr17\t3\t0\n"
    "MIMAT0000070\thsa-miR-17-5p\tENSG02\tMYC\tprotein_coding\tchr8\t0\t0\n"
)
MICROT = (
    "TranscriptId,GeneId(name),Mirna-Name(miRBase-version),miTG-score\n"
    "ENST00000269305,ENSG00000141510(TP53),hsa-miR-17-5p(18),0.98\n"
    "UTR3,17:7571720-7571748,,0.01\n"
)
MIRDIP = (
    "Gene Symbol\tMicroRNA\tIntegrated Score\tNumber of Sources\tScore Class\tSources\n"
    "TP53\thsa-miR-17-5p\t0.91\t12\tVery High\tDIANA|TargetScan\n"
)
MULTIMIR = (
    "database,mature_mirna_acc,mature_mirna_id,target_symbol,target_entrez,target_ensembl,experiment,support_type,"
    "pubmed_id,type\n"
    "mirtarbase,MIMAT0000070,hsa-miR-17-5p,TP53,7157,ENSG01,qRT-PCR,Functional MTI,100,validated\n"
    "mirtarbase,MIMAT0000070,hsa-miR-17-5p,MYC,4609,ENSG02,qRT-PCR,Non-Functional MTI,101,validated\n"
    "tarbase,MIMAT0000070,hsa-miR-17-5p,PTEN,5728,ENSG03,qPCR,negative,102,validated\n"
)
OMNIPATH = (
    "source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_directed\tsources\n"
    "MIMAT0000070\tP04637\thsa-miR-17-5p\tTP53\t1\tmiRTarBase\n"
)
OFFICIAL = {
    "TargetScan by families": (PREDICTED, "TargetScan", {"hsa-miR-17-5p", "hsa-miR-20a-5p"}),
    "TargetScan context scores": (CONTEXT, "TargetScan", {"hsa-miR-101-3p"}),
    "TargetScan Summary_Counts": (COUNTS, "TargetScan", {"hsa-miR-17-5p", "hsa-miR-20a-5p"}),
    "miRTarBase": (MIRTARBASE, "miRTarBase", {"hsa-miR-17-5p"}),
    "TarBase 8": (TARBASE8, "TarBase", {"hsa-miR-17-5p"}),
    "TarBase 9": (TARBASE9, "TarBase", {"hsa-miR-17-5p"}),
    "ENCORI": (ENCORI, "ENCORI", {"hsa-miR-17-5p"}),
    "DIANA microT": (MICROT, "microT", {"hsa-miR-17-5p"}),
    "mirDIP": (MIRDIP, "mirDIP", {"hsa-miR-17-5p"}),
    "multiMiR": (MULTIMIR, "multiMiR", {"hsa-miR-17-5p"}),
    "OmniPath": (OMNIPATH, "OmniPath", {"hsa-miR-17-5p"}),
}


@pytest.mark.parametrize("what", OFFICIAL)
def test_official_files_through_the_generic_door(tmp_path, what):
    text, prior, sources = OFFICIAL[what]
    (tmp_path / "miR_Family_Info.txt").write_text(FAMILIES)
    path = tmp_path / "downloaded.txt"
    path.write_text(text, encoding="utf-8")
    net = cs.priors.read_table(path)
    assert set(zip(net["source"], net["target"], strict=True)) == {(s, "TP53") for s in sources}
    assert set(net["prior"]) == {prior}
    assert set(cs.priors.read_table(path, name="mine")["prior"]) == {"mine"}


@pytest.mark.parametrize("what", [w for w in OFFICIAL if w != "TargetScan by families"])
def test_official_frames(what):
    text, prior, sources = OFFICIAL[what]
    text = "\n".join(line for line in text.lstrip("\ufeff").splitlines() if not line.startswith("#"))
    frame = pd.read_csv(io.StringIO(text), sep=None, engine="python")
    net = cs.priors.read_table(frame)
    assert set(net["source"]) <= sources
    assert set(net["target"]) == {"TP53"}
    assert set(net["prior"]) == {prior}
    assert "sha256" not in net.attrs["csmir_prior"]


def test_written_again_by_r(tmp_path):
    """write.table: blanks, quotes, dots in headings, and row names that have no heading."""

    def as_r(text, sep):
        lines = [line.split("\t") for line in text.splitlines()]
        head = sep.join(f'"{h.replace(" ", ".").replace("+", ".").replace("?", ".")}"' for h in lines[0])
        rows = [sep.join([f'"{i}"', *(f'"{f}"' for f in line)]) for i, line in enumerate(lines[1:], start=1)]
        return "\n".join([head, *rows]) + "\n"

    for sep in " \t,":
        (tmp_path / "miR_Family_Info.txt").write_text(as_r(FAMILIES, sep))
        (tmp_path / "predictions.txt").write_text(as_r(PREDICTED, sep))
        net = cs.priors.read_table(tmp_path / "predictions.txt")
        assert net[["source", "target", "pct"]].to_numpy().tolist() == [
            ["hsa-miR-17-5p", "TP53", 0.85],
            ["hsa-miR-20a-5p", "TP53", 0.85],
        ]
        assert len(cs.priors.families(tmp_path / "miR_Family_Info.txt")) == 2


def test_summary_counts(tmp_path, caplog):
    path = tmp_path / "Summary_Counts.all_predictions.txt"
    path.write_text(COUNTS)
    with caplog.at_level(logging.WARNING, "csmir"):
        alone = cs.priors.targetscan(path)
    assert "each is its representative miRNA alone" in caplog.text
    assert alone.iloc[:, :5].to_numpy().tolist() == [["hsa-miR-20a-5p", "TP53", 2, -0.8, 0.9]]
    mouse = cs.priors.read_table(path, species="mmu")
    assert mouse[["source", "target"]].to_numpy().tolist() == [["mmu-miR-17-5p", "Trp53"]]
    (tmp_path / "families.txt").write_text(FAMILIES)
    whole = cs.priors.targetscan(path, family_info=tmp_path / "families.txt", max_context_score=-0.5, min_pct=0.5)
    assert whole["source"].tolist() == ["hsa-miR-17-5p", "hsa-miR-20a-5p"]


def test_refused_by_name(tmp_path):
    (tmp_path / "f.txt").write_text(FAMILIES)
    with pytest.raises(InputError, match=r"TargetScan's table of miRNA families and holds no targets"):
        cs.priors.read_table(tmp_path / "f.txt")
    (tmp_path / "p.txt").write_text(TARBASE8)
    with pytest.raises(InputError, match=r"is a file of TarBase, not all rows of which are pairs.*'mirna', 'geneName'"):
        cs.priors.read_table(tmp_path / "p.txt", source="mirna", target="geneId")
    assert len(cs.priors.read_table(tmp_path / "p.txt", source="mirna", target="geneName")) == 1


@pytest.mark.parametrize(
    "header",
    [
        "mir,gene",  # the authors' own
        "mature_mirna_id,target_symbol",
        "miRNA_ID,Target_Gene",
        "microRNA,target",
        "miRNAs,Genes",
        "Mature miRNA,Gene Name",
        "#miRNA,Target",
        "# made by hand\n#miRNA,Target",
        "# made by hand\nmiRNA,Target",
    ],
)
@pytest.mark.parametrize("sep", [",", "\t"])
def test_usual_headings(tmp_path, header, sep):
    path = tmp_path / "prior.txt"
    path.write_text(f"{header}\nhsa-miR-17-5p,TP53\nhsa-let-7a-5p,MYC\n".replace(",", sep))
    net = cs.priors.read_table(path)
    assert net[["source", "target"]].to_numpy().tolist() == [["hsa-miR-17-5p", "TP53"], ["hsa-let-7a-5p", "MYC"]]


def test_lines_about_the_download_before_the_header(tmp_path):
    path = tmp_path / "mirDIP.txt"
    path.write_text("Generated at: 2024-01-01\nFilters:\tVery High\n\n" + MIRDIP)
    assert cs.priors.read_table(path).iloc[0, :3].tolist() == ["hsa-miR-17-5p", "TP53", 0.91]
    path.write_text("mirbase,what,score\nhsa-miR-17-5p,TP53,1\n")
    with pytest.raises(InputError, match=r"has no column 'source' or 'mirna'"):
        cs.priors.read_table(path)


def test_no_header(tmp_path, caplog):
    path = tmp_path / "miRDB_v6.0_prediction_result.txt"
    path.write_text("hsa-miR-17-5p\tNM_000546\t91.5\nhsa-let-7a-5p\tNM_002467\t80\n")
    with caplog.at_level(logging.WARNING, "csmir"):
        net = cs.priors.read_table(path)
    assert net.iloc[:, :3].to_numpy().tolist() == [
        ["hsa-miR-17-5p", "NM_000546", 91.5],
        ["hsa-let-7a-5p", "NM_002467", 80.0],
    ]
    assert "has no header and was read as miRDB's" in caplog.text
    path.write_text("hsa-miR-17-5p\tTP53\nhsa-let-7a-5p\tMYC\n")
    with pytest.raises(InputError, match=r"has no header: its first line holds data \(hsa-miR-17-5p, TP53\)"):
        cs.priors.read_table(path)


def test_a_real_mirtarbase_file_through_the_generic_door(shared_data):
    path = shared_data / "formats" / "hsa_MTI.csv"
    net = cs.priors.read_table(path)
    assert net.equals(cs.priors.mirtarbase(path))
    raw = pd.read_csv(path, encoding="utf-8-sig")
    negative = raw[raw["Support Type"].str.startswith("Non-Functional")]
    functional = raw[raw["Support Type"].str.startswith("Functional")]
    never = set(zip(negative["miRNA"], negative["Target Gene"], strict=True)) - set(
        zip(functional["miRNA"], functional["Target Gene"], strict=True)
    )
    assert len(never) > 20
    assert not never & set(zip(net["source"], net["target"], strict=True))


@pytest.mark.parametrize(
    ("heading", "no", "yes"),
    [
        ("positive_negative", "NEGATIVE", "POSITIVE"),
        ("support_type", "Non-Functional MTI (Weak)", "Functional MTI"),
        ("Evidence", "negative", "positive"),
    ],
)
def test_negative_evidence_of_any_table_is_no_pair(tmp_path, caplog, heading, no, yes):
    rows = [("hsa-miR-21-5p", "PTEN", no), ("hsa-miR-21-5p", "MYC", yes), ("hsa-miR-155-5p", "PTEN", "")]
    frame = pd.DataFrame(rows, columns=["mirna", "gene", heading])
    frame.to_csv(tmp_path / "mine.csv", index=False)
    for table in (tmp_path / "mine.csv", frame):
        caplog.clear()
        net = cs.priors.read_table(table)
        assert net[["source", "target"]].to_numpy().tolist() == [["hsa-miR-21-5p", "MYC"], ["hsa-miR-155-5p", "PTEN"]]
        assert list(net.columns) == ["source", "target", "prior"]
        assert "1 rows say that a pair does not interact" in caplog.text
    asked = cs.priors.read_table(frame, evidence=heading)
    assert asked["evidence"].tolist() == [yes, ""]


def test_sites_of_microt_are_no_pairs(tmp_path):
    text = "TranscriptId,GeneId(name),Mirna-Name(miRBase-version),miTG-score\n"
    text += "ENST1,ENSG00000171862(PTEN),hsa-let-7a-5p(18),0.9\nUTR3,10:89-97,8mer,0.01\nCDS,10:9-17,7mer,0.02\n"
    (tmp_path / "microt.csv").write_text(text)
    net = cs.priors.read_table(tmp_path / "microt.csv")
    assert net[["source", "target"]].to_numpy().tolist() == [["hsa-let-7a-5p", "PTEN"]]


def test_a_row_is_no_header(tmp_path):
    """RNAInter's rows hold the words miRNA and mRNA."""
    text = "ID\tInteractor1.Symbol\tCategory1\tInteractor2.Symbol\tCategory2\nR1\thsa-miR-21-5p\tmiRNA\tPTEN\tmRNA\n"
    (tmp_path / "rnainter.tsv").write_text(text + text.splitlines()[1].replace("21", "22") + "\n")
    with pytest.raises(cs.InputError, match="Interactor1"):
        cs.priors.read_table(tmp_path / "rnainter.tsv")
    net = cs.priors.read_table(tmp_path / "rnainter.tsv", source="Interactor1.Symbol", target="Interactor2.Symbol")
    assert net["source"].tolist() == ["hsa-miR-21-5p", "hsa-miR-22-5p"]
