from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit import style


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(seed=2)
    genes = mdata["mrna"].var_names
    sets = {f"SET_{i}": genes[10 * i : 10 * i + 20] for i in range(8)}
    cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None, regulation="truth")
    cs.tl.enrich_disease(mdata, [*mdata["mirna"].var_names[:5], *genes[:30]], of="mirnas", share=0, regulation="truth")
    return mdata


def test_a_dot_for_each_result(mdata):
    table = cs.get.enrichment(mdata, regulation="truth")
    ax = cs.pl.enrich(mdata, n_queries=99, regulation="truth")
    (dots,) = ax.collections
    assert len(dots.get_offsets()) == len(table)
    rows = [t.get_text() for t in ax.get_yticklabels()]
    columns = [t.get_text() for t in ax.get_xticklabels()]
    assert ax.get_ylabel() == "SET_…"
    drawn = {(f"SET_{rows[round(y)]}", columns[round(x)]) for x, y in dots.get_offsets()}
    prefix = ax.get_xlabel().partition("\n")[0].removesuffix("…")
    assert drawn == {(s, q.removeprefix(prefix)) for s, q in zip(table["gene_set"], table["query"], strict=True)}
    np.testing.assert_allclose(np.sort(dots.get_array()), np.sort(-np.log10(table["qvalue"])))


def test_the_smallest_q_first_and_what_is_left_out_is_said(mdata):
    table = cs.get.enrichment(mdata, regulation="truth")
    best = table.groupby("gene_set", observed=True)["qvalue"].min().sort_values(kind="stable")
    ax = cs.pl.enrich(mdata, n_sets=3, n_queries=4, regulation="truth", figsize=(9, 4))
    assert {f"SET_{t.get_text()}" for t in ax.get_yticklabels()} <= set(best.index[:3])
    remark = ax.get_title(loc="right")
    n_queries = table["query"].astype(str).nunique()
    assert remark == f"3 of {len(best)} gene sets, 4 of {n_queries} queries"


@pytest.mark.parametrize("figsize", [None, (7, 2.4), (3.4, 2.8)])
def test_the_key_of_sizes_and_that_of_colours_are_apart(mdata, figsize):
    ax = cs.pl.enrich(mdata, n_sets=3, alpha=0.9, regulation="truth", figsize=figsize)
    ax.figure.canvas.draw()
    key = ax.get_legend()
    (bar,) = ax.child_axes
    assert not bar.get_tightbbox().overlaps(key.get_window_extent())
    assert bar.get_tightbbox().x1 <= ax.figure.bbox.x1 + 2
    assert [t.get_text() for t in key.get_texts()][-1] == "q < 0.9"


def test_a_long_prefix_is_not_longer_than_the_panel(mdata):
    genes = mdata["mrna"].var_names
    sets = {f"GO_A_LONG_NAME_OF_A_SET_{i}": genes[10 * i : 10 * i + 20] for i in range(4)}
    copy = mdata.copy()
    cs.tl.enrich(copy, sets, of="mirnas", share=0, alpha=None, regulation="truth")
    ax = cs.pl.enrich(copy, regulation="truth")
    ax.figure.canvas.draw()
    assert ax.yaxis.label.get_window_extent().y1 <= ax.figure.bbox.y1


def test_rims_mark_what_is_significant(mdata):
    table = cs.get.enrichment(mdata, regulation="truth")
    alpha = float(np.median(table["qvalue"]))
    (dots,) = cs.pl.enrich(mdata, n_queries=99, alpha=alpha, regulation="truth").collections
    rims = [c for c in dots.get_edgecolor() if c[3] > 0]
    assert len(rims) == (table["qvalue"] < alpha).sum()


def test_one_query_lies_at_its_fold_enrichment(mdata):
    table = cs.get.enrichment(mdata, regulation="truth")
    query = table["query"].astype(str).value_counts().index[0]
    part = table[table["query"].astype(str) == query]
    ax = cs.pl.enrich(mdata, query=query, regulation="truth")
    assert ax.get_xlabel().partition("\n")[0] == f"fold enrichment in {query}"
    np.testing.assert_allclose(np.sort(ax.collections[0].get_offsets()[:, 0]), np.sort(part["fold"]))


def test_sizes_grow_with_the_overlap_and_are_explained(mdata):
    ax = cs.pl.enrich(mdata, n_queries=99, regulation="truth")
    overlap = cs.get.enrichment(mdata, regulation="truth")["overlap"]
    size = ax.collections[0].get_sizes()
    assert np.argmax(size) in np.flatnonzero(size == size.max())
    assert len(np.unique(size.round(6))) == overlap.nunique()
    texts = [int(t.get_text()) for t in ax.get_legend().get_texts()]
    assert (texts[0], texts[-1]) == (overlap.min(), overlap.max())


@pytest.mark.parametrize("figsize", [None, (3.4, 3.2)])
def test_the_universe_is_said(mdata, figsize):
    def said(of):
        ax = cs.pl.enrich(of, regulation="truth", figsize=figsize)
        ax.figure.canvas.draw()
        box = ax.xaxis.label.get_window_extent()
        assert min(box.x0, box.y0, ax.figure.bbox.x1 - box.x1) >= 0
        return ax.get_xlabel().replace("\n", " ").partition("universe: ")[2]

    copy = mdata.copy()
    genes = mdata["mrna"].var_names
    tested = mdata["truth"].var["mrna"].nunique()
    sets = {f"SET_{i}": genes[10 * i : 10 * i + 20] for i in range(8)}
    assert said(copy) == f"all {len(genes)} mRNAs of the data; {tested} were tested as targets"
    cs.tl.enrich(copy, sets, of="mirnas", universe="pairs", share=0, alpha=None, regulation="truth")
    assert said(copy) == f"the {tested} mRNAs that were tested as pairs"
    cs.tl.enrich(copy, sets, of="mirnas", universe=genes[:60], share=0, alpha=None, regulation="truth")
    assert said(copy) == "60 mRNAs handed in"


def test_disease_has_queries_as_rows(mdata):
    ax = cs.pl.enrich(mdata, key="disease_enrichment", n_queries=5, regulation="truth")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["both", "miRNAs", "mRNAs"]
    assert len(ax.get_yticks()) == 5


def test_no_result_is_an_honest_panel(mdata):
    copy = mdata["truth"].copy()
    copy.uns["csmir"]["enrichment"] = copy.uns["csmir"]["enrichment"].iloc[:0]
    ax = cs.pl.enrich(copy)
    assert style.is_empty(ax)
    assert "the table of results is empty" in ax.texts[0].get_text().replace("\n", " ")


def test_what_was_not_run_names_the_call(mdata):
    fresh = cs.datasets.simulated(n_cells=4)
    with pytest.raises(StepError, match=r"Run cs.tl.enrich first"):
        cs.pl.enrich(fresh, regulation="truth")
    with pytest.raises(InputError, match="No query 'x'"):
        cs.pl.enrich(mdata, query="x", regulation="truth")
    with pytest.raises(InputError, match="`n_sets` must be a whole number"):
        cs.pl.enrich(mdata, n_sets=0, regulation="truth")
