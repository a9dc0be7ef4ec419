"""aligned_pairs: the pairs of a prior that the data have, or the reason why there are none."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from csmir import InputError
from csmir._names.aligned import aligned_pairs

MIRNA = pd.Index(["hsa-miR-1-3p", "hsa-miR-16-5p", "hsa-let-7a-5p"])
MRNA = pd.Index(["TP53", "HIF1A", "CDK4", "BCL2"])


def net(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["source", "target"])


def test_counts_and_order():
    found = aligned_pairs(
        net(
            ("hsa-let-7a-5p", "TP53"),
            ("hsa-miR-1-3p", "BCL2"),
            ("hsa-miR-1-3p", "TP53"),
            ("hsa-miR-1-3p", "BCL2"),
            ("hsa-miR-1-3p", "NOTHERE"),
            ("hsa-miR-999", "TP53"),
            ("hsa-miR-999", "TP53"),
        ),
        MIRNA,
        MRNA,
    )
    assert found.mirna_idx.tolist() == [0, 0, 2]
    assert found.mrna_idx.tolist() == [0, 3, 0]
    assert found.mirna_idx.dtype == found.mrna_idx.dtype == np.int32
    assert (found.n_rows, found.n_duplicates, found.n_unmatched, found.n_pairs) == (7, 2, 2, 3)
    assert (found.n_mirnas, found.n_mrnas) == (2, 2)


@pytest.mark.parametrize("dtype", ["category", "string", "string[pyarrow]", object])
def test_any_kind_of_text(dtype):
    frame = net(("hsa-miR-16-5p", "CDK4"), ("hsa-miR-1-3p", "TP53"), ("hsa-miR-16-5p", "CDK4"), ("x", "CDK4"))
    plain = aligned_pairs(frame, MIRNA, MRNA)
    other = aligned_pairs(frame.astype(dtype).set_index(pd.Index([7, 7, 7, 7])), MIRNA, MRNA.astype(dtype))
    np.testing.assert_array_equal(plain.mirna_idx, other.mirna_idx)
    np.testing.assert_array_equal(plain.mrna_idx, other.mrna_idx)
    assert plain.n_duplicates == other.n_duplicates == 1


def test_unused_categories_do_not_count():
    frame = net(("hsa-miR-16-5p", "CDK4"), ("hsa-miR-1-3p", "TP53")).astype("category").iloc[:1]
    found = aligned_pairs(frame, MIRNA, MRNA)
    assert (found.n_pairs, found.n_unmatched) == (1, 0)


def test_row_order_does_not_matter():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"source": rng.choice(MIRNA, 200), "target": rng.choice([*MRNA, "X", "Y"], 200)})
    a = aligned_pairs(frame, MIRNA, MRNA)
    b = aligned_pairs(frame.sample(frac=1, random_state=1), MIRNA, MRNA)
    np.testing.assert_array_equal(a.mirna_idx, b.mirna_idx)
    np.testing.assert_array_equal(a.mrna_idx, b.mrna_idx)
    expected = sorted({(MIRNA.get_loc(s), MRNA.get_loc(t)) for s, t in frame.to_numpy() if t in MRNA})
    assert list(zip(a.mirna_idx.tolist(), a.mrna_idx.tolist(), strict=True)) == expected


def test_says_how_many(caplog):
    with caplog.at_level(logging.INFO, "csmir"):
        aligned_pairs(net(("hsa-miR-1-3p", "TP53"), ("hsa-miR-1-3p", "TP53"), ("hsa-miR-1-3p", "ZZZ")), MIRNA, MRNA)
    assert "3 rows (1 duplicates), 1 unique pairs in the data" in caplog.text
    assert "1 of 3 miRNAs and 1 of 4 mRNAs have a pair (2 miRNAs and 3 mRNAs have none)" in caplog.text


def test_published_numbers(shared_data):
    frame = pd.read_csv(shared_data / "targets" / "targetscan_7.0_human.tsv.gz", sep="\t")
    frame.columns = ["source", "target"]
    with np.load(shared_data / "golden" / "k562_published.npz") as k562:
        found = aligned_pairs(frame, k562["mirna_names"], k562["mrna_names"])
    assert (found.n_pairs, found.n_mirnas, found.n_mrnas) == (60_106, 112, 7_460)
    assert (found.n_rows, found.n_duplicates) == (221_276, 0)


HUMAN = net(*[(m, g) for m in MIRNA for g in MRNA])
MOUSE = HUMAN.assign(source=HUMAN["source"].str.replace("hsa", "mmu"), target=HUMAN["target"].str.title())


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ([("a", "b")], "must be a DataFrame with columns 'source', 'target'; found list"),
        (HUMAN.rename(columns={"source": "miRNA"}), "lacks the column 'source'; it has 'miRNA', 'target'"),
        (HUMAN.iloc[:0], "has no rows"),
        (HUMAN.assign(target=None), "12 rows without a source or target name"),
        (HUMAN.assign(source=["", *HUMAN["source"][1:]]), "1 row with a blank source name"),
        (HUMAN.rename(columns={"source": "target", "target": "source"}), "is reversed: its sources are genes"),
        (net(("GENE1", "hsa-miR-99"), ("GENE2", "hsa-miR-98")), "is reversed: its sources are genes"),
        (MOUSE, r"of another species: its miRNAs start with 'mmu' \(Mus musculus\), those of the data with 'hsa'"),
        (HUMAN.assign(source=MOUSE["source"]), "of another species: its miRNAs start with 'mmu'"),
        (HUMAN.assign(target=MOUSE["target"]), r"looks like another species: its targets are written Like1.*'Tp53'"),
        (HUMAN.assign(source=HUMAN["source"].str[4:]), "no pair in common: 0 of the prior's 3 sources.*Did you mean"),
        (HUMAN.assign(target="ENSG0000" + HUMAN.index.astype(str)), "0 of its 12 targets among the 4 mRNAs"),
        (net(("hsa-miR-1-3p", "NOPE"), ("hsa-miR-998", "TP53")), "No row has both ends"),
    ],
)
def test_bad_input(frame, message):
    with pytest.raises(InputError, match=message):
        aligned_pairs(frame, MIRNA, MRNA)


def test_swapped_modalities():
    with pytest.raises(InputError, match=r"modalities look swapped"):
        aligned_pairs(HUMAN, MRNA, MIRNA)


def test_human_prior_on_mouse_data():
    mouse_genes = MRNA.str.title()
    with pytest.raises(InputError, match=r"targets are written LIKE1"):
        aligned_pairs(HUMAN.assign(source=HUMAN["source"].str[4:]), MIRNA.str[4:], mouse_genes)


def test_a_few_accidental_names_do_not_hide_another_species():
    rng = np.random.default_rng(1)
    genes = pd.Index([f"GENE{i}" for i in range(300)])
    prior = pd.DataFrame({"source": rng.choice(MIRNA.str[4:], 900), "target": rng.choice(genes.str.title(), 900)})
    prior.loc[len(prior)] = ["miR-1-3p", "GENE1"]
    with pytest.raises(InputError, match=r"looks like another species"):
        aligned_pairs(prior, MIRNA.str[4:], genes)


def test_duplicated_features():
    with pytest.raises(InputError, match=r"1 mRNA name of the data occur.* more than once: 'TP53'.*merge_duplicates"):
        aligned_pairs(HUMAN, MIRNA, [*MRNA, "TP53"])


def test_huge_and_mostly_elsewhere():
    n = 300_000
    frame = pd.DataFrame({"source": MIRNA[0], "target": [f"G{i}" for i in range(n)]})
    found = aligned_pairs(frame, MIRNA, ["G0", f"G{n - 1}"])
    assert (found.n_pairs, found.n_unmatched) == (2, n - 2)
