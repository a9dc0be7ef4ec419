from __future__ import annotations

import mudata
import pytest

import csmir as cs


def in_cells(counts, n_cells):
    """Networks in which edge (m0, g<i>) is in the first counts[i] cells."""
    return {f"c{k}": [("m0", f"g{i}") for i, n in enumerate(counts) if k < n] for k in range(n_cells)}


@pytest.mark.parametrize(("m", "at_least"), [(2, 2), (5, 4), (10, 9), (15, 14), (19, 17), (20, 18), (25, 22)])
def test_rounds_half_to_even(make_networks, m, at_least):
    # 0.9 * 5 = 4.5 -> 4; 0.9 * 15 = 13.5 -> 14; 0.9 * 25 = 22.5 -> 22; 0.9 * 19 = 17.1 -> 17 as in the paper
    mdata = make_networks(in_cells([at_least, at_least - 1, 1], m))
    cs.tl.conservation(mdata)
    var = mdata["regulation"].var
    assert var["n_cells"].tolist() == [at_least, at_least - 1, 1]
    assert var["conservation"].tolist() == ["conserved", "rewired" if at_least == 2 else "neither", "rewired"]


def test_pairs_of_no_cell_are_neither(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")]}, pairs=[("m0", "g0"), ("m1", "g1")])
    cs.tl.conservation(mdata)
    assert mdata["regulation"].var["conservation"].tolist() == ["conserved", "neither"]


def test_hubs_are_counted_once_a_cell(make_networks):
    # m0 is the hub of cells a and b, m1 of c; list lengths differ because c has six miRNAs (two hubs)
    cells = {
        "a": [("m0", "g0"), ("m0", "g1"), ("m1", "g0")],
        "b": [("m0", "g0")],
        "c": [("m1", f"g{j}") for j in range(4)]
        + [("m0", f"g{j}") for j in range(3)]
        + [(f"m{i}", "g0") for i in range(2, 6)],
    }
    mdata = make_networks(cells, n_mirnas=6)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    table = mdata["regulation"].uns["csmir"]["hub_conservation"].set_index("mirna")
    assert table["n_cells"].to_dict() == {"m0": 3, "m1": 1, "m2": 0, "m3": 0, "m4": 0, "m5": 0}
    assert table["conservation"].to_dict() == {"m0": "conserved", "m1": "rewired"} | dict.fromkeys(
        ["m2", "m3", "m4", "m5"], "neither"
    )


def test_thresholds(make_networks):
    mdata = make_networks(in_cells([10, 5, 3, 2, 1], 10))
    cs.tl.conservation(mdata, conserved=0.5, rewired=2)
    assert mdata["regulation"].var["conservation"].tolist() == [
        "conserved",
        "conserved",
        "neither",
        "rewired",
        "rewired",
    ]
    assert mdata["regulation"].uns["csmir"]["conservation"]["conserved_cells"] == 5


def test_survives_saving(random_networks, tmp_path):
    cs.tl.hubs(random_networks)
    random_networks.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    cs.tl.conservation(again)
    again.write(tmp_path / "b.h5mu")
    reg = mudata.read_h5mu(tmp_path / "b.h5mu")["regulation"]
    assert reg.var["conservation"].cat.categories.tolist() == ["conserved", "rewired", "neither"]
    assert reg.uns["csmir"]["hub_conservation"].equals(again["regulation"].uns["csmir"]["hub_conservation"])


def test_too_few_cells(make_networks):
    with pytest.raises(cs.InputError, match=r"of 1 cell, conserved=0.9 means at least 1 and rewired=1 at most 1"):
        cs.tl.conservation(make_networks(in_cells([1], 1)))


def test_errors(random_networks):
    with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\) first"):
        cs.tl.conservation(random_networks, on="hubs")
    with pytest.raises(cs.InputError, match="`on` must be one of 'interactions', 'hubs'; found 'hub'"):
        cs.tl.conservation(random_networks, on=["hub"])
    with pytest.raises(cs.InputError, match="`rewired` must be a whole number of at least 1; found 0"):
        cs.tl.conservation(random_networks, rewired=0)
    with pytest.raises(cs.InputError, match="`conserved` must be a number"):
        cs.tl.conservation(random_networks, conserved=90)


def grouped(make_networks):
    """30 cells: 10 of type A, 12 of B, 6 of C, 2 of none; networks of eight pairs."""
    types = ["A"] * 10 + ["B"] * 12 + ["C"] * 6 + [None] * 2
    start = {"A": 0, "B": 10, "C": 22}
    # of each pair, cells that have it in A, B and C
    counts = {
        "g0": (9, 0, 0),  # A alone
        "g1": (10, 1, 0),  # A; 1 of 12 is at most a tenth of B
        "g2": (10, 2, 0),  # A, but 2 of 12 is more than a tenth
        "g3": (9, 11, 0),  # A and B; round(0.9 * 12) is 11
        "g4": (9, 11, 5),  # everywhere; round(0.9 * 6) is 5
        "g5": (8, 10, 4),  # nowhere, though in 22 cells
        "g6": (0, 0, 6),  # C alone
        "g7": (0, 0, 0),
    }
    cells = {f"c{k}": [] for k in range(30)}
    for gene, ns in counts.items():
        for name, n in zip("ABC", ns, strict=True):
            for k in range(n):
                cells[f"c{start[name] + k}"].append(("m0", gene))
    cells["c29"].append(("m0", "g0"))
    mdata = make_networks(cells, pairs=[("m0", g) for g in counts], n_mrnas=8)
    mdata["regulation"].obs["type"] = types
    return mdata, counts


def test_groups_in_plain_counts(make_networks, caplog):
    mdata, counts = grouped(make_networks)
    caplog.set_level("INFO", logger="csmir")
    cs.tl.conservation(mdata, groups="type", conserved=0.9)
    var = mdata["regulation"].var
    assert var["conserved_in"].astype(object).where(var["conserved_in"].notna(), "").tolist() == [
        "A", "A", "A", "A & B", "A & B & C", "", "C", "",
    ]  # fmt: skip
    assert var["group_specific"].tolist() == [True, True, False, True, False, False, True, False]
    table = cs.get.conservation(mdata)
    assert table["group"].tolist() == ["A", "B", "C"]
    assert table["n_cells"].tolist() == [10, 12, 6]
    assert table["conserved_cells"].tolist() == [9, 11, 5]
    assert table["n_found"].tolist() == [6, 5, 3]
    assert table["n_conserved"].tolist() == [5, 2, 2]
    assert table["n_specific"].tolist() == [2, 0, 1]
    upset = cs.get.conservation(mdata, kind="combinations")
    assert upset.to_numpy().tolist() == [
        [True, False, False, 1, 3, 2],
        [False, False, True, 1, 1, 1],
        [True, True, False, 2, 1, 1],
        [True, True, True, 3, 1, 0],
    ]
    assert upset.columns.tolist() == ["A", "B", "C", "n_groups", "n_interactions", "n_specific"]
    pairs = cs.get.conservation(mdata, kind="pairs").set_index("mrna")
    for gene, row in pairs.iterrows():
        assert tuple(row[["n_cells_A", "n_cells_B", "n_cells_C"]]) == counts[gene]
        assert tuple(row[["share_A", "share_B", "share_C"]]) == (
            counts[gene][0] / 10,
            counts[gene][1] / 12,
            counts[gene][2] / 6,
        )
    assert set(pairs.index) == {"g0", "g1", "g2", "g3", "g4", "g6"}
    assert "2 cells have no group in 'type'" in caplog.text
    assert "1 interactions are conserved in all 3 groups" in caplog.text
    # the published classes stand beside, over all 30 cells: round(0.9 * 30) is 27
    assert var["n_cells"].tolist() == [10, 11, 12, 20, 25, 22, 6, 0]
    assert set(var["conservation"]) == {"neither"}


def test_groups_of_random_networks_by_loops(random_networks):
    adata = random_networks["regulation"]
    adata.obs["type"] = ["x", "y", "z"] * 4
    cs.tl.conservation(random_networks, groups="type", conserved=0.5, elsewhere=0.25)
    has = adata.X.toarray() != 0
    for j in range(adata.n_vars):
        n = {t: sum(has[k, j] for k in range(12) if adata.obs["type"].iloc[k] == t) for t in "xyz"}
        inside = [t for t in "xyz" if n[t] >= 2]
        found = adata.var["conserved_in"].iloc[j]
        assert (" & ".join(inside) or None) == (found if isinstance(found, str) else None)
        specific = 0 < len(inside) < 3 and all(n[t] <= 1 for t in "xyz" if t not in inside)
        assert adata.var["group_specific"].iloc[j] == specific


def test_names_of_groups_that_hold_the_sign_between_them(make_networks):
    cells = {
        "a": [("m0", "g0")],
        "b": [("m0", "g1")],
        "c": [("m0", "g0"), ("m0", "g1")],
        "d": [("m0", "g2")],
        "e": [("m0", "g2")],
    }
    mdata = make_networks(cells)
    mdata["regulation"].obs["type"] = ["x", "y", "x & y", "B/T", "B/T"]
    cs.tl.conservation(mdata, groups="type", elsewhere=0)
    assert mdata["regulation"].var["conserved_in"].tolist() == ["x && x & y", "x & y && y", "B/T"]
    assert cs.get.conservation(mdata, kind="combinations")["B/T"].sum() == 1


def test_groups_survive_saving_and_go_with_their_cells(make_networks, tmp_path, caplog):
    mdata, _ = grouped(make_networks)
    cs.tl.conservation(mdata, groups="type")
    mdata.write_h5mu(tmp_path / "m.h5mu")
    read = mudata.read_h5mu(tmp_path / "m.h5mu")
    for kind in ("groups", "combinations", "pairs"):
        assert cs.get.conservation(read, kind=kind).equals(cs.get.conservation(mdata, kind=kind))
    moved = read["regulation"].obs["type"].to_numpy(dtype=object).copy()
    moved[[8, 20]] = moved[[20, 8]]  # groups of the same sizes, with other cells
    read["regulation"].obs["type"] = moved
    with pytest.raises(cs.StepError, match="'type' has changed since"):
        cs.get.conservation(read, kind="pairs")
    part = mdata[mdata.obs_names[:20]].copy()
    with pytest.raises(cs.StepError, match="Conservation by group is not there yet"):
        cs.get.conservation(part)
    cs.tl.conservation(mdata)
    assert not {"conserved_in", "group_specific"} & set(mdata["regulation"].var)
    with pytest.raises(cs.StepError, match="Conservation by group"):
        cs.get.conservation(mdata)


def test_pairs_without_evidence_of_their_own_are_left_out(make_networks):
    mdata, _ = grouped(make_networks)
    with pytest.raises(cs.StepError, match="`q_pair` asks for pairs that hold"):
        cs.tl.conservation(mdata, q_pair=0.05)
    adata = mdata["regulation"]
    adata.var["pair_qvalue"] = [0.01, 0.9, 0.05, 0.051, 0.0, 0.0, float("nan"), 0.0]
    cs.tl.conservation(mdata, groups="type", conserved=0.4, elsewhere=0.1, q_pair=0.05)
    assert adata.var["conservation"].tolist() == [  # 12 cells and more of 30
        "neither", "neither", "conserved", "neither", "conserved", "conserved", "neither", "neither",
    ]  # fmt: skip
    assert cs.get.conservation(mdata)["n_found"].tolist() == [4, 3, 2]
    assert adata.var["n_cells"].tolist()[1] == 11
    ax = cs.pl.recurrence(mdata)
    assert sum(p.get_height() for p in ax.patches) == 4


def test_with_a_thousand_cells_groups_come_first(make_networks, caplog):
    caplog.set_level("INFO", logger="csmir")
    mdata = make_networks({f"c{k}": [("m0", "g0")] if k % 2 else [] for k in range(1000)})
    cs.tl.conservation(mdata)
    assert "give groups= to see what each type shares" in caplog.text
    caplog.clear()
    mdata["regulation"].obs["half"] = ["a", "b"] * 500
    cs.tl.conservation(mdata, groups="half")
    lines = [r.message for r in caplog.records if "hubs" not in r.message]
    assert lines[0].startswith("conservation: interactions conserved within groups: a 0 of 0")
    assert "b 1 of 1 (>= 450 of 500 cells; 1 specific)" in lines[0]
    assert "of 1 interactions in any cell, 0 (0.00 %) are conserved (>= 900 cells)" in lines[2]


def test_errors_of_groups(random_networks):
    random_networks["regulation"].obs["type"] = ["x", "y"] * 6
    with pytest.raises(cs.InputError, match="Did you mean 'type'"):
        cs.tl.conservation(random_networks, groups="typ")
    with pytest.raises(cs.InputError, match="`elsewhere` must be below `conserved`"):
        cs.tl.conservation(random_networks, groups="type", conserved=0.4, elsewhere=0.4)
    cs.tl.hubs(random_networks)
    with pytest.raises(cs.InputError, match="`groups` are of interactions"):
        cs.tl.conservation(random_networks, groups="type", on="hubs")
    random_networks["regulation"].obs["type"] = None
    with pytest.raises(cs.InputError, match="names no group"):
        cs.tl.conservation(random_networks, groups="type")


def test_report_and_tables_lead_with_groups(make_networks, tmp_path):
    from csmir._report.tables import numbers, tables

    mdata, _ = grouped(make_networks)
    cs.tl.conservation(mdata, groups="type")
    words = [word for word, _ in numbers(mdata)]
    assert words.index("conserved in A") < words.index("conserved interactions")
    assert dict(numbers(mdata))["conserved in B"] == "2 (>= 11 cells)"
    names = [table.name for table in tables(mdata)]
    at = names.index("conservation_groups")
    assert names[at : at + 4] == [
        "conservation_groups", "conservation_combinations", "conservation_pairs", "conserved_interactions",
    ]  # fmt: skip
    cs.io.write_tables(mdata, tmp_path / "out")
    header = (tmp_path / "out" / "conservation_combinations.tsv").read_text().splitlines()[0]
    assert header.split("\t") == ["A", "B", "C", "n_groups", "n_interactions", "n_specific"]


def test_groups_that_were_named_after_the_networks(make_networks, caplog):
    caplog.set_level("INFO", logger="csmir")
    mdata, _ = grouped(make_networks)
    late = mdata["regulation"].obs.pop("type")
    mdata.obs["type"] = late.reindex(mdata.obs_names)
    cs.tl.conservation(mdata, groups="type")
    assert cs.get.conservation(mdata)["n_conserved"].tolist() == [5, 2, 2]
    assert len(cs.get.conservation(mdata, kind="pairs")) == 6
    assert cs.get.conservation(mdata["regulation"], kind="pairs").equals(cs.get.conservation(mdata, kind="pairs"))
    assert "is taken" not in caplog.text
    mdata["regulation"].obs["type"] = "one"  # older than the MuData's
    cs.tl.conservation(mdata, groups="type")
    assert cs.get.conservation(mdata)["group"].tolist() == ["A", "B", "C"]
    assert "'type' of mdata.obs is taken" in caplog.text
    mdata.obs["name"] = mdata.obs_names
    with pytest.raises(cs.InputError, match="'name' names a group for each cell"):
        cs.tl.conservation(mdata, groups="name")


def test_hubs_alone_leave_what_was_found_by_group(make_networks):
    mdata, _ = grouped(make_networks)
    mdata["regulation"].var["pair_qvalue"] = 0.01
    cs.tl.conservation(mdata, groups="type", q_pair=0.05)
    before = cs.get.conservation(mdata, kind="pairs")
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata, on="hubs")
    assert cs.get.conservation(mdata, kind="pairs").equals(before)
    assert mdata["regulation"].uns["csmir"]["conservation"]["q_pair"] == 0.05
