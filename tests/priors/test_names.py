"""Names as the field writes them: compounds, isomiRs, old names, hairpins, genes, accessions, spellings, mappings."""

from __future__ import annotations

import gzip
import importlib.util
import lzma
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

import csmir as cs
from csmir._names import compounds, forms, mirbase

ROOT = Path(__file__).resolve().parents[2]


def matched(sources, mirnas, *, targets=None, genes=("PTEN", "MYC", "TP53"), **arguments):
    """Name -> (status, rule, matched_to, suggestion), beside a pair that always matches."""
    net = pd.DataFrame({"source": [*sources, "hsa-miR-0"], "target": [*(targets or ["PTEN"] * len(sources)), "ANCHOR"]})
    out = cs.priors.reconcile(net, [*mirnas, "hsa-miR-0"], [*genes, "ANCHOR"], **arguments)
    table = out.report.set_index("name")[["status", "rule", "matched_to", "suggestion"]]
    return {name: tuple(row) for name, row in table.T.to_dict("list").items()}


@pytest.mark.parametrize(
    ("data", "members"),
    [
        ("hsa-let-7a-5p/7c-5p", ["hsa-let-7a-5p", "hsa-let-7c-5p"]),  # miRge
        ("hsa-miR-103a-3p/107", ["hsa-miR-103a-3p", "hsa-miR-107"]),
        ("hsa-let-7a-5p/98-5p", ["hsa-let-7a-5p", "hsa-miR-98-5p"]),
        ("hsa-miR-199a/b-3p", ["hsa-miR-199a-3p", "hsa-miR-199b-3p"]),
        ("hsa-miR-17/20a-5p", ["hsa-miR-17-5p", "hsa-miR-20a-5p"]),
        ("hsa-miR-199a-3p|hsa-miR-199b-3p", ["hsa-miR-199a-3p", "hsa-miR-199b-3p"]),  # exceRpt
        ("hsa-miR-106a-5p+hsa-miR-17-5p", ["hsa-miR-106a-5p", "hsa-miR-17-5p"]),  # NanoString
        ("hsa-miR-21-5p:MIMAT0000076:Homo:sapiens:miR-21-5p", ["hsa-miR-21-5p"]),
        (
            "hsa-miR-199a-3p:MIMAT0000232:Homo:sapiens:miR-199a-3p|hsa-miR-199b-3p:MIMAT0004563:Homo:sapiens:miR-199b-3p",
            ["hsa-miR-199a-3p", "hsa-miR-199b-3p"],
        ),
        ("hsa-miR-21-5p_MIMAT0000076", ["hsa-miR-21-5p"]),
        ("MIMAT0000076|hsa-miR-21-5p", ["hsa-miR-21-5p"]),
        ("hsa-miR-21-5p MIMAT0000076 Homo sapiens miR-21-5p", ["hsa-miR-21-5p"]),  # a header of mature.fa
        ("hsa-miR-4454+hsa-miR-7975", ["hsa-miR-4454", "hsa-miR-7975"]),
        ("hsa-miR-1-3p/206", ["hsa-miR-1-3p", "hsa-miR-206"]),
        ("MIMAT0000062/MIMAT0000064", ["hsa-let-7a-5p", "hsa-let-7c-5p"]),
    ],
)
def test_each_member_of_a_compound_is_matched_to_it(data, members):
    report = matched(members, [data])
    assert {report[m] for m in members} == {("renamed", "list", data, "")}


def test_a_name_of_its_own_goes_before_a_compound():
    report = matched(["hsa-let-7a-5p", "let-7a-5p"], ["hsa-let-7a-5p", "hsa-let-7a-5p/7c-5p"])
    assert [report[n][2] for n in ("hsa-let-7a-5p", "let-7a-5p")] == ["hsa-let-7a-5p"] * 2


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("hsa-miR-21-5p|+1", "hsa-miR-21-5p"),
        ("hsa-miR-21-5p|0|-1", "hsa-miR-21-5p"),
        ("hsa-miR-21-5p;iso_5p:+1", "hsa-miR-21-5p"),
        ("hsa-miR-21-5p+1", "hsa-miR-21-5p"),
        ("hsa-miR-155-5p,nonsense", "hsa-miR-155-5p"),
        ("hsa-miR-21-5p.ref", "hsa-miR-21-5p"),
        ("hsa-microRNA-155-5p", "hsa-miR-155-5p"),
        ("hsa-miR-155-5p_MIMAT0000646", "hsa-miR-155-5p"),
        ("hsa-miR-155_st", "hsa-miR-155-5p"),
        ("has-miR-21-5p", "hsa-miR-21-5p"),
        ("Hsa-Mir-17-P1a_5p", ""),  # MirGeneDB numbers by descent
    ],
)
def test_what_is_no_name_is_unmatched_with_a_suggestion(name, suggestion):
    data = ["hsa-miR-21-5p", "hsa-miR-21-3p", "hsa-miR-155-5p", "hsa-miR-17-5p"]
    report = matched([name, "hsa-miR-21-5p", "hsa-miR-155-5p"], data)
    assert report[name] == ("unmatched", "none", "", suggestion)
    isomirs = matched(["hsa-miR-21-5p"], [name]) if suggestion == "hsa-miR-21-5p" and "has-" not in name else {}
    assert all(row[0] == "unmatched" for n, row in isomirs.items() if n == "hsa-miR-21-5p")


def test_what_holds_a_name_and_more_is_suggested_for_it():
    data = ["hsa-miR-21-5p;iso_5p:+1", "hsa-miR-21-5p|ref", "hsa-miR-21-3p", "hsa-miR-155-5p_st"]
    report = matched(["hsa-miR-21-5p", "hsa-miR-155"], data)
    assert report["hsa-miR-21-5p"] == ("unmatched", "none", "", "hsa-miR-21-5p;iso_5p:+1;hsa-miR-21-5p|ref")
    assert report["hsa-miR-155"] == ("unmatched", "release", "", "hsa-miR-155-5p_st")


def test_capitals_do_not_tell_a_hairpin_from_its_mature():
    data = ["hsa-miR-21-5p", "hsa-miR-21-3p", "hsa-let-7a-5p"]
    assert matched(["HSA-MIR-21"], data)["HSA-MIR-21"] == ("unmatched", "ambiguous", "", ";".join(sorted(data[:2])))
    assert matched(["HSA-MIR-21", "HSA-MIR-155-5P"], data)["HSA-MIR-21"][:3] == ("renamed", "release", data[0])
    assert matched(["\ufeffhsa-miR-21-5p\u200b"], data)["\ufeffhsa-miR-21-5p\u200b"][:2] == ("renamed", "spelling")


def test_the_other_arm_is_never_suggested():
    report = matched(["hsa-miR-21-5p.ref", "hsa-miR-30a-5p"], ["hsa-miR-21-3p", "hsa-miR-30a-3p"])
    assert {report[n][3] for n in ("hsa-miR-21-5p.ref", "hsa-miR-30a-5p")} == {""}


def test_old_names_go_where_mirbase_says():
    old = ["hsa-miR-145", "hsa-miR-106b", "hsa-miR-30a"]
    report = matched(old, [f"{n}-3p" for n in old])
    assert [report[n] for n in old] == [("unmatched", "release", "", f"{n}-5p") for n in old]
    report = matched(old, [f"{n}-{arm}" for n in old for arm in ("3p", "5p")])
    assert [report[n] for n in old] == [("renamed", "release", f"{n}-5p", "") for n in old]
    # known, and another miRNA is in the data
    assert matched(["hsa-miR-147b"], ["hsa-miR-147b-5p"])["hsa-miR-147b"] == ("unmatched", "release", "", "")
    # names of two accessions
    for name in ("hsa-miR-34b", "hsa-miR-340", "hsa-miR-425", "hsa-miR-488"):
        row = matched([name], [f"{name}-5p"])[name]
        assert row[:3] == ("unmatched", "ambiguous", "")
        assert set(row[3].split(";")) >= {f"{name}-3p"}
    # without prefixes, and of other species
    assert matched(["miR-145"], ["miR-145-5p"])["miR-145"][:2] == ("renamed", "release")
    assert matched(["mmu-miR-145"], ["mmu-miR-145a-5p"])["mmu-miR-145"][:2] == ("renamed", "release")
    assert matched(["dme-bantam"], ["dme-bantam-3p"])["dme-bantam"][2] == "dme-bantam-3p"


def test_hairpins():
    prior, data = ["hsa-miR-16-5p", "hsa-miR-16-1-3p"], ["hsa-mir-16-1", "hsa-mir-16-2"]
    report = matched(prior, data)
    assert report["hsa-miR-16-5p"] == ("unmatched", "ambiguous", "", "hsa-mir-16-1;hsa-mir-16-2")
    assert report["hsa-miR-16-1-3p"] == ("unmatched", "ambiguous", "", "hsa-mir-16-1")
    both = matched(prior, data, arms="both")
    assert both["hsa-miR-16-5p"][:3] == ("renamed", "hairpin", "hsa-mir-16-1;hsa-mir-16-2")
    assert both["hsa-miR-16-1-3p"][:3] == ("renamed", "hairpin", "hsa-mir-16-1")
    loci = ["hsa-let-7a-1", "hsa-let-7a-2", "hsa-let-7a-3"]
    both = matched(["hsa-let-7a-5p", "hsa-let-7a-3p", "hsa-let-7a-2-3p"], loci, arms="both")
    assert both["hsa-let-7a-5p"][2] == ";".join(loci)
    assert both["hsa-let-7a-3p"][2] == "hsa-let-7a-1;hsa-let-7a-3"  # the second locus has a 3p of its own
    assert both["hsa-let-7a-2-3p"][2] == "hsa-let-7a-2"
    # TCGA's names are of an old release
    assert matched(["hsa-miR-103a-3p"], ["hsa-mir-103-1"], arms="both")["hsa-miR-103a-3p"][2] == "hsa-mir-103-1"
    assert matched(["hsa-mir-103-1"], ["hsa-mir-103a-1"])["hsa-mir-103-1"][:2] == ("renamed", "release")
    # loci summed: mir-16 stands for both, and mir-103 for what is mir-103a now
    assert matched(["hsa-miR-103a-3p"], ["hsa-mir-103"], arms="both")["hsa-miR-103a-3p"][2] == "hsa-mir-103"
    assert matched(prior, ["hsa-mir-16"], arms="both")["hsa-miR-16-1-3p"][2] == "hsa-mir-16"


def test_symbols_of_genes():
    data = ["MIR142", "MIRLET7F1", "MIR92A1", "MIR16-1", "MIR17HG"]
    prior = ["hsa-miR-142-3p", "hsa-miR-142-5p", "hsa-let-7f-5p", "hsa-miR-92a-3p", "hsa-miR-16-5p", "hsa-miR-17-5p"]
    to = ["MIR142", "MIR142", "MIRLET7F1", "MIR92A1", "MIR16-1", "MIR17HG"]
    report, both = matched(prior, data), matched(prior, data, arms="both")
    assert [report[n] for n in prior] == [("unmatched", "ambiguous", "", t) for t in to]
    assert [both[n][:3] for n in prior] == [("renamed", "gene", t) for t in to]
    # a hairpin and its gene are one thing; a host gene and its hairpin are not
    assert matched(["MIR16-1"], ["hsa-mir-16-1"])["MIR16-1"][:3] == ("renamed", "gene", "hsa-mir-16-1")
    assert matched(["MIR17HG"], ["hsa-mir-17"])["MIR17HG"][0] == "unmatched"
    assert matched(["hsa-miR-142-3p"], ["Mir142"], arms="both")["hsa-miR-142-3p"][2] == "Mir142"


def test_accessions():
    report = matched(["hsa-miR-21-5p", "hsa-miR-21", "miR-21-5p"], ["MIMAT0000076"])
    assert {report[n][:3] for n in ("hsa-miR-21-5p", "hsa-miR-21", "miR-21-5p")} == {
        ("renamed", "accession", "MIMAT0000076")
    }
    assert matched(["MIMAT0000076"], ["hsa-miR-21-5p"])["MIMAT0000076"][:2] == ("renamed", "accession")
    assert matched(["MI0000077"], ["hsa-miR-21-5p"])["MI0000077"] == ("unmatched", "ambiguous", "", "hsa-miR-21-5p")
    assert matched(["MIMAT9999999"], ["hsa-miR-21-5p"])["MIMAT9999999"][0] == "unmatched"


def test_mappings_compose_with_the_other_rules():
    genes = ["ENSG00000171862.11", "ENSG00000141510.18"]
    mapping = {"PTEN": "ENSG00000171862", "TP53": "ENSG00000141510"}
    two = ["hsa-miR-21-5p"] * 2
    report = matched(two, two[:1], targets=["PTEN", "TP53"], genes=genes, mapping=mapping)
    assert [report[g][:3] for g in ("PTEN", "TP53")] == [("renamed", "mapping", g) for g in genes]
    report = matched(two[:1], two[:1], targets=genes[:1], genes=["PTEN"], mapping={"ENSG00000171862": "PTEN"})
    assert report[genes[0]][:3] == ("renamed", "mapping", "PTEN")
    aliases = pd.DataFrame({"old": ["MIMAT0000732"], "new": ["hsa-miR-378;hsa-miR-422b;hsa-miR-378a-3p;"]})
    row = matched(["hsa-miR-378"], ["hsa-miR-378a-3p"], mapping=aliases)["hsa-miR-378"]
    assert row[:3] == ("renamed", "mapping", "hsa-miR-378a-3p")
    aliases.loc[1] = ["MIMAT0000731", "hsa-miR-378;hsa-miR-378*;hsa-miR-378a-5p;"]
    row = matched(["hsa-miR-378"], ["hsa-miR-378a-3p"], mapping=aliases)["hsa-miR-378"]
    assert row[:2] == ("unmatched", "ambiguous")  # by the whole file it was the name of two
    report = matched(
        ["hsa-miR-21-5p"], ["hsa-miR-21-5p"], targets=["p53"], genes=["tp53", "nanog"], mapping={"p53": "TP53"}
    )
    assert report["p53"][0] == "unmatched"  # zebrafish


@pytest.mark.parametrize(
    ("name", "gene", "rule"),
    [
        ("PTEN_ENSG00000171862", "PTEN", "list"),
        ("PTEN", "ENSG00000171862.11|PTEN", "list"),
        ("ENSG00000171862.4", "ENSG00000171862(PTEN)", "list"),
        ("ENSG00000171862(PTEN)", "ENSG00000171862.11", "list"),
        ("PTEN", "PTEN|5728", "list"),
        ("14-Sep", "SEPTIN14", "excel"),
        ("SEPT7", "7-Sep", "excel"),
        ("SEPT7", "SEPTIN7", None),
    ],
)
def test_genes(name, gene, rule):
    row = matched(["hsa-miR-21-5p"], ["hsa-miR-21-5p"], targets=[name], genes=[gene, "MYC", "TP53"])[name]
    assert row[:3] == (("renamed", rule, gene) if rule else ("unmatched", "none", ""))


def test_dates_of_two_genes_are_not_decided():
    row = matched(["hsa-miR-21-5p"], ["hsa-miR-21-5p"], targets=["1-Mar"], genes=["MARCHF1"])["1-Mar"]
    assert row == ("unmatched", "ambiguous", "", "MARCHF1")


def test_species():
    net = pd.DataFrame(
        {"source": ["hsa-miR-21-5p", "hsv1-miR-H4-5p", "sv40-miR-S1-5p", "ebv-miR-BART1-5p"], "target": "A"}
    )
    assert cs.priors.filter(net, species="hsa")["source"].tolist() == ["hsa-miR-21-5p"]
    assert cs.priors.filter(net, species="hsv1")["source"].tolist() == ["hsv1-miR-H4-5p"]
    fish = pd.DataFrame({"source": "miR-21-5p", "target": ["NANOG", "SOX2", "tp53"]})
    out = cs.priors.reconcile(fish, ["dre-miR-21-5p"], ["nanog", "sox2", "tp53"])
    assert out.net["target"].tolist() == ["tp53"]
    many = pd.DataFrame({"source": "miR-21-5p", "target": [f"GENE{i}" for i in range(40)]})
    with pytest.raises(cs.InputError, match=r"written LIKE1 \(human\).*like1 \(zebrafish, frog\)"):
        cs.priors.reconcile(many, ["dre-miR-21-5p"], [f"gene{i}" for i in range(40)])


@pytest.mark.parametrize("hyphen", "\u2010\u2011\u2012\u2013\u2014\u2212")
def test_typographic_hyphens(hyphen):
    name = "hsa-miR-21-5p".replace("-", hyphen)
    assert matched([name], ["hsa-miR-21-5p"])[name][:3] == ("renamed", "spelling", "hsa-miR-21-5p")
    assert matched(["hsa-miR-21-5p"], [name])["hsa-miR-21-5p"][:3] == ("renamed", "spelling", name)


def test_viral_names_in_small_letters():
    report = matched(["kshv-mir-k12-10a-5p"], ["kshv-miR-K12-10a-5p"])
    assert report["kshv-mir-k12-10a-5p"][2] == "kshv-miR-K12-10a-5p"


def test_families_of_targetscan_are_no_lists():
    row = matched(["miR-17-5p/20-5p/93-5p"], ["hsa-miR-17-5p", "hsa-miR-93-5p"])["miR-17-5p/20-5p/93-5p"]
    assert row == ("unmatched", "none", "", "hsa-miR-17-5p;hsa-miR-93-5p")


@pytest.mark.parametrize(
    ("source", "data", "why"),
    [
        ("hsa-miR-16-5p", "hsa-mir-16-1", r"mature miRNAs, the other hairpins, which give two each.*arms='both'"),
        ("hsa-miR-145", "hsa-miR-145-3p", r"'hsa-miR-145 is hsa-miR-145-5p now', and the data lack them"),
        ("hsa-miR-340", "hsa-miR-340-5p", r"'hsa-miR-340' may be 'hsa-miR-340-3p;hsa-miR-340-5p'"),
    ],
)
def test_nothing_left_for_a_reason(source, data, why, caplog):
    """The report tells, and a warning says what to do, where no pair is left but it is known why."""
    caplog.set_level("WARNING", "csmir")
    net, report = cs.priors.reconcile(pd.DataFrame({"source": [source], "target": ["PTEN"]}), [data], ["PTEN"])
    assert net.empty
    assert list(net.columns) == ["source", "target"]
    assert report["status"].tolist() == ["unmatched", "matched"]
    assert re.search(why, report.attrs["nothing_left"])
    assert re.search(why, caplog.text)
    assert "cs.priors.reconcile" not in report.attrs["nothing_left"]


def test_the_error_of_reconcile_says_what_to_do():
    net = pd.DataFrame({"source": ["hsa-miR-16-5p"], "target": ["PTEN"]})
    with pytest.raises(cs.InputError, match=r"of the data are Ensembl identifiers.*mapping=.*gene_symbols") as e:
        cs.priors.reconcile(net, ["hsa-miR-16-5p"], ["ENSG00000171862.11"])
    assert "cs.priors.reconcile" not in str(e.value)
    with pytest.raises(cs.InputError, match=r"no pair in common: 0 of the prior's 1 sources"):
        cs.priors.reconcile(net, ["hsa-miR-17-5p"], ["PTEN"])


def test_the_table_knows_every_form_of_mirbase():
    names = [n for key in mirbase._sections() for row in mirbase._rows(*key) for n in row]
    odd = {n for n in names if forms.form(n) is None}
    assert len(names) > 70_000
    assert odd == {"hsa-mir-105-X.1", "hsa-mir-105-X.2", "oha-miR-451-??", "ppy-miR-517c-??", "tgu-mit-1756"}
    assert mirbase.accessions()["MIMAT0000437"] == "hsa-miR-145-5p"
    assert not [n for n in names[:2000] if n not in odd and compounds.members(n) != (n,)]
    human = mirbase.release("hsa").hairpin
    today = [s for s, now in human.items() if now == (s,) and s[-1] not in "xs"]
    assert [s for s in today if forms.form(forms.symbol_of(s)).stem != s] == []


def _benchmark(name):
    if not (ROOT / "benchmarks" / f"{name}.py").is_file():
        pytest.skip("the benchmarks are not part of this copy of csmir")
    sys.path.insert(0, str(ROOT))
    try:
        spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", ROOT / "benchmarks" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT))
    return module


def test_the_shipped_table_is_what_its_script_makes(shared_data):
    made = _benchmark("mirbase_names").compact(shared_data / "formats" / "mirbase_aliases.txt.gz")
    assert lzma.decompress(mirbase.TABLE.read_bytes()).decode() == made
    with gzip.open(shared_data / "formats" / "mirbase_aliases.txt.gz", "rt") as f:
        rows = dict(line.rstrip("\n").split("\t") for line in f)
    assert {a: n.rstrip(";").rpartition(";")[2] for a, n in rows.items()} == mirbase.accessions()


def test_no_old_name_goes_to_another_arm(shared_data, monkeypatch):
    """Every old human name of one accession, on the names of K562 and PSCSR-seq, judged by miRBase's own file."""
    monkeypatch.setenv("CSMIR_TEST_DATA", str(shared_data))
    monkeypatch.setenv("CSMIR_DATA_DIR", str(shared_data / "k562"))
    module = _benchmark("renames")
    of = module.accessions(shared_data / "formats" / "mirbase_aliases.txt.gz")
    for title, known in module.names_of_data(shared_data).items():
        table = module.renames(known, of)
        assert len(table) > 100, title
        assert table.loc[~table["right"], ["name", "matched_to"]].to_numpy().tolist() == [], title


@pytest.mark.parametrize(
    ("data", "prior"),
    [
        ("hsa-miR-21-5p/3p", ["hsa-miR-21-5p", "hsa-miR-21-3p"]),
        ("hsa-miR-1323/548o-3p", ["hsa-miR-1323", "hsa-miR-548o-3p"]),  # the first has no arm, and needs none
        ("hsa-miR-17-5p_hsa-miR-106a-5p", ["hsa-miR-17-5p", "hsa-miR-106a-5p"]),
    ],
)
def test_more_compound_names(data, prior):
    net = pd.DataFrame({"source": prior, "target": ["PTEN", "MYC"]})
    made = cs.priors.reconcile(net, [data], ["PTEN", "MYC"])
    assert made.net[["source", "target"]].to_numpy().tolist() == [[data, "PTEN"], [data, "MYC"]]


def test_a_compound_name_of_the_prior():
    names = ["hsa-miR-23a-3p", "hsa-miR-23b-3p"]
    net = pd.DataFrame({"source": ["hsa-miR-23a-3p/23b-3p"], "target": ["PTEN"]})
    assert cs.priors.reconcile(net, names, ["PTEN"]).net["source"].tolist() == names
    assert compounds.abbreviated("hsa-miR-10a-5p/1")  # no miRNA of today
    assert compounds.abbreviated("miR-17-5p/20-5p")


@pytest.mark.parametrize(
    ("prior", "data", "hint"),
    [
        ("ath-miR829-3p.1", "ath-miR829-3p.2", ""),  # MIMAT0004245 and MIMAT0004246
        ("ath-miR829.1", "ath-miR829-3p.2", ""),
        ("mmu-miR-3102-5p.2", "mmu-miR-3102-5p", ""),
        ("hsa-miR-101-3p.1", "hsa-miR-101-3p.2", ""),
        ("hsa-miR-155-002623", "hsa-miR-155-5p", "hsa-miR-155-5p"),  # numbers of assays
        ("hsa-miR-155-4373430", "hsa-miR-155-5p", "hsa-miR-155-5p"),
    ],
)
def test_numbers_at_the_end_of_a_name(prior, data, hint):
    net = pd.DataFrame({"source": [prior, "hsa-miR-7-5p"], "target": ["PTEN", "PTEN"]})
    report = cs.priors.reconcile(net, [data, "hsa-miR-7-5p"], ["PTEN"]).report.set_index("name")
    assert report.loc[prior, ["status", "suggestion"]].tolist() == ["unmatched", hint]


def test_accessions_of_copies_and_of_species():
    net = pd.DataFrame({"source": ["MIMAT0000646_1"], "target": ["PTEN"]})
    assert cs.priors.reconcile(net, ["hsa-miR-155-5p"], ["PTEN"]).net["source"].tolist() == ["hsa-miR-155-5p"]
    both = pd.DataFrame({"source": ["MIMAT0000646", "mmu-miR-155-5p"], "target": ["PTEN", "Pten"]})
    assert cs.priors.filter(both, species="mmu")["source"].tolist() == ["mmu-miR-155-5p"]


def test_a_date_of_the_data_that_may_be_two_genes():
    found = matched(["hsa-miR-7-5p"] * 2, ["hsa-miR-7-5p"], targets=["MARCHF1", "SEPTIN2"], genes=["1-Mar", "2-Sep"])
    assert found["MARCHF1"] == ("unmatched", "ambiguous", "", "1-Mar")  # or MTARC1
    assert found["SEPTIN2"] == ("renamed", "excel", "2-Sep", "")
