"""Names of a prior to names of the data: every rule, nothing guessed, round trips, other species refused."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import csmir as cs
from csmir import InputError
from csmir._names.forms import parse
from csmir.priors._closest import closest

GENES = ["TP53", "HIF1A", "C1orf112", "HLA-A"]


def net(*sources, target="TP53"):
    return pd.DataFrame({"source": list(sources), "target": target})


def status(name, mirnas, *, genes=GENES, **arguments):
    """(status, rule, matched_to) of one miRNA name, beside one that always matches."""
    report = cs.priors.reconcile(net(name, "hsa-miR-0"), [*mirnas, "hsa-miR-0"], genes, **arguments).report
    return tuple(report.set_index("name").loc[name, ["status", "rule", "matched_to"]])


@pytest.mark.parametrize(
    ("name", "mirnas", "expected"),
    [
        # exact, and exact before anything else
        ("hsa-miR-17-5p", ["hsa-miR-17-5p", "hsa-miR-17-3p"], ("matched", "exact", "hsa-miR-17-5p")),
        ("hsa-miR-17", ["hsa-miR-17", "hsa-miR-17-5p"], ("matched", "exact", "hsa-miR-17")),
        ("hsa-miR-17-5p", ["hsa-miR-17-5p", "hsa-mir-17-5p"], ("matched", "exact", "hsa-miR-17-5p")),
        # case, separators, prefix, isoform
        ("hsa-mir-17-5p", ["hsa-miR-17-5p"], ("renamed", "spelling", "hsa-miR-17-5p")),
        ("HSA-MIR-17-5P", ["hsa-miR-17-5p"], ("renamed", "spelling", "hsa-miR-17-5p")),
        ("miR-17-5p", ["hsa-miR-17-5p", "hsa-miR-17-3p"], ("renamed", "spelling", "hsa-miR-17-5p")),
        ("hsa.miR.17.5p", ["hsa-miR-17-5p"], ("renamed", "spelling", "hsa-miR-17-5p")),
        ("hsa.miR.17", ["hsa-mir-17"], ("renamed", "spelling", "hsa-mir-17")),
        ("MIR17_5P", ["hsa-miR-17-5p"], ("renamed", "spelling", "hsa-miR-17-5p")),
        ("LET_7A_2_3P", ["hsa-let-7a-2-3p"], ("renamed", "spelling", "hsa-let-7a-2-3p")),
        (" hsa-miR-17-5p ", ["hsa-miR-17-5p"], ("renamed", "spelling", "hsa-miR-17-5p")),
        ("hsa-miR-101-3p.2", ["hsa-miR-101-3p"], ("renamed", "spelling", "hsa-miR-101-3p")),
        ("hsa-miR-496.1", ["hsa-miR-496"], ("renamed", "spelling", "hsa-miR-496")),
        ("miR-17-5p", ["hsa-miR-17-5p", "hsa-mir-17-5p"], ("unmatched", "ambiguous", "")),
        # arms and stars: what miRBase says they became, whatever arms the data hold
        ("hsa-miR-17", ["hsa-miR-17-5p"], ("renamed", "release", "hsa-miR-17-5p")),
        ("hsa-miR-17", ["hsa-miR-17-5p", "hsa-miR-17-3p"], ("renamed", "release", "hsa-miR-17-5p")),
        ("hsa-miR-17", ["hsa-miR-17-3p"], ("unmatched", "release", "")),
        ("hsa-miR-17-5p", ["hsa-miR-17"], ("renamed", "release", "hsa-miR-17")),
        ("hsa-miR-17-3p", ["hsa-miR-17"], ("unmatched", "none", "")),
        ("hsa-miR-17*", ["hsa-miR-17-3p"], ("renamed", "release", "hsa-miR-17-3p")),
        ("hsa-miR-17*", ["hsa-miR-17-5p", "hsa-miR-17-3p"], ("renamed", "release", "hsa-miR-17-3p")),
        ("hsa-miR-422b", ["hsa-miR-378a-3p"], ("renamed", "release", "hsa-miR-378a-3p")),
        ("hsa-miR-340", ["hsa-miR-340-5p"], ("unmatched", "ambiguous", "")),
        ("hsa-miR-340-5p", ["hsa-miR-340"], ("unmatched", "ambiguous", "")),
        ("hsa-mir-16-1", ["hsa-miR-16-5p"], ("unmatched", "ambiguous", "")),
        ("hsa-mir-16-1", ["hsa-miR-16-5p", "hsa-miR-16-1-3p"], ("unmatched", "ambiguous", "")),
        # names that miRBase does not know
        ("hsa-miR-99999", ["hsa-miR-99999-5p"], ("unmatched", "ambiguous", "")),
        ("hsa-miR-99999-5p", ["hsa-miR-99999"], ("unmatched", "ambiguous", "")),
        ("hsa-miR-99999*", ["hsa-miR-99999-3p"], ("unmatched", "ambiguous", "")),
        ("miR-17*", ["hsa-miR-17*"], ("renamed", "spelling", "hsa-miR-17*")),
        # several in one name
        (
            "hsa-miR-17-5p;mir-20a-5p",
            ["hsa-miR-17-5p", "hsa-miR-20a-5p"],
            ("renamed", "list", "hsa-miR-17-5p;hsa-miR-20a-5p"),
        ),
        # others
        ("hsa-miR-17-5p", ["hsa-miR-17a-5p", "hsa-miR-170-5p"], ("unmatched", "none", "")),
        ("mmu-miR-17-5p", ["hsa-miR-17-5p"], ("unmatched", "none", "")),
        ("MIR17HG", ["hsa-miR-17-5p"], ("unmatched", "ambiguous", "")),
        ("a family", ["hsa-miR-17-5p"], ("unmatched", "none", "")),
    ],
)
def test_mirna_rules(name, mirnas, expected):
    assert status(name, mirnas) == expected


def test_arms_both_and_exact():
    both = ["hsa-miR-17-5p", "hsa-miR-17-3p"]
    assert status("hsa-miR-17", both, arms="both") == ("renamed", "arm", "hsa-miR-17-3p;hsa-miR-17-5p")
    assert status("hsa-miR-17", both[:1], arms="exact") == ("unmatched", "ambiguous", "")
    assert status("hsa-miR-17*", both, arms="both") == ("renamed", "release", "hsa-miR-17-3p")
    expanded = cs.priors.reconcile(net("hsa-miR-17"), both, GENES, arms="both").net
    assert expanded.to_numpy().tolist() == [["hsa-miR-17-3p", "TP53"], ["hsa-miR-17-5p", "TP53"]]
    # both arms in the prior, none said by the data, nor by miRBase
    prior = net("hsa-miR-99999-5p", "hsa-miR-99999-3p")
    nothing = cs.priors.reconcile(prior, ["hsa-miR-99999"], GENES)
    assert nothing.net.empty
    assert "'hsa-miR-99999-3p' may be 'hsa-miR-99999'" in nothing.report.attrs["nothing_left"]
    merged = cs.priors.reconcile(prior, ["hsa-miR-99999"], GENES, arms="both")
    assert merged.net.to_numpy().tolist() == [["hsa-miR-99999", "TP53"]]
    with pytest.raises(InputError, match=r"`arms` must be one of 'unique', 'both', 'exact'"):
        cs.priors.reconcile(prior, both, GENES, arms="any")


def test_a_name_that_is_taken_is_not_given_away():
    """The data's miR-107 is the prior's miR-107, so the prior's miR-107-5p is something else."""
    report = cs.priors.reconcile(net("hsa-miR-107", "hsa-miR-107-5p"), ["hsa-miR-107"], GENES).report
    status = report[report["kind"] == "mirna"].set_index("name")["status"]
    assert status.to_dict() == {"hsa-miR-107": "matched", "hsa-miR-107-5p": "unmatched"}


def test_mapping_both_ways():
    mapping = pd.DataFrame(
        {"old": ["hsa-miR-17*", "hsa-miR-1", "hsa-miR-1"], "new": ["hsa-miR-17-3p", "hsa-miR-1-5p", "hsa-miR-1-3p"]}
    )
    new, old = ["hsa-miR-17-5p", "hsa-miR-17-3p"], ["hsa-miR-17", "hsa-miR-17*"]
    assert status("hsa-miR-17*", new, mapping=mapping) == ("renamed", "mapping", "hsa-miR-17-3p")
    assert status("miR-17*", new, mapping=mapping) == ("renamed", "mapping", "hsa-miR-17-3p")
    assert status("hsa-miR-17*", ["miR-17-3p"], mapping=mapping) == ("renamed", "mapping", "miR-17-3p")
    assert status("hsa-miR-17-3p", old, mapping=mapping) == ("renamed", "mapping", "hsa-miR-17*")
    assert status("hsa-miR-17*", new, mapping={"hsa-miR-17*": "hsa-miR-17-3p"})[0] == "renamed"
    # exact names win, and two new names of which both are in the data are not chosen from
    assert status("hsa-miR-1", ["hsa-miR-1", "hsa-miR-1-3p"], mapping=mapping)[1] == "exact"
    assert status("hsa-miR-1", ["hsa-miR-1-3p", "hsa-miR-1-5p"], mapping=mapping)[1] == "ambiguous"
    assert status("hsa-miR-1", ["hsa-miR-1-3p"], mapping=mapping) == ("renamed", "mapping", "hsa-miR-1-3p")
    with pytest.raises(InputError, match=r"`mapping` lacks the columns 'old', 'new'"):
        status("x", new, mapping=mapping.rename(columns={"old": "a", "new": "b"}))
    with pytest.raises(InputError, match=r"`mapping` must be a DataFrame with columns 'old' and 'new', or a dict"):
        status("x", new, mapping=[("a", "b")])


@pytest.mark.parametrize(
    ("name", "genes", "expected"),
    [
        ("TP53", ["TP53", "tp53"], ("matched", "exact", "TP53")),
        ("tp53", ["TP53"], ("renamed", "spelling", "TP53")),
        ("C1ORF112", ["C1orf112"], ("renamed", "spelling", "C1orf112")),
        ("tp53", ["TP53", "tP53"], ("unmatched", "ambiguous", "")),
        # the mouse gene is another gene
        ("Trp53", ["TRP53"], ("unmatched", "none", "")),
        ("TRP53", ["Trp53"], ("unmatched", "none", "")),
        ("ENSG00000141510.16", ["ENSG00000141510.18"], ("renamed", "version", "ENSG00000141510.18")),
        ("ENSG00000141510", ["ENSG00000141510.18"], ("renamed", "version", "ENSG00000141510.18")),
        ("AC004.1", ["AC004.2"], ("unmatched", "none", "")),
    ],
)
def test_mrna_rules(name, genes, expected):
    prior = pd.DataFrame({"source": "hsa-miR-1", "target": [name, *(f"FILL{i}" for i in range(30))]})
    report = cs.priors.reconcile(prior, ["hsa-miR-1"], [*genes, *(f"FILL{i}" for i in range(30))]).report
    assert tuple(report.set_index("name").loc[name, ["status", "rule", "matched_to"]]) == expected


def test_gene_mapping():
    prior = pd.DataFrame({"source": "hsa-miR-1", "target": ["KIAA1", "TP53"]})
    out = cs.priors.reconcile(prior, ["hsa-miR-1"], ["NEWNAME", "TP53"], mapping={"KIAA1": "NEWNAME"})
    assert out.net["target"].tolist() == ["NEWNAME", "TP53"]


def test_merged_pairs_keep_their_provenance(caplog):
    prior = pd.DataFrame(
        {
            "source": ["miR-17-5p", "hsa-miR-17-5p", "hsa-miR-17-5p", "hsa-miR-99"],
            "target": ["TP53", "TP53", "hif1a", "TP53"],
            "prior": ["TarBase", "TargetScan", "TarBase", "TarBase"],
            "pct": [0.1, 0.9, 0.3, 0.2],
        }
    ).astype({"source": "category"})
    with caplog.at_level(logging.INFO, "csmir"):
        out = cs.priors.reconcile(prior, ["hsa-miR-17-5p"], GENES)
    assert out.net.to_numpy().tolist() == [
        ["hsa-miR-17-5p", "TP53", "TarBase;TargetScan", 0.9],
        ["hsa-miR-17-5p", "HIF1A", "TarBase", 0.3],
    ]
    assert "3 miRNAs of the prior: 1 matched, 1 renamed (1 by spelling), 1 unmatched (0 ambiguous)" in caplog.text
    assert "4 rows of the prior, 3 in the data, 2 pairs" in caplog.text
    report = out.report
    assert list(report.columns) == ["name", "kind", "status", "rule", "matched_to", "suggestion", "n_pairs"]
    assert report["n_pairs"].groupby(report["kind"]).sum().to_dict() == {"mirna": 4, "mrna": 4}


def test_suggestions():
    prior = pd.DataFrame(
        {
            "source": ["hsa-miR-340", "hsa-miR-20a-5p", "hsa-miR-30a-5p", "hsa-miRR-99a-3p", "hsa-miR-1-3p"],
            "target": ["TP53", "TP53", "HNRNPDL", "XYZ", "XYZ"],
        }
    )
    mirnas = ["hsa-miR-340-5p", "hsa-miR-20b-5p", "hsa-miR-30a-3p", "hsa-miR-99a-3p", "hsa-miR-1-3p"]
    report = cs.priors.reconcile(prior, mirnas, ["TP53", "HNRPDL", "XYZ"]).report.set_index("name")["suggestion"]
    assert report["hsa-miR-340"] == "hsa-miR-340-3p;hsa-miR-340-5p"  # both, whichever the data hold
    assert report["hsa-miR-20a-5p"] == ""  # 20b is another miRNA
    assert report["hsa-miR-30a-5p"] == ""  # and so is the other arm
    assert report["hsa-miRR-99a-3p"] == "hsa-miR-99a-3p"
    assert report["HNRNPDL"] == "HNRPDL"
    none = cs.priors.reconcile(prior, mirnas, ["TP53", "HNRPDL", "XYZ"], n_suggestions=0).report.set_index("name")
    assert none.loc["HNRNPDL", "suggestion"] == ""


def test_closest_is_difflibs_choice():
    """Whatever difflib calls the best match among thousands is what the quick way finds, or something as alike."""
    import difflib

    rng = np.random.default_rng(0)
    letters = np.array(list("ABCDEFGHIKLMNPRST0123456789"))
    known = sorted({"".join(rng.choice(letters, rng.integers(3, 9))) for _ in range(600)})
    names = [k[:i] + k[i + 1 :] for k, i in zip(known[::6], rng.integers(1, 3, 100), strict=False)] + ["QQQQQQQ"]
    found = closest(names, known)
    assert found[-1] == ""
    for name, got in zip(names[:-1], found, strict=False):
        best = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
        if best:
            ratio = [difflib.SequenceMatcher(a=c, b=name, autojunk=False).ratio() for c in (best[0], got)]
            assert ratio[1] >= ratio[0] - 1e-12
    assert closest([], known) == []
    assert closest(["A"], []) == [""]


def test_other_species_and_reversed():
    genes = [f"GENE{i}" for i in range(50)]
    human = pd.DataFrame({"source": "hsa-miR-1-3p", "target": genes})
    mouse = pd.DataFrame({"source": "mmu-miR-1a-3p", "target": [g.title() for g in genes]})
    with pytest.raises(InputError, match=r"of another species: its miRNAs start with 'mmu'"):
        cs.priors.reconcile(mouse, ["hsa-miR-1-3p"], genes)
    with pytest.raises(InputError, match=r"looks like another species: its targets are written Like1"):
        cs.priors.reconcile(mouse.assign(source="miR-1-3p"), ["hsa-miR-1-3p"], genes)
    with pytest.raises(InputError, match=r"looks like another species: its targets are written LIKE1"):
        cs.priors.reconcile(human.assign(source="miR-1a-3p"), ["mmu-miR-1a-3p"], mouse["target"])
    with pytest.raises(InputError, match=r"is reversed"):
        cs.priors.reconcile(human.set_axis(["target", "source"], axis=1), ["hsa-miR-1-3p"], genes)
    with pytest.raises(InputError, match=r"miRNAs of several species \('hsa', 'mmu'\).*priors.filter"):
        cs.priors.reconcile(pd.concat([human, mouse.assign(target=genes)]), ["miR-1-3p"], genes)
    # lower case throughout is no species' style
    assert len(cs.priors.reconcile(human.assign(target=[g.lower() for g in genes]), ["miR-1-3p"], genes).net) == 50


def test_bad_input():
    with pytest.raises(InputError, match=r"lacks the column 'target'"):
        cs.priors.reconcile(pd.DataFrame({"source": ["a"]}), ["a"], ["b"])
    with pytest.raises(InputError, match=r"1 miRNA name of the data occur.*merge_duplicates"):
        cs.priors.reconcile(net("a"), ["a", "a"], GENES)
    with pytest.raises(InputError, match=r"`n_suggestions` must be a whole number"):
        cs.priors.reconcile(net("a"), ["a"], GENES, n_suggestions=-1)
    with pytest.raises(InputError, match=r"have no pair in common: 0 of the prior's 1 sources"):
        cs.priors.reconcile(net("hsa-miR-5"), ["hsa-miR-6"], GENES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hsa-miR-17-5p", ("hsa", "mir-17", "5p")),
        ("hsa-let-7a-2-3p", ("hsa", "let-7a-2", "3p")),
        ("let-7", (None, "let-7", None)),
        ("hsa-miR-548aa", ("hsa", "mir-548aa", None)),
        ("ebv-miR-BART1-5p", ("ebv", "mir-bart1", "5p")),
        ("hsv1-miR-H1", ("hsv1", "mir-h1", None)),
        ("dme-bantam", ("dme", "bantam", None)),
        ("cel-lin-4", ("cel", "lin-4", None)),
        ("hsa-miR-17-star", ("hsa", "mir-17", "*")),
        ("miR", None),
        ("TP53", None),
        ("", None),
    ],
)
def test_parse(name, expected):
    assert parse(name) == expected


numbers = st.builds(
    lambda kind, n, letter, paralog, arm: f"hsa-{kind}-{n}{letter}{paralog}{arm}",
    st.sampled_from(["miR", "let"]),
    st.integers(1, 9_999),
    st.sampled_from(["", "a", "b", "aa"]),
    st.sampled_from(["", "-1", "-2"]),
    st.sampled_from(["-5p", "-3p"]),
)
genes = st.from_regex(r"[A-Z]{2,5}[0-9]{0,2}", fullmatch=True)
mirna_spellings = [
    str,
    str.lower,
    str.upper,
    lambda n: n[4:],
    lambda n: n.replace("-", "."),
    lambda n: n.replace("-", "_"),
    lambda n: n + ".1",
]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(numbers, min_size=1, max_size=15, unique=True),
    st.lists(genes, min_size=1, max_size=15, unique=True),
    st.data(),
)
def test_round_trip(mirnas, symbols, data):
    """A prior whose names are spelled otherwise comes back as it was, and again unchanged."""
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(mirnas), st.sampled_from(symbols)), min_size=1, unique=True))
    true = pd.DataFrame(pairs, columns=["source", "target"])
    spell = {m: data.draw(st.sampled_from(mirna_spellings))(m) for m in mirnas}
    case = {g: data.draw(st.sampled_from([str, str.lower]))(g) for g in symbols}
    spelled = pd.DataFrame({"source": true["source"].map(spell), "target": true["target"].map(case)})
    once, report = cs.priors.reconcile(spelled, mirnas, symbols)
    pd.testing.assert_frame_equal(once, true, check_dtype=False)
    assert set(report["status"]) <= {"matched", "renamed"}
    twice, again = cs.priors.reconcile(once, mirnas, symbols)
    pd.testing.assert_frame_equal(twice, once)
    assert set(again["rule"]) == {"exact"}


def test_match_report():
    mdata = cs.datasets.simulated(n_cells=8, n_mirnas=4, n_mrnas=10)
    prior = mdata.uns["prior"].assign(source=lambda d: d["source"].astype(str).str.upper())
    report = cs.priors.match_report(prior, mdata)
    assert set(report.loc[report["kind"] == "mrna", "status"]) == {"matched"}
    assert set(report.loc[report["kind"] == "mirna", "status"]) == {"renamed"}
    with pytest.raises(InputError, match=r"no modality 'microRNA'"):
        cs.priors.match_report(prior, mdata, mirna="microRNA")


def test_real_prior(shared_data):
    prior = cs.priors.read_table(shared_data / "targets" / "targetscan_7.0_human.tsv.gz")
    with np.load(shared_data / "golden" / "k562_published.npz") as k562:
        mirnas, mrnas = k562["mirna_names"], k562["mrna_names"]
    out, report = cs.priors.reconcile(prior, mirnas, mrnas)
    counts = report.groupby(["kind", "rule"]).size()
    assert counts["mirna", "exact"] == 112
    assert counts["mrna", "spelling"] == 5  # C2ORF15 and four more orf names
    # the published 60,106 pairs and those that the five renamed genes add
    assert len(out) == 60_106 + 4
    assert set(report.loc[report["rule"] == "spelling", "name"]) >= {"C2ORF15", "RPL17-C18orf32"}
