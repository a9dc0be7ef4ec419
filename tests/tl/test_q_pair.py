"""Steps and exports that are asked for pairs that hold: the same as over networks without the others."""

from __future__ import annotations

import base64
import gzip
import json
import re

import numpy as np
import pandas as pd
import pytest
from tests.kernels.worlds import world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir import InputError, StepError

Q = 0.05


@pytest.fixture(scope="module")
def networks():
    mdata = mdata_of(world(1, n=200, slope=1.0, n_x=12, n_y=100, n_pairs=120))
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", groups="type", factors=0, alpha=0.3)
    return mdata


@pytest.fixture
def both(networks):
    """Networks, and the same whose other pairs have no interaction."""
    whole, only = networks["regulation"].copy(), networks["regulation"].copy()
    held = whole.var["pair_qvalue"].to_numpy() <= Q
    assert 0 < held.sum() < (whole.var["n_cells"] > 0).sum()
    for name in (None, *only.layers):
        values = only.X if name is None else only.layers[name]
        values = values.toarray() * held
        values = type(only.X)(values)
        if name is None:
            only.X = values
        else:
            only.layers[name] = values
    return whole, only


def test_hubs(both):
    whole, only = both
    cs.tl.hubs(whole, q_pair=Q)
    cs.tl.hubs(only)
    pd.testing.assert_frame_equal(whole.obsm["out_degree"], only.obsm["out_degree"])
    pd.testing.assert_frame_equal(whole.obsm["hub_mirna"], only.obsm["hub_mirna"])
    assert whole.uns["csmir"]["hubs"]["q_pair"] == Q


def test_conservation(both):
    whole, only = both
    before = whole.var["n_cells"].copy()
    cs.tl.conservation(whole, conserved=0.3, q_pair=Q)
    cs.tl.conservation(only, conserved=0.3)
    pd.testing.assert_series_equal(whole.var["conservation"], only.var["conservation"])
    assert (whole.var["conservation"] == "conserved").any()
    pd.testing.assert_series_equal(whole.var["n_cells"], before)


@pytest.mark.parametrize("of", ["mirnas", "conserved", "type", "cells"])
def test_enrichment(both, of):
    sets = {f"set {i}": [f"y{j}" for j in range(i, 100, 4)] for i in range(4)}
    sets = {k: [n for n in both[0].var["mrna"].unique() if int("".join(filter(str.isdigit, n))) % 4 == i] for i, k in
            enumerate(sets)}  # fmt: skip
    tables = []
    for adata, options in zip(both, ({"q_pair": Q}, {}), strict=True):
        cs.tl.conservation(adata, conserved=0.3, **options)
        universe = list(adata.var["mrna"].unique())
        cs.tl.enrich(adata, sets, of=of, share=0, alpha=None, min_size=1, universe=universe, **options)
        tables.append(cs.get.enrichment(adata).astype({"query": str}))
    assert len(tables[0])
    pd.testing.assert_frame_equal(*tables)


def test_modules(both):
    tables = []
    for adata, options in zip(both, ({"q_pair": Q}, {}), strict=True):
        cs.tl.modules(adata, adata.obs_names[:5], min_mirnas=1, min_mrnas=2, **options)
        tables.append(cs.get.modules(adata))
    assert len(tables[0])
    pd.testing.assert_frame_equal(*tables)


def test_tables(both, tmp_path):
    whole, only = both
    pd.testing.assert_frame_equal(cs.get.edges(whole, q_pair=Q), cs.get.edges(only))
    columns = ["mirna", "mrna", "n_cells", "mean_value", "pair_qvalue"]
    held = cs.get.pairs(whole, q_pair=Q)
    pd.testing.assert_frame_equal(held[columns], cs.get.pairs(only)[columns])
    assert (held["pair_qvalue"] <= Q).all()
    cs.io.write_tables(whole, tmp_path / "a", q_pair=Q)
    cs.io.write_tables(only, tmp_path / "b")
    assert (tmp_path / "a" / "edges.tsv").read_text() == (tmp_path / "b" / "edges.tsv").read_text()


def test_graph(both):
    whole, only = both
    cell = whole.obs_names[int(np.argmax(whole.obs["n_interactions"]))]
    held, of_only = cs.get.graph(whole, cell, q_pair=Q), cs.get.graph(only, cell)
    assert 0 < held.number_of_edges() < cs.get.graph(whole, cell).number_of_edges()
    assert dict(held.edges) == dict(of_only.edges)
    assert dict(held.nodes) == dict(of_only.nodes)


def unpacked(text: str) -> dict:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_report(networks, tmp_path):
    before = networks["regulation"].copy()
    cs.io.write_report(networks, tmp_path / "all.html")
    cs.io.write_report(networks, tmp_path / "held.html", q_pair=Q)
    pages = [(tmp_path / name).read_text() for name in ("all.html", "held.html")]
    held = before.var["pair_qvalue"].to_numpy() <= Q
    there = np.asarray((before.X != 0).sum(axis=0)).ravel() > 0
    counts = [f"<dd>{n:,}</dd><dt>interactions in any cell</dt>" for n in (there.sum(), (there & held).sum())]
    assert [count in page for count in counts for page in pages] == [True, False, False, True]
    words = f"of at most 0.05 are shown: {(there & held).sum():,} of {there.sum():,} with an interaction in some cell"
    assert [words in page for page in pages] == [False, True]
    chooser = [unpacked(re.search(r'id="data-networks">([^<]*)<', p)[1]) for p in pages]
    assert sum(c["n"] for c in chooser[0]["cells"]) == (before.X != 0).sum()
    assert sum(c["n"] for c in chooser[1]["cells"]) == (before.X.toarray()[:, held] != 0).sum()
    np.testing.assert_array_equal(networks["regulation"].X.toarray(), before.X.toarray())
    pd.testing.assert_frame_equal(networks["regulation"].var, before.var)


def test_refusals(networks):
    adata = networks["regulation"].copy()
    for call in (cs.tl.hubs, cs.tl.conservation, cs.get.edges, cs.get.pairs, cs.tl.modules):
        with pytest.raises(InputError, match="q_pair"):
            call(adata, q_pair=1.5)
    with pytest.raises(InputError, match=r"cs\.tl\.modules"):
        cs.tl.enrich(adata, {"a": list(adata.var["mrna"][:9])}, q_pair=Q, universe=list(adata.var["mrna"].unique()))
    del adata.var["pair_qvalue"]
    for call in (cs.tl.hubs, cs.tl.conservation, cs.get.edges, cs.get.pairs):
        with pytest.raises(StepError, match="pair_qvalue"):
            call(adata, q_pair=Q)
    adata = networks["regulation"].copy()
    adata.var["pair_qvalue"] = np.nan  # tested nowhere: nothing holds
    assert not len(cs.get.edges(adata, q_pair=Q))
