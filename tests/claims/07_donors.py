# ruff: noqa: F821  (names of the notebook)
assert len(net) == 179
assert null["cells as the unit"] > 0.4 * len(net)  # about half
assert abs(null["scanpy on the networks of cells"] - 141) <= 5  # as docs/comparison.md says; versions of scanpy differ
assert null["donors as the unit"] == 0
assert (seeds["cells"] > 60).all()
assert (seeds["donors"] == 0).all()
by_cells = seeds["cells"].unstack()
assert (by_cells[240] > by_cells[60]).all()  # more cells make it worse
assert found["changed"].sum() == 8
assert found["changed"].all()  # and nothing else
assert len(result) * (2 / 924) / 7 > 0.05 >= len(result) * (2 / 924) / 8  # seven would not do
assert (found["correlation_group"] < found["correlation_reference"]).all()
assert mdata.uns["csmir"]["differential_parameters"]["smallest_pvalue"] <= 2 / 924 + 1e-9
assert abs(few.uns["csmir"]["differential_parameters"]["smallest_pvalue"] - 1 / 3) < 1e-9
assert not (four["qvalue"] <= 0.05).any()
