# ruff: noqa: F821  (names of the notebook)
assert mdata["mirna"].n_vars == len(mature) == 24  # MIR17HG and SNORD3A are out
assert 0.001 < detected.min() < detected.median() < detected.max() < 0.07
assert n_pairs == 1
assert 0.22 < len(regulated) / len(pairs) < 0.28  # a quarter
assert 0.15 < power.loc["local", "smallest_rho"] < 0.25
assert in_cells["of them false"] == 0
assert in_cells["found"] == 7
assert in_pools["found"] < in_cells["found"]
assert (design["false sets"] <= 1).all()
assert design.loc[("0.3 to 5 %", 4800), "sets found, of 12"] == 12
assert design.loc[("3 to 5 %", 1200), "sets found, of 12"] == 12
assert (design.loc["0.3 to 5 %", "pairs found"] < 40).all()  # a few of 360
assert design.loc[("10 to 50 %", 1200), "pairs found"] > 100
