"""Networks that were spoiled by hand are refused in words by whatever reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

import csmir as cs


@pytest.fixture(scope="module")
def read():
    mdata = cs.datasets.simulated(n_cells=20, n_mirnas=6, n_mrnas=20, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, alpha=0.2)
    return mdata


def missing(column, value, dtype):
    def spoil(adata):
        names = adata.var[column].astype(dtype)
        names.iloc[2] = value
        adata.var[column] = names

    return spoil


def same_name(adata):
    adata.var_names = [*adata.var_names[:3], adata.var_names[2], *adata.var_names[4:]]


def same_ends(adata):
    for end in ("mirna", "mrna"):
        names = adata.var[end].astype(str)
        names.iloc[3] = names.iloc[2]
        adata.var[end] = names


def edge(value):
    def spoil(adata):
        adata.X.data[3] = value

    return spoil


SPOILED = {
    "a miRNA is NaN": (missing("mirna", np.nan, "category"), r"name no miRNA for 1 of \d+ pairs: .var\['mirna'\]"),
    "an mRNA is None": (missing("mrna", None, object), r"name no mRNA for 1 of \d+ pairs: .var\['mrna'\]"),
    "an mRNA is NA": (missing("mrna", pd.NA, "string"), r"name no mRNA for 1 of \d+ pairs: .var\['mrna'\]"),
    "two pairs have one name": (same_name, "more than one pair of a name: "),
    "a pair is there twice": (same_ends, "list 1 pairs once more, such as "),
    "an edge is NaN": (edge(np.nan), "holds 1 missing or infinite values"),
    "an edge is inf": (edge(np.inf), "holds 1 missing or infinite values"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_spoiled_networks_are_refused(read, how, tmp_path):
    spoil, sentence = SPOILED[how]
    mdata = read.copy()
    spoil(mdata["regulation"])
    for reader in (cs.tl.hubs, cs.tl.similarity, cs.tl.synergy, cs.tl.null, cs.get.edges, cs.get.pairs, cs.pl.sign):
        with pytest.raises(cs.InputError, match=f"networks 'regulation' .*{sentence}"):
            reader(mdata)
    with pytest.raises(cs.InputError, match=sentence):
        cs.get.graph(mdata, mdata.obs_names[0])
    with pytest.raises(cs.InputError, match=sentence):
        cs.io.write_tables(mdata, tmp_path)
    assert not [*tmp_path.iterdir()]


def among_mirnas(*pairs, values):
    var = pd.DataFrame(pairs, columns=["mirna_a", "mirna_b"], index=[f"pair {k}" for k in range(len(pairs))])
    x = sparse.csr_matrix(np.array([values], np.float32))
    return AnnData(X=x, obs=pd.DataFrame(index=["cell"]), var=var)


def test_pairs_of_one_kind_have_no_direction():
    assert len(cs.get.edges(among_mirnas(("a", "b"), ("b", "c"), ("a", "c"), values=[1, 1, 1]))) == 3
    with pytest.raises(cs.InputError, match=r"once more, such as c and a \(as 'pair 2'\)"):
        cs.get.edges(among_mirnas(("a", "c"), ("b", "c"), ("c", "a"), values=[1, 1, 1]))


def test_values_that_only_their_sum_cannot_hold_are_numbers():
    assert len(cs.get.edges(among_mirnas(("a", "b"), ("b", "c"), values=[3e38, 3e38]))) == 2
