from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit.words import signed


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=10, seed=4)
    truth = mdata.uns["prior"].iloc[::3]
    cs.tl.compare(mdata, truth, against=["random", "prior", "random_prior"], n_random=5, regulation="truth")
    return mdata


def columns(ax):
    """Values drawn in each column."""
    dots = [c for c in ax.collections if len(c.get_offsets()) > 1]
    return {round(float(c.get_offsets()[:, 0].mean())): np.asarray(c.get_offsets()[:, 1]) for c in dots}


def test_every_cell_has_a_dot_in_every_column_and_a_line_through_them(mdata):
    ax = cs.pl.compare(mdata, networks=["prior", "random"], regulation="truth")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["inferred", "prior\nalone", "random"]
    table = cs.get.comparison(mdata, regulation="truth")
    drawn = columns(ax)
    for at, name in enumerate(["inferred", "prior", "random"]):
        np.testing.assert_allclose(drawn[at], table.loc[table["network"] == name, "pct_validated"])
    segments = next(c for c in ax.collections if hasattr(c, "get_segments")).get_segments()
    assert len(segments) == 10
    np.testing.assert_allclose([s[0, 1] for s in segments], drawn[0])
    np.testing.assert_allclose([s[2, 1] for s in segments], drawn[2])


def test_the_largest_share_first(mdata):
    tests = cs.get.comparison(mdata, tests=True, regulation="truth").set_index("network")["mean_network"]
    ax = cs.pl.compare(mdata, regulation="truth", figsize=(8, 4))
    order = [t.get_text().replace("\n", " ") for t in ax.get_xticklabels()][1:]
    names = {"random": "random", "prior alone": "prior", "random of the prior": "random_prior"}
    assert [names[n] for n in order] == tests.sort_values(ascending=False).index.to_list()


def test_brackets_hold_the_difference_and_p(mdata):
    ax = cs.pl.compare(mdata, networks=["random", "prior"], regulation="truth")
    brackets = [line for line in ax.lines if line.get_gid() == "bracket"]
    assert [(min(b.get_xdata()), max(b.get_xdata())) for b in brackets] == [(0, 1), (0, 2)]
    assert max(brackets[0].get_ydata()) < max(brackets[1].get_ydata()) < ax.get_ylim()[1]
    drawn = columns(ax)
    assert min(brackets[0].get_ydata()) > max(v.max() for v in drawn.values())
    tests = cs.get.comparison(mdata, tests=True, regulation="truth").set_index("network").loc["random"]
    written = next(t for t in ax.texts if t.get_gid() == "test").get_text()
    assert tests["pvalue"] < 1e-4  # more than cells that share interactions can tell
    assert written == f"{signed(tests['difference'])}, p < 0.001"


@pytest.mark.parametrize("figsize", [None, (3.4, 2.8), (5.0, 1.9)])
def test_no_bracket_runs_through_a_test(mdata, figsize):
    ax = cs.pl.compare(mdata, regulation="truth", figsize=figsize)
    ax.figure.canvas.draw()
    texts = [t.get_window_extent() for t in ax.texts if t.get_gid() == "test"]
    brackets = [line.get_window_extent() for line in ax.lines if line.get_gid() == "bracket"]
    assert len(texts) == len(brackets) == 3
    for text in texts:
        assert text.y1 < ax.bbox.y1 + 1
        assert not any(b.y0 < text.y1 and text.y0 < b.y1 and b.x0 < text.x1 and text.x0 < b.x1 for b in brackets)


def test_empty_networks_have_no_dot_and_are_counted(make_networks):
    import pandas as pd

    networks = make_networks({"a": [("m0", "g0"), ("m1", "g1")], "b": [("m0", "g0")], "c": []})
    truth = pd.DataFrame({"source": ["m0"], "target": ["g0"]})
    cs.tl.compare(networks, truth, against="prior")
    ax = cs.pl.compare(networks)
    np.testing.assert_allclose(columns(ax)[0], [50, 100])
    assert ax.get_xlabel().startswith("2 of 3 cells")


def test_all_networks_empty_is_an_honest_panel(make_networks):
    import pandas as pd

    networks = make_networks({"a": [], "b": []}, pairs=[("m0", "g0")])
    cs.tl.compare(networks, pd.DataFrame({"source": ["m0"], "target": ["g0"]}), against="prior")
    words = " ".join(cs.pl.compare(networks).texts[0].get_text().split())  # the panel decides where lines break
    assert words == "no cell has an interaction: there is nothing to compare"


def test_one_cell_is_not_tested(make_networks):
    import pandas as pd

    networks = make_networks({"a": [("m0", "g0"), ("m1", "g1")]})
    cs.tl.compare(networks, pd.DataFrame({"source": ["m0"], "target": ["g0"]}), against="prior")
    assert cs.pl.compare(networks).texts[0].get_text().endswith("not tested")


@pytest.mark.parametrize(("n_cells", "tested"), [(3, False), (5, False), (6, True)])
def test_few_cells_have_no_p(n_cells, tested):
    mdata = cs.datasets.simulated(n_cells=n_cells, seed=4)
    cs.tl.compare(mdata, mdata.uns["prior"].iloc[::3], against="prior", regulation="truth")
    ax = cs.pl.compare(mdata, regulation="truth")
    (text,) = (t.get_text() for t in ax.texts if t.get_gid() == "test")
    assert ("p" in text) == tested
    assert ("too few cells for a test" in ax.get_xlabel()) != tested


def test_many_cells_are_violins():
    mdata = cs.datasets.simulated(n_cells=220, n_mirnas=8, n_mrnas=40)
    truth = mdata.uns["prior"].iloc[::2]
    cs.tl.compare(mdata, truth, against=["random", "prior"], n_random=3, regulation="truth")
    ax = cs.pl.compare(mdata, regulation="truth")
    assert not columns(ax)
    bodies = [c for c in ax.collections if type(c).__name__ in ("PolyCollection", "FillBetweenPolyCollection")]
    assert len(bodies) == 2  # the prior has one value for all cells
    means = [c for c in ax.collections if c.get_gid() == "mean"]
    assert len(means) == 3


def test_what_was_not_run_names_the_call(mdata):
    fresh = cs.datasets.simulated(n_cells=4)
    with pytest.raises(StepError, match=r"Run cs.tl.compare\(mdata, truth\) first"):
        cs.pl.compare(fresh, regulation="truth")
    with pytest.raises(InputError, match="Did you mean 'random_prior'"):
        cs.pl.compare(mdata, networks="random_priors", regulation="truth")


def test_with_donors_brackets_hold_the_interval():
    mdata = cs.datasets.simulated(n_cells=12, seed=4)
    mdata["truth"].obs["donor"] = list("abc") * 4
    cs.tl.compare(mdata, mdata.uns["prior"].iloc[::3], against="prior", sample="donor", regulation="truth")
    row = cs.get.comparison(mdata, tests=True, regulation="truth").iloc[0]
    ax = cs.pl.compare(mdata, regulation="truth")
    (text,) = (t.get_text() for t in ax.texts if t.get_gid() == "test")
    low, high = signed(row["sample_low"]), signed(row["sample_high"])
    assert text == f"{signed(row['sample_difference'])} ({low} to {high})"
    assert "12 cells of 3 samples" in ax.get_xlabel()
    assert "paired" not in ax.get_xlabel()
