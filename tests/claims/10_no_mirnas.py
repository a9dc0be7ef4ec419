# ruff: noqa: F821  (names of the notebook)
found = table["found"]
false = table["of them false"]
assert (table["pairs"] == 361).all()
assert abs(found["nothing", "circular"] - 280) <= 3  # three quarters; docs/comparison.md says it, too
assert found["nothing", "leave one out"] == 0
assert found["program", "leave one out"] == 0  # factors take a broad program away
assert found["program", "leave one out, factors=0"] > 50
assert found["narrow program", "leave one out"] == false["narrow program", "leave one out"] == 10  # a narrow one stays
regulated = table["regulated"]["regulated, 0.8", "leave one out"]
assert found["regulated, 0.8", "leave one out"] >= 0.95 * regulated
assert false["regulated, 0.8", "leave one out"] <= 0.05 * found["regulated, 0.8", "leave one out"]
assert false["regulated, 0.8", "circular"] > 20
assert abs(found["regulated, 0.3", "leave one out"] / regulated - 0.8) < 0.03  # four fifths
assert false["regulated, 0.3", "circular"] > 50
assert "Neither says that it is regulation" in verdicts["circular"]
assert "more than either gives" in verdicts["leave one out"]
