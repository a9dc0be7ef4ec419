"""Rows of count tables that are no features are named, wherever they come in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir._names.totals import totals

ROWS = ["miRNAtotal", "__no_feature", "__alignment_not_unique", "N_unmapped", "N_multimapping", "ERCC-00002", "total"]
ROWS += ["Unmapped", "not_aligned", "SIRV101", "UniSp6", "no_feature", "cel-miR-39-3p", "ath-miR-159a", "POS_A(128)"]
ROWS += ["nCount_RNA", "nFeature_RNA", "library_size", "mirna_sum", "mapped_reads", "phiX174"]
FEATURES = [
    "hsa-miR-21-5p",
    "hsa-let-7a-5p",
    "hsa-miR-39",
    "PTEN",
    "ERCC1",
    "ERCC6L2",
    "SUMO1",
    "TOTA",
    "UNMA",
    "NEGR1",
]


def test_what_is_a_total():
    assert sorted(totals([*FEATURES, *ROWS])) == sorted(ROWS)
    assert totals(["cel-miR-39-3p", "cel-let-7-5p", "cel-miR-54-3p"]) == []  # at home in a worm
    assert totals([]) == []


@pytest.fixture
def tables():
    rng = np.random.default_rng(0)
    cells = [f"c{i}" for i in range(12)]
    mirna = pd.DataFrame(rng.poisson(5, (12, 3)), cells, ["hsa-miR-21-5p", "hsa-let-7a-5p", "miRNAtotal"])
    mrna = pd.DataFrame(rng.poisson(5, (12, 3)), cells, ["PTEN", "MYC", "ERCC-00002"])
    return mirna, mrna


def test_warned_of_when_read(tables, caplog):
    caplog.set_level("WARNING", "csmir")
    mdata = cs.io.make_mudata(*tables)
    assert "1 miRNA features look like totals, reads without a feature or spike-ins: 'miRNAtotal'" in caplog.text
    assert "'ERCC-00002'" in caplog.text
    caplog.clear()
    net = pd.DataFrame({"source": ["hsa-miR-21-5p"], "target": ["PTEN"]})
    cs.priors.match_report(net, mdata)
    assert "'miRNAtotal'" in caplog.text
    caplog.clear()
    cs.tl.regulation(mdata, net)
    assert "'miRNAtotal'" not in caplog.text  # a prior does not have it
    cs.tl.regulation(mdata)
    assert "'miRNAtotal'" in caplog.text
