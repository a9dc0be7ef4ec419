"""Tables that are almost a prior: one error, or a repair that is counted."""

from __future__ import annotations

import pandas as pd
import pytest

import csmir as cs
from csmir._names.aligned import aligned_pairs

NET = pd.DataFrame({"source": ["hsa-miR-21-5p"], "target": ["PTEN"]})
SCORES = (
    "Gene ID\tGene Symbol\tGene Tax ID\tmiRNA\tcontext++ score\tweighted context++ score\n"
    "ENSG1\tHMGA2\t9606\thsa-let-7a-5p\t-0.5\t-0.45\n"
    "ENSG1\tHMGA2\t9606\thsa-let-7a-5p\t-0.2\t{}\n"
)


@pytest.fixture
def write(tmp_path):
    def put(text: str):
        (tmp_path / "x.csv").write_text(text)
        return tmp_path / "x.csv"

    return put


def test_a_column_that_is_there_twice(write):
    twice = pd.concat([NET, NET], axis=1)
    with pytest.raises(cs.InputError, match=r"`net` has 2 columns 'source'\. Rename or remove all but one"):
        aligned_pairs(twice, ["hsa-miR-21-5p"], ["PTEN"])
    for table in (twice, write("source,source,target\na,b,c\n")):
        with pytest.raises(cs.InputError, match="has 2 columns 'source'"):
            cs.priors.read_table(table)
    with pytest.raises(cs.InputError, match="has 2 columns 'Gene Symbol'"):
        cs.priors.targetscan(write(SCORES.replace("Gene ID", "Gene Symbol")))


def test_lists_of_targets():
    net = NET.assign(target=[["PTEN", "PDCD4"]])
    with pytest.raises(cs.InputError, match=r"holds list values in its column 'target'.*net\.explode\('target'\)"):
        aligned_pairs(net, ["hsa-miR-21-5p"], ["PTEN"])
    assert aligned_pairs(net.explode("target"), ["hsa-miR-21-5p"], ["PTEN"]).n_pairs == 1


def test_columns_without_names():
    net = cs.priors.read_table(pd.DataFrame([["hsa-miR-21-5p", "PTEN"]]), source=0, target=1)
    assert net[["source", "target"]].to_numpy().tolist() == NET.to_numpy().tolist()


@pytest.mark.parametrize(("score", "n"), [("NULL", 0), ("", 0), ("NA", 0), ("-", 0), ("strong", 1), ("0,15", 1)])
def test_scores_that_are_no_numbers_are_counted(write, caplog, score, n):
    net = cs.priors.targetscan(write(SCORES.format(score)))
    assert net["context_score"].tolist() == [-0.45]
    assert (f"1 values are not numbers and count as missing: '{score}'" in caplog.text) == bool(n)
