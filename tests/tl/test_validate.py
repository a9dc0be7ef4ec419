from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest

import csmir as cs

CELLS = {
    "a": [("m0", "g0"), ("m0", "g1"), ("m0", "g2"), ("m1", "g0")],
    "b": [("m0", "g0"), ("m1", "g0"), ("m2", "g1")],
    "c": [],
}
TRUTH = pd.DataFrame(
    [("m0", "g0"), ("m0", "g2"), ("m0", "g2"), ("m2", "g5"), ("other", "g1")], columns=["source", "target"]
)
DISEASE = ["m0", "g1", "g2", "m2", "elsewhere"]


@pytest.fixture
def mdata(make_networks):
    mdata = make_networks(CELLS)
    cs.tl.hubs(mdata, fraction=0.4)  # a: m0 of m0, m1; b: ceil(0.4 * 3) = 2, by name m0 and m1
    return mdata


def test_by_hand(mdata):
    cs.tl.validate(mdata, TRUTH, disease=DISEASE)
    reg = mdata["regulation"]
    nan = np.nan
    np.testing.assert_allclose(reg.obs["pct_validated"], [100 * 2 / 4, 100 * 1 / 3, nan])
    # a: the three edges of m0, two of them validated; b: edges m0-g0 (validated) and m1-g0
    np.testing.assert_allclose(reg.obs["pct_validated_hubs"], [100 * 2 / 3, 50, nan])
    # a: m0-g1 and m0-g2 have both ends in the list; b: m2-g1
    np.testing.assert_allclose(reg.obs["pct_disease"], [50, 100 / 3, nan])
    np.testing.assert_allclose(reg.obs["pct_disease_hubs"], [100, 50, nan])
    validated = reg.var.loc[reg.var["validated"], ["mirna", "mrna"]].astype(str).to_numpy().tolist()
    assert validated == [["m0", "g0"], ["m0", "g2"]]
    assert reg.uns["csmir"]["validate"]["n_truth"] == 3  # m2-g5 is a pair of the data, though not of the networks


def test_mirna_mrna_columns_and_the_networks_alone(mdata):
    cs.tl.validate(mdata, TRUTH)
    reg = mdata["regulation"].copy()
    cs.tl.validate(reg, TRUTH.set_axis(["mirna", "mrna"], axis=1))
    pd.testing.assert_series_equal(reg.obs["pct_validated"], mdata["regulation"].obs["pct_validated"])
    assert "pct_disease" not in reg.obs


def test_agrees_with_sets(random_networks):
    rng = np.random.default_rng(0)
    prior = random_networks["regulation"].var[["mirna", "mrna"]].astype(str)
    truth = prior[rng.random(len(prior)) < 0.4]
    known = set(map(tuple, truth.to_numpy()))
    cs.tl.validate(random_networks, truth)
    for cell, part in cs.get.edges(random_networks).groupby("cell", observed=True):
        pairs = list(zip(part["mirna"].astype(str), part["mrna"].astype(str), strict=True))
        want = 100 * sum(p in known for p in pairs) / len(pairs)
        assert random_networks["regulation"].obs["pct_validated"][cell] == pytest.approx(want)


def test_saved_reloaded_and_tabulated(mdata, tmp_path):
    mdata.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    cs.tl.validate(again, TRUTH, disease=DISEASE)
    again.write(tmp_path / "b.h5mu")
    frame = cs.get.validation(mudata.read_h5mu(tmp_path / "b.h5mu"))
    assert frame["n_interactions"].tolist() == [4, 3, 0]
    assert frame.columns.tolist() == [
        "cell", "n_interactions", "pct_validated", "pct_validated_hubs", "pct_disease", "pct_disease_hubs",
    ]  # fmt: skip


def test_errors(mdata):
    with pytest.raises(cs.InputError, match="nothing to compare with: give `truth`"):
        cs.tl.validate(mdata)
    with pytest.raises(cs.InputError, match="`truth` lacks the column 'target'"):
        cs.tl.validate(mdata, TRUTH[["source"]])
    elsewhere = pd.DataFrame({"source": ["hsa-miR-1"], "target": ["TP53"]})
    with pytest.raises(cs.InputError, match="The table `truth` and the data have no pair in common: 0 of"):
        cs.tl.validate(mdata, elsewhere)
    with pytest.raises(cs.InputError, match=r"None of the 1 disease-related names \('BCR'\) is in the data"):
        cs.tl.validate(mdata, disease=["BCR"])
    with pytest.raises(cs.InputError, match="`disease` must be a list of miRNA and mRNA names; found str"):
        cs.tl.validate(mdata, disease="BCR")
    with pytest.raises(cs.StepError, match=r"Run cs.tl.validate\(mdata, truth\) first"):
        cs.get.validation(mdata)
    reg = mdata["regulation"].copy()
    reg.var.columns = ["mirna_a", "mirna_b"]
    with pytest.raises(cs.InputError, match="reads miRNA-mRNA networks; the ends of these are 'mirna_a', 'mirna_b'"):
        cs.tl.validate(reg, TRUTH)


def test_how_many_names_the_data_have(make_networks, caplog):
    """A list of which the data have but a gene gives 0 %, and the log says so."""
    caplog.set_level("INFO", "csmir")
    mdata = make_networks({"c0": [("hsa-miR-21-5p", "PTEN")], "c1": [("hsa-miR-21-5p", "PTEN")]})
    with caplog.at_level("INFO", "csmir"):
        cs.tl.validate(mdata, disease=["hsa-mir-21", "hsa-mir-155", "PTEN"])
    assert "1 of 3 disease-related names are in the data; not: 'hsa-mir-155', 'hsa-mir-21'" in caplog.text
    assert "though the data has such pairs" not in caplog.text
    assert "the data has only one kind of the names" in caplog.text
    note = mdata["regulation"].uns["csmir"]["validate"]
    assert (note["n_disease"], note["n_disease_in_data"]) == (3, 1)
    truth = pd.DataFrame({"source": ["hsa-miR-21-5p", "hsa-miR-155-5p"], "target": ["PTEN", "MYC"]})
    with caplog.at_level("INFO", "csmir"):
        cs.tl.validate(mdata, truth)
    assert "1 of 2 miRNAs of `truth` are in the data; not: 'hsa-miR-155-5p'" in caplog.text
    assert "1 of 2 mRNAs of `truth` are in the data; not: 'MYC'" in caplog.text


def test_report_of_names(make_networks, caplog):
    """match_report reports what reconcile raises for, and what it costs."""
    caplog.set_level("INFO", "csmir")
    mdata = make_networks({"c0": [("hsa-mir-16-1", "PTEN")]}, n_mirnas=0, n_mrnas=0)
    net = pd.DataFrame({"source": ["hsa-miR-16-5p", "hsa-miR-145"], "target": ["PTEN", "MYC"]})
    with caplog.at_level("INFO", "csmir"):
        report = cs.priors.match_report(net, mdata).set_index("name")
    assert report.loc["hsa-miR-16-5p", ["status", "rule", "suggestion"]].tolist() == [
        "unmatched",
        "ambiguous",
        "hsa-mir-16-1",
    ]
    assert report["pairs_lost"].tolist() == [1, 1, 1, 1]
    assert report.loc["hsa-miR-16-5p", "expression_lost"] == 1
    assert report.loc["hsa-miR-145", "expression_lost"] == 0
    assert report.attrs["levels"] == {"data": "hairpin", "prior": "mature"}
    assert "match_report: The prior and the data have no pair in common" in caplog.text
    mouse = pd.DataFrame({"source": ["mmu-miR-16-5p"], "target": ["Pten"]})
    assert cs.priors.match_report(mouse, mdata)["status"].tolist() == ["unmatched", "unmatched"]
    both = pd.DataFrame({"source": ["hsa-miR-16-5p", "mmu-miR-16-5p"], "target": "PTEN"})
    bare = make_networks({"c0": [("miR-16-5p", "PTEN")]}, n_mirnas=0, n_mrnas=0)
    assert len(cs.priors.match_report(both, bare)) == 3
    assert "miRNAs of several species" in caplog.text
    with pytest.raises(cs.InputError, match="miRNAs of several species"):
        cs.priors.reconcile(both, ["miR-16-5p"], ["PTEN"])
