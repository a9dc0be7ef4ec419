"""What the command line is given, read and checked before the work begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from mudata import MuData

import csmir as cs
from csmir import _validate as check
from csmir._errors import InputError
from csmir.io._source import is_hdf5, load


class Extras(NamedTuple):
    """What is compared with the networks."""

    truth: pd.DataFrame | None
    disease: list[str] | None
    gene_sets: pd.DataFrame | None


def read_prior(path: str, source: str | None = None, target: str | None = None) -> pd.DataFrame:
    """A prior from a GMT file or from any table with two columns."""
    if not Path(path).exists():
        raise InputError(f"The prior {path!r} does not exist. Give a table with a miRNA and a target column.")
    if ".gmt" in [suffix.lower() for suffix in Path(path).suffixes]:
        return cs.priors.read_gmt(path)
    return cs.priors.read_table(path, source=source, target=target)


def read_names(path: str) -> list[str]:
    """Names, one a line; the first column of a table, and no header called gene, name or symbol."""
    if not Path(path).exists():
        raise InputError(f"The list {path!r} does not exist. Give a text file with one miRNA or gene a line.")
    names = [line.split("\t")[0].strip() for line in load(path).lines]
    names = [name for name in names if name and name.lower() not in {"gene", "name", "symbol"}]
    if not names:
        raise InputError(f"The list {path!r} is empty. Give a text file with one miRNA or gene a line.")
    return names


def read_extras(options: dict[str, Any]) -> Extras:
    """All that is wanted after the networks: a wrong name is known at once, not after hours."""
    check.seed(options["seed"])
    for name in ("runs", "permutations", "clusters"):
        check.integer({"runs": "n_runs", "permutations": "n_permutations"}.get(name, name), options[name], low=0)
    gene_sets, modules, family = options["gene_sets"], options["modules"], options["family"]
    if gene_sets is not None and modules is None:
        raise InputError("--gene-sets asks for the enrichment of modules: give --modules too.")
    if family is not None:
        from csmir.tl._family.members import built_in

        built_in(family)
    return Extras(
        truth=None if options["truth"] is None else read_prior(options["truth"]),
        disease=None if options["disease"] is None else read_names(options["disease"]),
        gene_sets=None if gene_sets is None else cs.priors.read_gmt(gene_sets),
    )


def read_data(options: dict[str, Any]) -> tuple[MuData, pd.DataFrame | None]:
    """The two matrices, paired and made ready, and the prior."""
    if (options["prior"] is None) != options["all_pairs"]:
        raise InputError("Give putative pairs with --prior FILE, or --all-pairs to test every miRNA with every mRNA.")
    patterns = options["pair_by"]
    if len(patterns) > 2:
        raise InputError(f"--pair-by may be given once or twice (miRNA, then mRNA); found {len(patterns)}.")
    net = None if options["all_pairs"] else read_prior(options["prior"], *options["prior_columns"])
    mdata = _both_in_one(options["mirna"], options["mrna"])
    if mdata is None:
        pair_by = patterns if len(patterns) == 2 else patterns[0] if patterns else None
        mdata = cs.io.make_mudata(options["mirna"], options["mrna"], pair_by=pair_by, pair_table=options["pair_table"])
    if options["mirna_scale"] == "log2":
        cs.pp.undo_log2(mdata)
    missing = options["missing"]
    if options["mrna_floor"] is not None:
        cs.pp.handle_missing(mdata, method=missing)
        cs.pp.detection_floor(mdata, options["mrna_floor"])
    cs.pp.recipe_csmir(mdata, missing=missing, log=not options["logged"])
    return mdata, net


def _both_in_one(mirna: str, mrna: str) -> MuData | None:
    """A MuData that both options name: its cells are paired."""
    if mirna != mrna or not Path(mirna).is_file() or not is_hdf5(mirna):
        return None
    mdata = cs.io.read(mirna)
    return mdata if isinstance(mdata, MuData) else None
