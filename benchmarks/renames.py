"""Do old miRNA names go to the right arm? `python -m benchmarks.renames`: the share that goes to another, by accession.

Every old human name that belonged to one accession only is given to `cs.priors.reconcile` as a prior, once for each
list of names of data. A rename is wrong if miRBase's alias file (not the table that ships with csmir) has the name that
it is renamed to under another accession only.
"""

from __future__ import annotations

import gzip
import logging
from collections import defaultdict
from pathlib import Path

import pandas as pd

import csmir as cs
from benchmarks._k562 import data_folder, k562


def accessions(path: Path) -> dict[str, set[str]]:
    """Human name -> accessions of mature miRNAs that have or had it."""
    out = defaultdict(set)
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        accession, names = line.split("\t")
        for name in names.split(";"):
            if accession.startswith("MIMAT") and name.startswith("hsa-"):
                out[name].add(accession)
    return out


def renames(known: list[str], of: dict[str, set[str]]) -> pd.DataFrame:
    """Old names of one accession that were renamed: `name`, `matched_to`, `rule`, `right`."""
    old = sorted(name for name, ids in of.items() if len(ids) == 1 and name not in set(known))
    net = pd.DataFrame({"source": [*old, known[0]], "target": "TP53"})
    report = cs.priors.reconcile(net, known, ["TP53"], n_suggestions=0).report
    report = report[(report["kind"] == "mirna") & (report["status"] == "renamed")]
    right = [
        bool(of[a] & set().union(*(of[b] for b in to.split(";"))))
        for a, to in zip(report["name"], report["matched_to"], strict=True)
    ]
    return report[["name", "matched_to", "rule"]].assign(right=right)


def names_of_data(folder: Path) -> dict[str, list[str]]:
    """Names of the K562 half-cells, as published and after the recipe's filter, and of PSCSR-seq."""
    counts = pd.read_csv(folder / "real" / "pscsr_celllines_mirna_counts.csv.gz", index_col=0, usecols=[0, 1])
    raw = cs.io.read(folder / "k562" / "GSE114071_NW_scsmRNA_K562_norm_log2.gct.gz").var_names
    names = {"K562, as published": raw, "K562, after the recipe": k562()["mirna"].var_names, "PSCSR-seq": counts.index}
    return {title: list(dict.fromkeys(map(str, of))) for title, of in names.items()}


def main():
    """Print a line for each list of names."""
    logging.getLogger("csmir").setLevel(logging.ERROR)
    folder = data_folder()
    of = accessions(folder / "formats" / "mirbase_aliases.txt.gz")
    for title, known in names_of_data(folder).items():
        table = renames(known, of)
        wrong = table[~table["right"]]
        print(f"{title}: {len(known):,} names, {len(table)} renames, {len(wrong)} to another miRNA")
        for name, to in zip(wrong["name"][:5], wrong["matched_to"], strict=False):
            print(f"    {name} -> {to}")


if __name__ == "__main__":
    main()
