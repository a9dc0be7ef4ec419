# ruff: noqa: F821  (names of the notebook)
from pathlib import Path

assert Path("edges.tsv").exists()
assert Path("nodes.tsv").exists()
assert (odds["p"].between(0, 1)).all()
# targets go apart more often than non-targets, and together less often, where no hidden factors are taken
plain = counts.iloc[:3]
assert (plain["% p < 1 %, apart"] > plain["non-targets"]).all()
if real:
    assert len(mdata) == 150
    assert counts.loc["all samples", "non-targets"] > 18  # a fifth
    assert (plain["% p < 1 %, together"] < plain["non-targets "]).all()
    top = list(zip(best["mirna"].astype(str), best["mrna"].astype(str), strict=True))[:6]
    assert ("hsa-mir-141", "ZEB1") in top
    assert {m for m, _ in top} <= {"hsa-mir-141", "hsa-mir-200c"}
    assert counts.loc["within subtypes, hidden factors", ["apart", "together"]].tolist() == [21, 6]
    assert counts.loc["within subtypes", ["apart", "together"]].tolist() == [71, 84]
    assert networks.X.nnz == 0  # nothing in any single sample
    verdict = mdata["csn"].uns["csmir"]["null"]["verdict"]
    assert "non-targets give 99% as many" in verdict
    assert mdata["csn"].uns["csmir"]["null"]["pvalue"] < 0.05  # a shuffled pairing gives fewer
    assert differs["factors=0"].to_dict() == {"pair": 8, "targets": 0}
    assert differs["hidden factors"].to_dict() == {"pair": 0, "targets": 0}
    apart_odds = odds.xs("TargetScan", level="prior").xs("apart", level="pairs go")
    assert apart_odds["odds ratio"].between(1.5, 1.8).all()
    assert (apart_odds["p"] < 0.02).all()
    together = odds.xs("TargetScan", level="prior").xs("together", level="pairs go")
    assert together["odds ratio"].between(0.85, 0.97).all()
    assert 0.1 < odds.loc[("within subtypes", "validated", "apart"), "p"] < 0.2
    assert odds.loc[("within subtypes", "validated", "apart"), "dealt lists"] > 1.1
    liver = second_counts["non-targets"]
    assert liver.between(33, 40).all()  # a third
    assert (second_counts.loc["all samples"] == second_counts.loc["hidden factors"]).all()
    rows = second_odds.reset_index().set_index(["design", "prior", "pairs go"]).round(1)
    assert second_odds.loc[("local", "TargetScan", "apart"), "pairs"] == 163
    assert rows.loc[("all samples", "TargetScan", "apart"), ["odds ratio", "dealt lists"]].tolist() == [1.4, 0.8]
    assert rows.loc[("all samples", "TargetScan", "together"), "odds ratio"] == 0.8
    assert rows.loc[("local", "TargetScan", "apart"), ["odds ratio", "dealt lists"]].tolist() == [2.2, 1.4]
    p = second_odds["p"].round(3)
    assert p[("all samples", "TargetScan", "apart")] == 0.004
    assert p[("all samples", "validated", "apart")] == 0.058
    assert p[("local", "TargetScan", "apart")] == 0.02
else:
    assert odds.loc[("all samples", "validated", "apart"), "odds ratio"] > 2
