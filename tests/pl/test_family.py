from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit import style


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=9, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=15)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3)
    cs.tl.conservation(mdata)
    cs.tl.validate(mdata, mdata.uns["prior"].iloc[::2])
    cs.tl.family(mdata, list(mdata["mirna"].var_names[:5]), name="five")
    return mdata


def squares(ax, kind):
    return next((c for c in ax.collections if c.get_gid() == kind), None)


def test_a_square_for_each_pair_filled_where_p_is_small(mdata):
    axes = cs.pl.family(mdata)
    assert list(axes) == ["n_interactions", "n_targets", "pct_validated", "targets"]
    for measure in list(axes)[:-1]:
        p = cs.get.family_ks(mdata, measure).to_numpy()[np.triu_indices(9, 1)]
        filled, hollow = (squares(axes[measure], kind) for kind in ("differ", "alike"))
        assert len(filled.get_paths()) == (p <= 0.05).sum()
        assert len(hollow.get_paths()) == (p > 0.05).sum()
        note = next(t for t in axes[measure].texts if t.get_gid() == "summary").get_text()
        shuffled = cs.get.family(mdata, "shuffled")
        shuffled = shuffled[shuffled["measure"] == measure]
        by_chance = (shuffled["pvalue"] <= 0.05).sum() / 3
        assert note == (
            f"{(p <= 0.05).sum()} of 36 pairs have\np ≤ 0.05 over 15 runs\n(when shuffled: {by_chance:,.0f})"
        )


def test_colours_are_the_statistic(mdata):
    from matplotlib import colormaps

    ax = cs.pl.family(mdata, measures="n_targets", alpha=1)["n_targets"]
    d = cs.get.family_ks(mdata, "n_targets", value="statistic").to_numpy()[np.triu_indices(9, 1)]
    drawn = sorted(to_hex(c) for c in squares(ax, "differ").get_facecolor())
    assert drawn == sorted(to_hex(colormaps["viridis"](v)) for v in d)


def test_bars_count_the_targets(mdata):
    ax = cs.pl.family(mdata)["targets"]
    targets = cs.get.family(mdata)
    for bars, kind in zip(ax.containers, ("conserved", "rewired"), strict=True):
        n = (targets["conservation"] == kind).sum()
        assert sum(b.get_width() for b in bars) == n
        assert bars.get_label() == f"{kind} ({n:,})"
    assert ax.get_xlabel() == f"interactions\n(of {len(targets)} in any cell)"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [b.get_label() for b in ax.containers]
    assert to_hex(ax.containers[0][0].get_facecolor()).upper() == style.CONSERVED


def test_one_run_is_an_honest_panel(random_networks):
    cs.tl.conservation(random_networks)
    cs.tl.family(random_networks, ["m0", "m1"], name="two")
    axes = cs.pl.family(random_networks)
    assert list(axes) == ["ks", "targets"]
    assert "no distributions to compare" in axes["ks"].texts[0].get_text().replace("\n", " ")


def test_family_without_conserved_or_rewired_targets(make_networks):
    half = {f"c{k}": [("m0", "g0")] if k < 5 else [("m1", "g1")] for k in range(10)}
    networks = make_networks(half)
    cs.tl.conservation(networks)
    cs.tl.family(networks, ["m0"], name="one")
    text = cs.pl.family(networks)["targets"].texts[0].get_text().replace("\n", " ")
    assert text == "none of 1 interactions is conserved or rewired"


def test_several_families_need_a_name(mdata):
    copy = mdata.copy()
    cs.tl.family(copy, list(mdata["mirna"].var_names[5:8]), name="three")
    with pytest.raises(InputError, match="several families: 'five', 'three'"):
        cs.pl.family(copy)
    fig = cs.pl.family(copy, family="three", return_fig=True)
    assert fig.get_suptitle() == "three"


def test_narrow_figures_have_the_bars_below(mdata):
    for width, below in ((3.35, True), (8.0, False)):
        axes = cs.pl.family(mdata, figsize=(width, 6))
        bars, matrix = axes["targets"].get_position(), axes["pct_validated"].get_position()
        assert (bars.y1 < matrix.y0) == below


def test_what_was_not_run_names_the_call(mdata):
    fresh = cs.datasets.simulated(n_cells=4)
    with pytest.raises(StepError, match=r"Run cs.tl.family\(mdata, members\) first"):
        cs.pl.family(fresh, regulation="truth")
    with pytest.raises(InputError, match="`measures` must be one of"):
        cs.pl.family(mdata, measures="pct_disease")


def test_few_interactions_have_whole_ticks(make_networks):
    mdata = make_networks({f"c{i}": [("m0", f"g{j}") for j in range(i)] for i in range(7)})
    cs.tl.conservation(mdata)
    cs.tl.family(mdata, ["m0"], name="one")
    ax = cs.pl.family(mdata)["targets"]
    ax.figure.canvas.draw()
    assert {t.get_text() for t in ax.get_xticklabels()} <= {"", "0", "1", "2"}
    bars = [p.get_window_extent().height for p in ax.patches]
    assert max(bars) < ax.bbox.height / 4  # one miRNA does not fill the panel


def test_names_of_a_large_family_do_not_run_into_each_other(mdata):
    large = cs.tl.family(mdata, list(mdata["mirna"].var_names[:12]), name="twelve", copy=True)
    fig = cs.pl.family(large, family="twelve", figsize=(3.4, 5.1), return_fig=True)
    fig.canvas.draw()
    (ax,) = [ax for ax in fig.axes if ax.get_xlabel().startswith("interactions\n")]
    names = ax.get_yticklabels()
    height = names[0].get_fontsize() * fig.dpi / 72  # of a line without the gap to the next
    assert len(names) > 8
    middles = sorted((box.y0 + box.y1) / 2 for box in (name.get_window_extent() for name in names))
    assert all(above - below >= height for below, above in pairwise(middles))
