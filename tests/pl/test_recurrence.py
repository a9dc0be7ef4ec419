from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture
def ten(make_networks):
    """Ten cells: one pair in all, one in five, two in a single cell."""
    cells = {f"c{k}": [("m0", "g0")] for k in range(10)}
    for k in range(5):
        cells[f"c{k}"] = [*cells[f"c{k}"], ("m1", "g1")]
    cells["c0"] = [*cells["c0"], ("m0", "g2")]
    cells["c9"] = [*cells["c9"], ("m2", "g0")]
    mdata = make_networks(cells)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    return mdata


def bars(ax):
    return {round(b.get_x() + b.get_width() / 2): (b.get_height(), to_hex(b.get_facecolor())) for b in ax.containers[0]}


def test_bars_count_the_cells_of_each_interaction(ten):
    ax = cs.pl.recurrence(ten)
    found = bars(ax)
    assert {n: h for n, (h, _) in found.items() if h} == {1: 2, 5: 1, 10: 1}
    assert found[1][1].upper() == style.REWIRED
    assert found[5][1].upper() == style.grey()
    assert [found[n][1].upper() for n in (9, 10)] == [style.CONSERVED] * 2  # 9 = round(0.9 * 10)


def test_legend_counts_the_classes(ten):
    words = [t.get_text() for t in cs.pl.recurrence(ten).get_legend().get_texts()]
    assert words == ["rewired: 2 (50 %)", "neither: 1 (25 %)", "conserved (≥ 9): 1 (25 %)"]


def test_line_is_what_the_shuffles_give(ten):
    """Nobody knows what chance gives before it was asked: no line of a formula stands in for it."""
    assert not [p for p in cs.pl.recurrence(ten).patches if p.get_gid() == "csmir-null"]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.null"):
        cs.pl.recurrence(ten, expected=True)
    table = pd.DataFrame(0, index=[str(n) for n in range(11)], columns=["1", "2"])
    table.loc["1"], table.loc["9"], table.loc["10"] = [4, 6], [2, 0], [1, 1]
    note = {"n_interactions": 18, "null_interactions": np.array([32, 16]), "recurrence": table}
    ten["regulation"].uns["csmir"]["null"] = note
    ax = cs.pl.recurrence(ten, expected=True)
    (line,) = [p for p in ax.patches if p.get_gid() == "csmir-null"]
    assert line.get_data().values.tolist() == [5, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    (band,) = [p for p in ax.patches if p.get_gid() == "csmir-null-range"]
    assert band.get_data().values[[0, 8]].tolist() == [6, 2]
    assert band.get_data().baseline[[0, 8]].tolist() == [4, 0]
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words[-2:] == ["when shuffled: 5 rewired, 2 conserved", "the least to the most of the shuffles"]
    assert not [p for p in cs.pl.recurrence(ten, expected=False).patches if p.get_gid() == "csmir-null"]


def test_hubs(ten):
    ax = cs.pl.recurrence(ten, on="hubs")
    assert ax.get_xlabel() == "cells in which it is a hub"
    assert sum(h for h, _ in bars(ax).values()) == len(cs.get.hubs(ten)["mirna"].unique())


def test_many_cells_are_binned_and_the_axis_ends_where_nothing_follows(make_networks):
    rng = np.random.default_rng(0)
    pairs = [(f"m{i}", f"g{j}") for i in range(5) for j in range(8)]
    cells = {f"c{k}": [p for p in pairs if rng.random() < 0.1] for k in range(500)}
    mdata = make_networks(cells, pairs=pairs)
    cs.tl.conservation(mdata)
    ax = cs.pl.recurrence(mdata)
    assert len(ax.containers[0]) <= 100
    assert sum(b.get_height() for b in ax.containers[0]) == 40
    assert ax.get_xlim()[1] < 150
    assert ax.get_xlabel() == "cells that have the interaction, of 500"


def test_no_interactions_is_said(make_networks):
    mdata = make_networks({f"c{k}": [] for k in range(3)}, pairs=[("m0", "g0")])
    cs.tl.conservation(mdata)
    ax = cs.pl.recurrence(mdata)
    assert style.is_empty(ax)
    assert ax.texts[0].get_text() == "No cell has any interaction."


def test_steps_not_run_are_named(make_networks):
    mdata = make_networks({f"c{k}": [("m0", "g0")] for k in range(4)})
    with pytest.raises(cs.StepError, match=r"cs\.tl\.conservation"):
        cs.pl.recurrence(mdata)
    cs.tl.conservation(mdata)
    with pytest.raises(cs.StepError, match=r"cs\.tl\.hubs"):
        cs.pl.recurrence(mdata, on="hubs")
    with pytest.raises(cs.InputError, match="'hubs'"):
        cs.pl.recurrence(mdata, on="hub")


def test_returns_what_was_asked_for(ten, tmp_path):
    own = Figure().add_subplot()
    assert cs.pl.recurrence(ten, ax=own) is own
    assert isinstance(cs.pl.recurrence(ten), Axes)
    fig = cs.pl.recurrence(ten, return_fig=True, save=tmp_path / "r.svg", log=True, bar_kws={"color": "red"}, title="T")
    assert isinstance(fig, Figure)
    assert (fig.axes[0].get_yscale(), fig.axes[0].get_title()) == ("log", "T")
    assert (tmp_path / "r.svg").stat().st_size > 0


def test_a_panel_among_others_keeps_its_width(ten):
    fig = Figure(figsize=(9, 6), layout="constrained")
    axes = fig.subplots(2, 3).ravel()
    for ax in axes:
        cs.pl.recurrence(ten, ax=ax, title="one of six")
    fig.draw_without_rendering()
    assert min(ax.get_position().width for ax in axes) * 9 > 2


def test_logarithmic_counts_start_below_one(make_networks):
    cells = {f"c{i}": [("m0", f"g{j}") for j in range(6) if (i + j) % 5] for i in range(20)}
    mdata = make_networks(cells)
    cs.tl.conservation(mdata)
    ax = cs.pl.recurrence(mdata, log=True)
    ax.figure.canvas.draw()
    assert ax.get_ylim()[0] == 0.5  # the line of chance goes far lower
    shown = {t.get_text() for t in ax.get_yticklabels() if t.get_position()[1] <= ax.get_ylim()[1]}
    assert shown <= {"", "1", "10", "100"}
