"""Nothing that is written may be cut off or run into its neighbour, in a notebook or in a journal's columns."""

from __future__ import annotations

from itertools import pairwise

import pytest
import scanpy as sc
from matplotlib.axes import Axes
from matplotlib.text import Text

import csmir as cs
from csmir import InputError
from csmir.pl._kit.style import COLUMN, PAGE


@pytest.fixture(scope="module")
def runs():
    """3 and 14 cells after every step."""
    out = {}
    for n_cells in (3, 14):
        mdata = cs.datasets.simulated(n_cells=n_cells, seed=1)
        cs.pp.recipe_csmir(mdata)
        cs.pp.bootstrap_cells(mdata, n_runs=8)
        cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3)
        cs.tl.hubs(mdata)
        cs.tl.sign(mdata)
        cs.tl.conservation(mdata)
        cs.tl.similarity(mdata)
        cs.tl.cluster(mdata, ["interactions", "hubs", "expression"], k=2)
        cs.tl.crosstalk(mdata)
        truth = mdata.uns["prior"].iloc[::2]
        genes = mdata["mrna"].var_names
        cs.tl.validate(mdata, truth, disease=[*mdata["mirna"].var_names[:5], *genes[:40]])
        cs.tl.compare(mdata, truth, against=["random", "random_prior", "prior"], n_random=5)
        sets = {f"PATHWAY_OF_A_LONG_NAME_{'X' * i}_{i}": genes[8 * i : 8 * i + 16] for i in range(10)}
        cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None)
        cs.tl.family(mdata, list(mdata["mirna"].var_names[:6]), name="six")
        cs.tl.modules(mdata)
        cs.tl.null(mdata, n_permutations=3)
        cs.tl.stability(mdata, n_seeds=2)
        sc.pp.pca(mdata["mrna"], n_comps=2)
        networks = mdata["regulation"]
        networks.obs["cluster"] = networks.obs["cluster"].astype("category")
        if n_cells > 3:
            sc.tl.rank_genes_groups(networks, "cluster", method="wilcoxon")
        out[n_cells] = mdata
    return out


def pair(mdata):
    names = mdata["regulation"].var.iloc[0]
    return {"mirna": names["mirna"], "mrna": names["mrna"]}


# name -> the call, and the heights in parts of the width at which it is drawn
FIGURES = {
    "agreement": (cs.pl.agreement, 0.7, 0.4),
    "box": (lambda m, **k: cs.pl.box(m, **pair(m), **k), 1.1, 0.6),
    "cluster": (cs.pl.cluster, 1.4, 0.4),
    "tanglegram": (lambda m, **k: cs.pl.cluster(m, ["cluster", "cluster_hubs"], tanglegram=True, **k), 1.0, 0.5),
    "compare": (cs.pl.compare, 0.8, 0.6),
    "crosstalk": (cs.pl.crosstalk, 0.8, 0.7),
    "enrich": (cs.pl.enrich, 1.1, 0.7),
    "enrich one": (lambda m, **k: cs.pl.enrich(m, query=queries(m), **k), 1.1, 0.7),
    "embedding": (lambda m, **k: cs.pl.embedding(m, basis="pca", **k), 0.8, 0.6),
    "flow": (lambda m, **k: cs.pl.flow(m, alpha=None, **k), 1.1, 0.6),
    "flow one": (lambda m, **k: cs.pl.flow(m, alpha=None, query=queries(m), **k), 1.1, 0.6),
    "family": (cs.pl.family, 1.5, 0.7),
    "module": (lambda m, **k: cs.pl.module(m, 0, **k), 0.8, 0.6),
    "module circle": (lambda m, **k: cs.pl.module(m, 0, layout="circle", **k), 0.9, 0.8),
    "module cells": (lambda m, **k: cs.pl.module(m, 0, layout="cells", **k), 0.9, 0.6),
    "network": (lambda m, **k: cs.pl.network(m, m.obs_names[0], **k), 0.8, 0.6),
    "null": (cs.pl.null, 0.8, 0.5),
    "null cells": (lambda m, **k: cs.pl.null(m, "cells", **k), 0.8, 0.5),
    "out_degree": (cs.pl.out_degree, 0.8, 0.6),
    "out_degree hubs": (lambda m, **k: cs.pl.out_degree(m, value="hub", groupby="cluster", **k), 0.8, 0.5),
    "overview": (cs.pl.overview, 2.6, 0.8),
    "pair": (lambda m, **k: cs.pl.pair(m, groupby="group", **pair(m), **k), 1.0, 0.7),
    "embedding pair": (lambda m, **k: cs.pl.embedding(m, pair=list(pair(m).values()), basis="pca", **k), 0.9, 0.6),
    "per_cell": (lambda m, **k: cs.pl.per_cell(m, color="cluster", **k), 1.3, 0.8),
    "recurrence": (cs.pl.recurrence, 0.8, 0.6),
    "recurrence log": (lambda m, **k: cs.pl.recurrence(m, on="hubs", log=True, **k), 0.8, 0.6),
    "seeds": (lambda m, **k: cs.pl.stability(m, "seeds", **k), 0.8, 0.5),
    "similarity pies": (lambda m, **k: cs.pl.similarity(m, kind="pies", **k), 0.9, 0.9),
    "similarity both": (lambda m, **k: cs.pl.similarity(m, kind="squares", lower="hubs", **k), 0.85, 0.85),
    "similarity numbers": (lambda m, **k: cs.pl.similarity(m, kind="numbers", **k), 0.85, 0.85),
    "similarity tree": (lambda m, **k: cs.pl.similarity(m, kind="clustered", groupby="cluster", **k), 0.8, 0.8),
    "sign": (cs.pl.sign, 0.9, 0.6),
    "stability": (cs.pl.stability, 0.8, 0.6),
    "upset": (lambda m, **k: cs.pl.upset(cs.tl.conservation(m, groups="group", copy=True), **k), 1.0, 0.6),
    "volcano": (lambda m, **k: cs.pl.volcano(m, "1", **k), 0.8, 0.6),
}


def queries(mdata):
    return str(cs.get.enrichment(mdata)["query"].iloc[0])


@pytest.mark.parametrize("n_cells", [3, 14])
@pytest.mark.parametrize("width", ["notebook", "column", "page"])
@pytest.mark.parametrize("name", FIGURES)
def test_text_is_whole_and_apart(runs, name, width, n_cells, monkeypatch):
    draw, tall, flat = FIGURES[name]
    if name in ("volcano", "upset") and n_cells == 3:
        pytest.skip("scanpy's test, and conservation, need groups of more cells")
    figsize = {"notebook": None, "column": (COLUMN, COLUMN * tall), "page": (PAGE, PAGE * flat)}[width]
    fig = draw(runs[n_cells], figsize=figsize, return_fig=True)
    drawn: list[Text] = []
    original = Text.draw
    monkeypatch.setattr(Text, "draw", lambda self, *a, **k: (drawn.append(self), original(self, *a, **k))[1])
    fig.canvas.draw()
    box = fig.bbox
    cut = []
    for text in drawn:
        if text.get_text().strip() and text.get_visible():
            at = text.get_window_extent()
            if at.x0 < -2 or at.y0 < -2 or at.x1 > box.x1 + 2 or at.y1 > box.y1 + 2:
                cut.append(text.get_text())
    assert not cut, f"cut off at the edge: {cut}"
    tiny = {t.get_text(): t.get_fontsize() for t in drawn if t.get_text().strip() and t.get_fontsize() < 4.99}
    assert not tiny, f"too small to read: {tiny}"
    written = set(drawn)
    for ax in fig.findobj(Axes):
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            there = [t for t in labels if t in written and t.get_text() and t.get_rotation() % 90 == 0]
            for one, other in pairwise(there):
                a, b = one.get_window_extent(), other.get_window_extent()
                across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
                touch = across > 0.5 and down > 0.3 * min(a.height, b.height)
                assert not touch, f"{one.get_text()!r} runs into {other.get_text()!r}"


@pytest.mark.parametrize("draw", [cs.pl.overview, cs.pl.family])
@pytest.mark.parametrize("figsize", [(3.4, 2.8), (8, 2)])
def test_too_low_for_its_panels(runs, draw, figsize):
    with pytest.raises(InputError, match=r"The panels need a height of .* inches"):
        draw(runs[3], figsize=figsize)
