# ruff: noqa: F821  (names of the notebook)
share = 100 * errors
assert share["published z"].between(5, 12).all()
assert (share["exact"] <= 1).all()  # right by construction: at most 1 %
assert (share["local"] <= 1.2).all()
assert share.loc[30, "local"] < 0.5 < share.loc[300, "local"]  # below 1 % with few cells, close to it with some hundred
null = mdata["regulation"].uns["csmir"]["null"]
assert null["n_permutations"] == 5
assert "5 shuffles cannot tell" in null["verdict"]  # nothing positive of five
assert 0.4 < (edges["sign"] == -1).mean() < 0.6  # half of the edges cannot be repression
assert (mdata["truth"].var["sign"] <= 0).all()  # while all regulation is
auprc, power = table["auprc"], table["power"]
assert (auprc[["csn", "exact"]] < 0.1).all(axis=None)  # near chance, whatever the number of cells
assert auprc["local"].is_monotonic_increasing
assert auprc.loc[800, "local"] > 0.9
assert power.loc[100, "local"] < 0.5 < power.loc[400, "local"]  # half of it with some hundred cells
assert power.loc[50, "local"] < 0.1
assert (power["exact"] < 0.1).all()
assert (table["false"].loc[100:, "exact"] > 0.5).all()  # another question: cell types pass for regulation
assert (table["false"].loc[100:, "local"] < 0.1).all()
