from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import csmir as cs
from csmir import InputError
from csmir.pl._kit import frames, ground, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.sizes import font_size
from csmir.pl._kit.ticks import cell_ticks, name_ticks, whole
from csmir.pl._kit.words import bare, common_prefix, p_text, shorten, shortened, signed


@pytest.fixture
def ax():
    return Figure(figsize=(5, 4), layout="constrained").add_subplot()


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=8, seed=3)
    cs.tl.hubs(mdata, regulation="truth")
    cs.tl.similarity(mdata, on="interactions", regulation="truth")
    return mdata


def test_palette_is_okabe_ito_and_goes_on_without_repeating():
    assert style.colours(8) == list(style.OKABE_ITO)
    many = style.colours(30)
    assert len(set(many)) == 30


def test_colours_that_scanpy_stored_are_kept(mdata):
    adata = mdata["truth"].copy()
    adata.obs["kind"] = ["a", "b"] * 4
    assert style.category_colours(adata, "kind") == {"a": style.OKABE_ITO[0], "b": style.OKABE_ITO[1]}
    adata.uns["kind_colors"] = ["#111111", "#222222"]
    assert style.category_colours(adata, "kind") == {"a": "#111111", "b": "#222222"}


def test_the_first_figure_of_a_notebook_leaves_it_interactive():
    """As matplotlib's inline back end does, which wakes up with the first figure and then shows each as it is made."""
    import matplotlib as mpl

    from csmir.pl._kit.ground import on_ground

    before = mpl.is_interactive()
    try:
        mpl.interactive(False)
        on_ground(mpl.interactive)(True)
        assert mpl.is_interactive()
    finally:
        mpl.interactive(before)


def test_users_options_overrule_ours_by_any_of_their_names():
    ours = {"linewidth": 1, "color": "k"}
    assert merged("line_kws", ours, {"lw": 3}, Line2D) == {"linewidth": 3, "color": "k"}
    assert merged("line_kws", ours, None, Line2D) == ours
    assert merged("point_kws", ours, {"c": "red"}, PathCollection) == {"linewidth": 1, "color": "red"}
    assert merged("point_kws", ours, {"c": [1, 2]}, PathCollection) == {"linewidth": 1, "c": [1, 2]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["red"], "`point_kws` must be a dict of matplotlib options; found list"),
        ({"colour": "red"}, "takes options of matplotlib's PathCollection; found 'colour'. Did you mean 'color'?"),
        ({"transform": None}, "found 'transform'"),
        ({3: 4}, "found 3."),
        ({"lw": 1, "linewidth": 2}, "`point_kws` has one option twice"),
        ({"c": "k", "color": "k"}, "`point_kws` has a 'c' and a 'color'. Leave one out."),
    ],
)  # fmt: skip
def test_options_that_matplotlib_does_not_know_are_refused_in_words(given, said):
    with pytest.raises(InputError, match=re.escape(said)):
        merged("point_kws", {"s": 4}, given, PathCollection)


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        (["K562_HalfCell_01", "K562_HalfCell_12"], "K562_HalfCell_"),
        (["cell_10", "cell_1"], "cell_"),
        (["abc1", "abc2"], ""),  # nothing separates
        (["only_one"], ""),
        ([], ""),
    ],
)
def test_common_prefix_ends_at_a_separator(names, prefix):
    assert common_prefix(names) == prefix


def test_what_all_names_end_with_is_left_out_too():
    assert bare(["P1_a_rep1", "P1_b_rep1"]) == (["a", "b"], "P1_…_rep1")
    assert bare(["P1_a_rep1", "P1_rep1"]) == (["a_rep1", "rep1"], "P1_…")  # one would have no name left
    assert bare(["ab", "cd"]) == (["ab", "cd"], "")


def test_names_are_written_if_they_fit_and_counted_if_not(ax):
    ax.set_xlim(-0.5, 5.5)
    assert cell_ticks(ax, "x", [f"plate_{i}" for i in range(6)])
    assert [t.get_text() for t in ax.get_xticklabels()] == list("012345")
    assert ax.get_xlabel() == "cells (plate_…)"
    assert not cell_ticks(ax, "x", [f"plate_{i}" for i in range(1000)])
    assert len(ax.get_xticks()) == 0
    assert ax.get_xlabel() == "1,000 cells"


def test_long_names_lose_their_middle():
    short = shorten("REACTOME_SOMETHING_VERY_LONG_INDEED", 20)
    assert len(short) == 20
    assert short.startswith("REACTOME")
    assert short.endswith("INDEED")
    assert shorten("short") == "short"


def test_different_long_names_never_read_the_same(ax):
    """They differ where `shorten` cuts; the last two in a second place, too far from the first to be shown with it."""
    first, last = "donor_with_a_long_name", "of_the_second_plate_rep1"
    middles = [f"{first}_plate_{k}_{last}" for k in ("07", "12")]
    assert len({shorten(name) for name in middles}) == 1
    short = shortened([*middles, "miR-1", middles[0]])
    assert short == [short[0], short[1], "miR-1", short[0]]
    assert max(map(len, short)) <= 22
    assert "07" in short[0]  # what tells them apart
    assert "12" in short[1]
    twice = ["a" * 15 + x + "b" * 30 + y + "c" * 15 for x, y in ("XP", "XQ", "YP")]
    assert len({*shortened(twice)}) == 3
    assert shortened(["REACTOME_SOMETHING_VERY_LONG_INDEED"], 20) == [
        shorten("REACTOME_SOMETHING_VERY_LONG_INDEED", 20)
    ]
    name_ticks(ax, "y", middles)
    assert len({label.get_text() for label in ax.get_yticklabels()}) == 2


@pytest.mark.parametrize("text", ["miR-92a-3p", "0 1 2 %", "Wnt (β)", "iiiiWWWW", "g,j|Q&@"])
def test_widths_are_those_of_the_outlines(text):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    from csmir.pl._kit.labels import inches_wide

    extent = TextPath((0, 0), text, size=10, prop=FontProperties(family=["DejaVu Sans"])).get_extents().width
    with mpl.rc_context({"font.family": ["DejaVu Sans"]}):
        assert inches_wide([text, " ", ""], 20) == extent * 20 / 720
        assert inches_wide([" "], 20) == 0


@pytest.mark.parametrize(
    ("p", "text"), [(0.25, "p = 0.250"), (3e-5, "p = 3e-05"), (0.0, "p < 1e-300"), (np.nan, "not tested")]
)
def test_p_values_as_words(p, text):
    assert p_text(p) == text


def test_empty_panel_says_why_and_has_no_ticks(ax):
    style.empty(ax, "nothing to draw here")
    assert style.is_empty(ax)
    assert ax.texts[0].get_text() == "nothing to draw here"
    assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0


def test_text_shrinks_with_the_panel_down_to_a_limit():
    sizes = [font_size(Figure(figsize=(w, 3)).add_subplot()) for w in (1, 3.35, 7, 20)]
    assert sizes[0] == 6.5
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[2] == sizes[3] == 10
    three = Figure(figsize=(7, 3)).subplots(1, 3)
    assert font_size(three[0]) < sizes[2]


def test_black_or_white_on_a_colour():
    assert style.readable("#0072B2") == "white"
    assert style.readable("#F0E442") == "black"


def test_counts_have_whole_ticks_and_none_below_zero(ax):
    from matplotlib.ticker import MaxNLocator

    ax.set_ylim(-1.5, 2.5)
    ax.set_xlim(0, 12_000)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=9))
    assert any(t.get_text() == "0.5" for t in ax.get_yticklabels())  # what matplotlib does alone
    whole(ax.yaxis)
    whole(ax.xaxis)
    texts = [t.get_text() for t in ax.get_yticklabels() if t.get_text()]
    assert set(texts) <= {"0", "1", "2", "3"}
    assert "0" in texts
    assert "5,000" in [t.get_text() for t in ax.get_xticklabels()]


def test_low_axes_have_few_ticks():
    ax = Figure(figsize=(3.4, 0.9)).add_subplot()
    ax.set_ylim(0, 33_000)
    whole(ax.yaxis)
    assert len([t for t in ax.get_yticks() if 0 <= t <= 33_000]) <= 3


def test_a_label_is_no_longer_than_its_colour_bar():
    from matplotlib.cm import ScalarMappable

    fig = Figure(figsize=(3.4, 2.0), layout="constrained")
    words = "similarity of interactions, in hundredths of all of them"
    bar = style.colorbar(ScalarMappable(), fig.add_subplot(), words, shrink=0.8)
    fig.canvas.draw()
    label = bar.ax.yaxis.label
    assert label.get_text().replace("\n", " ") == words
    assert label.get_window_extent().height < 1.1 * bar.ax.bbox.height


def test_differences_have_a_sign_and_none_at_zero():
    assert [signed(v) for v in (1.234, -0.5, -0.001, 0.0)] == ["+1.23", "\u22120.50", "0.00", "0.00"]


def test_a_title_stands_above_a_heading(ax):
    frame = frames.open_axes(ax, None, (3, 3), show=False, return_fig=False)
    style.heading(ax, "a heading that fills the whole of the panel")
    frame.close(title="mine")
    ax.figure.canvas.draw()
    texts = [t for t in ax.get_children() if getattr(t, "get_text", str)() and hasattr(t, "get_fontsize")]
    lines = {t.get_text().strip(): t.get_window_extent() for t in texts}
    height = lines["a heading that fills the whole of the panel"].y1
    first = lines["mine"].y1 - lines["mine"].height / 2  # its lower half is the line that it leaves free
    assert first > height - 1


# the frame


def test_returns_axes_or_the_figure(mdata):
    assert isinstance(cs.pl.similarity(mdata, regulation="truth"), Axes)
    assert isinstance(cs.pl.similarity(mdata, regulation="truth", return_fig=True), Figure)
    panels = cs.pl.per_cell(mdata, regulation="truth")
    assert all(isinstance(ax, Axes) for ax in panels.values())
    assert isinstance(cs.pl.per_cell(mdata, regulation="truth", return_fig=True), Figure)


def test_draws_into_the_axes_handed_in(mdata, ax):
    assert cs.pl.similarity(mdata, regulation="truth", ax=ax, title="mine") is ax
    assert ax.get_title() == "mine"


def test_figsize_in_inches(mdata):
    fig = cs.pl.similarity(mdata, regulation="truth", figsize=(3.35, 3), return_fig=True)
    assert fig.get_size_inches().tolist() == [3.35, 3]


def test_size_and_axes_exclude_each_other(mdata, ax):
    with pytest.raises(InputError, match="Leave one out"):
        cs.pl.similarity(mdata, regulation="truth", ax=ax, figsize=(3, 3))
    with pytest.raises(InputError, match="`ax` must be matplotlib Axes; found str"):
        cs.pl.similarity(mdata, regulation="truth", ax="here")
    for wrong in (4, (1, 2, 3), (0, 2)):
        with pytest.raises(InputError, match="`figsize`"):
            cs.pl.similarity(mdata, regulation="truth", figsize=wrong)


def test_saves_at_the_size_asked_for(mdata, tmp_path):
    from matplotlib.image import imread

    cs.pl.similarity(mdata, regulation="truth", figsize=(3, 2), save=tmp_path / "a.png")
    assert imread(tmp_path / "a.png").shape[:2] == (600, 900)  # 300 dots per inch
    cs.pl.similarity(mdata, regulation="truth", save=str(tmp_path / "a.pdf"))
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_cannot_save_there(mdata, tmp_path):
    with pytest.raises(InputError, match=r"`save` must end in one of .*\.png"):
        cs.pl.similarity(mdata, regulation="truth", save=tmp_path / "a.docx")
    with pytest.raises(InputError, match=r"which does not exist\. Make it first"):
        cs.pl.similarity(mdata, regulation="truth", save=tmp_path / "no" / "a.png")
    with pytest.raises(InputError, match=r"`save` must be the path of a file; found int"):
        cs.pl.similarity(mdata, regulation="truth", save=3)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        cs.pl.similarity(mdata, regulation="truth", save=tmp_path / "folder.png")


def test_every_figure_knows_where_it_goes_before_it_is_drawn():
    """Each frame is opened with `save`, which is checked there."""
    for path in (Path(cs.__file__).parent / "pl").glob("[!_]*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        opened = [
            c for c in calls if getattr(c.func, "id", getattr(c.func, "attr", "")) in ("open_axes", "open_figure")
        ]
        assert opened, path.name
        assert all("save" in {k.arg for k in c.keywords} for c in opened), path.name


def test_shows_and_leaves_nothing_open(mdata, monkeypatch):
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    before = plt.get_fignums()
    cs.pl.similarity(mdata, regulation="truth")
    assert shown == []
    cs.pl.similarity(mdata, regulation="truth", show=True)
    assert len(shown) == 1
    assert len(shown[0]) == len(before) + 1
    assert plt.get_fignums() == before


def test_a_notebook_shows_each_figure_once(mdata, monkeypatch):
    """Figures are pyplot's there, which shows them below the cell, unless they are returned, which also shows them."""
    import matplotlib.pyplot as plt

    monkeypatch.setattr(frames, "in_notebook", lambda: True)
    before = plt.get_fignums()
    ax = cs.pl.similarity(mdata, regulation="truth")
    assert plt.get_fignums() == [*before, ax.figure.number]
    plt.close(ax.figure)
    cs.pl.similarity(mdata, regulation="truth", return_fig=True)
    cs.pl.similarity(mdata, regulation="truth", show=False)
    assert plt.get_fignums() == before


# the ground


def contrast(one, other):
    """Of the web's accessibility guidelines: 1 for the same colour, 21 for black on white."""
    from matplotlib.colors import to_rgb

    def luminance(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return np.dot(linear, (0.2126, 0.7152, 0.0722))

    a, b = sorted((luminance(one), luminance(other)))
    return (b + 0.05) / (a + 0.05)


@pytest.mark.parametrize(
    ("amount", "white", "black"),
    [(0, "#FFFFFF", "#000000"), (1, "#000000", "#FFFFFF"), (0.8, "#333333", "#CCCCCC"), (4 / 15, "#BBBBBB", "#444444")],
)
def test_greys_are_between_the_ground_and_what_can_be_read_on_it(amount, white, black):
    import matplotlib.pyplot as plt

    for name, expected in (("default", white), ("dark_background", black)):
        with plt.style.context(name):
            assert ground.shade(amount) == expected


def dark_figures():
    """Each function of the room that needs few steps, on a dark ground."""
    mdata = cs.datasets.simulated(n_cells=10, n_mirnas=8, n_mrnas=40, seed=1)
    cs.pp.recipe_csmir(mdata)
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, n_threads=1)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.modules(mdata)
    cs.tl.validate(mdata, net.iloc[::2])
    cs.tl.compare(mdata, net.iloc[::2], against=["prior"])
    cs.tl.null(mdata, n_permutations=3, n_threads=1)
    ends = mdata["regulation"].var.iloc[0]
    one = {"mirna": ends["mirna"], "mrna": ends["mrna"]}
    mdata["regulation"].obsm["X_umap"] = np.random.default_rng(0).normal(size=(10, 2))
    yield cs.pl.recurrence(mdata, return_fig=True)
    yield cs.pl.network(mdata, mdata.obs_names[0], return_fig=True)
    yield cs.pl.module(mdata, 0, return_fig=True)
    yield cs.pl.overview(mdata, return_fig=True)
    yield cs.pl.per_cell(mdata, return_fig=True)
    yield cs.pl.compare(mdata, return_fig=True)
    yield cs.pl.null(mdata, return_fig=True)
    yield cs.pl.similarity(mdata, return_fig=True)
    yield cs.pl.out_degree(mdata, return_fig=True)
    yield cs.pl.pair(mdata, groupby="group", return_fig=True, **one)
    yield cs.pl.embedding(mdata, return_fig=True)
    yield cs.pl.box(mdata, return_fig=True, **one)


def test_a_dark_style_is_kept_and_all_that_is_written_can_be_read():
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    with plt.style.context("dark_background"):
        for fig in dark_figures():
            assert contrast(fig.get_facecolor(), "black") == 1
            fig.canvas.draw()
            for text in fig.findobj(Text):
                if not text.get_text().strip() or not text.get_visible():
                    continue
                below = getattr(text.axes, "patch", fig.patch).get_facecolor()
                on_a_square = text.axes is not None and text.axes.images and text in text.axes.texts
                if not on_a_square:
                    assert contrast(text.get_color(), below) > 4.5, (text.get_text(), text.get_color())
            for ax in fig.axes:
                for spine in ax.spines.values():
                    assert not spine.get_visible() or contrast(spine.get_edgecolor(), "black") > 1.3
                ghosts = [p for p in ax.findobj() if str(p.get_gid()) == "csmir-null" and hasattr(p, "get_color")]
                assert all(contrast(p.get_color(), "black") > 7 for p in ghosts if isinstance(p.get_color(), str))


def test_axes_of_another_ground_than_the_style(mdata):
    """A dark figure that somebody made in a light style, and a light one in a dark style."""
    import matplotlib.pyplot as plt

    for name, face in (("default", "#101010"), ("dark_background", "white")):
        with plt.style.context(name):
            before = dict(plt.rcParams)
            fig = Figure(facecolor=face, layout="constrained")
            ax = fig.add_subplot(facecolor=face)
            cs.pl.similarity(mdata, kind="squares", regulation="truth", ax=ax, title="mine")
            assert dict(plt.rcParams) == before
        fig.canvas.draw()
        labels = [t for one in fig.axes for t in (*one.get_xticklabels(), *one.get_yticklabels())]
        for text in (ax.title, *labels):
            assert contrast(text.get_color(), face) > 4.5, text


ASK = """
import matplotlib, warnings
matplotlib.use("Agg")
import csmir as cs
mdata = cs.datasets.simulated(n_cells=6)
cs.tl.similarity(mdata, on="interactions", regulation="truth")
before = dict(matplotlib.rcParams)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    # what those below us deprecate of each other
    warnings.filterwarnings("default", category=DeprecationWarning, module="matplotlib|pyparsing")
    for _ in range(25):
        cs.pl.similarity(mdata, regulation="truth")
import matplotlib.pyplot as plt
print(dict(matplotlib.rcParams) == before, plt.get_fignums())
"""


def test_changes_no_parameters_and_keeps_no_figures():
    out = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert out.stdout.split("\n")[0] == "True []"
