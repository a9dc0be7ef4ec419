from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir._report.page import html_table
from csmir._report.tables import numbers, parameters, tables


@pytest.fixture
def run(random_networks):
    cs.tl.hubs(random_networks)
    cs.tl.conservation(random_networks, conserved=0.5)
    cs.tl.similarity(random_networks)
    return random_networks


def test_numbers_are_those_of_the_object(run):
    reg = run["regulation"]
    found = dict(numbers(run))
    kinds = reg.var["conservation"].value_counts()
    union = (reg.X.toarray() != 0).any(axis=0).sum()
    assert found["cells"] == "12"
    assert found["interactions in any cell"] == str(union)
    assert found["conserved interactions"] == f"{kinds['conserved']} ({100 * kinds['conserved'] / union:.1f}%)"
    per_cell = (reg.X.toarray() != 0).sum(axis=1)
    assert found["interactions of a cell"] == f"{per_cell.min()} to {per_cell.max()}"
    off = reg.obsp["interaction_similarity"][~np.eye(12, dtype=bool)]
    assert found["similarity of two cells"] == f"{off.min():.2f} to {off.max():.2f}"
    assert "interactions that chance gives" not in found


def test_every_recorded_parameter_is_listed_and_no_result(run):
    found = parameters(run)
    values = dict(zip(found["step"] + "." + found["parameter"], found["value"], strict=True))
    assert values["conservation.conserved"] == "0.5"
    assert values["hubs.ties"] == "name"
    assert values["similarity.on"] == "interactions, hubs, expression"
    cs.tl.cluster(run)
    assert not {"linkage", "leaves", "cells"} & set(parameters(run)["parameter"])


def test_tables_say_how_many_rows_there_are(run):
    found = {table.name: table for table in tables(run)}
    assert list(found) == ["cells", "mirnas", "conserved_interactions", "rewired_interactions"]
    reg = run["regulation"]
    conserved = found["conserved_interactions"]
    assert conserved.n_rows == (reg.var["conservation"] == "conserved").sum()
    support = conserved.frame["support"]
    assert support.is_monotonic_decreasing
    for pair in conserved.frame.itertuples():
        at = np.flatnonzero((reg.var["mirna"] == pair.mirna) & (reg.var["mrna"] == pair.mrna))[0]
        stored = reg.layers["support"].toarray()[:, at].astype(float)
        # to the last bit, which does not hang on the order of the cells
        assert pair.support == math.fsum(stored) / np.count_nonzero(stored)
    mirnas = found["mirnas"].frame
    hubs = reg.obsm["hub_mirna"].sum()
    assert mirnas.set_index("mirna")["hub_in_cells"].to_dict() == hubs.to_dict()
    assert mirnas["pairs_tested"].sum() == reg.n_vars


def test_the_longest_tables_are_cut(run, monkeypatch):
    import csmir._report.tables as module

    monkeypatch.setattr(module, "MOST_STORED", 3)
    cut = {table.name: table for table in tables(run)}["cells"]
    assert (len(cut.frame), cut.n_rows) == (3, 12)


def test_tables_of_steps_are_there_best_first(run):
    cs.tl.modules(run)
    run["regulation"].uns["csmir"]["enrichment"] = pd.DataFrame({"set": ["a", "b"], "qvalue": [0.5, 0.1]})
    found = {table.name: table for table in tables(run)}
    assert found["enrichment"].frame["set"].tolist() == ["b", "a"]
    assert "modules" in found
    assert "hub_conservation" not in found


def test_cells_of_html_carry_what_they_sort_by():
    frame = pd.DataFrame({"name <b>": ["x & y", None], "n": [12345, 7], "f": [0.000012345, np.nan]})
    frame["inf"], frame["yes"] = [np.inf, -np.inf], [True, False]
    text = html_table(frame, "t")
    assert "name &lt;b&gt;" in text
    assert "<td>x &amp; y</td>" in text
    assert '<td class="n" data-v="12345">12,345</td>' in text
    assert '<td class="n" data-v="1.2345e-05">1.234e-05</td>' in text
    assert '<td class="n" data-v=""></td>' in text
    assert 'data-v="-Infinity"' in text
    assert "<td>True</td>" in text
    assert [part.split('"')[0] for part in text.split('data-type="')[1:]] == ["t", "n", "n", "n", "t"]
