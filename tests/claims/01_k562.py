# ruff: noqa: F821  (names of the notebook)
import numpy as np

# within what seeds leave open, as beside the paper; the recipe exactly
assert mdata["mirna"].shape == (19, 212)
assert mdata["mrna"].shape == (19, 15361)
assert 51_000 < union < 57_000
assert abs(tests.loc["prior", "mean_inferred"] - 47.09) < 1.5
assert tests.loc["prior", "mean_inferred"] - tests.loc["prior", "mean_network"] < 3  # "the difference is small"
# what chance gives
assert "no more than chance gives" in reg.uns["csmir"]["null"]["verdict"]
assert "non-targets give 100% as many" in reg.uns["csmir"]["null"]["verdict"]
# one miRNA, all its targets
first = targeting.loc["hsa-miR-92a-3p"]
assert len(targeting) == 32
assert targeting.index[1] == "hsa-miR-25-3p"
assert first["place"] == 1
assert first["pvalue"] < 0.01 < 0.05 < first["qvalue"]
assert round(first["shift"], 2) == -0.17
assert round(first["specificity"], 2) == 0.03
assert own.sort_index()["place"].tolist() == [2, 3, 1, 2, 1, 2, 1]
assert 0.002 < own["pvalue"].min() < 0.005
assert all(over_genes(t) < own.loc[t, "pvalue"] for t in own.index)
assert over_genes(4) < 1e-5
if family_table.exists():
    of_families = cs.get.targeting(measured, key="families")
    assert of_families["family"].iloc[0].startswith("miR-25-3p")
    assert of_families["pvalue"].iloc[0] < 0.005 < 0.05 < of_families["qvalue"].iloc[0]
assert (sweep["qvalue"] > 0.05).all()
# is it about its targets
assert places.count(1) == 13
alone = listed.loc["hsa-miR-92a-3p"]
assert alone["place"] == 4
assert 0.04 < alone["pvalue"] < 0.07
assert round(alone["specificity"], 2) == 0.31
# what nineteen cells can show
assert np.isnan(power.loc["exact", "smallest_rho"])
assert power.loc["local", "smallest_rho"] > 0.95
