"""What the command line is given, read and checked before the work begins."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from mudata import MuData

import csmir as cs
from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import is_hdf5, load, name_rows
from csmir._log import logger
from csmir._names.aligned import aligned_pairs

# of lists of names
HEADINGS = {"gene", "genes", "name", "names", "symbol", "mirna", "gene symbol", "gene_symbol", "id", "x"}
# what cs.pp.covariates measures
COVARIATES = ("depth", "detection", "cell_cycle")


class Extras(NamedTuple):
    """What is compared with the networks."""

    truth: pd.DataFrame | None
    disease: list[str] | None
    gene_sets: pd.DataFrame | None


def read_prior(
    path: str, source: str | None = None, target: str | None = None, species: str | None = None
) -> pd.DataFrame:
    """A prior from a GMT file, from an official file, or from any table with two columns."""
    if not Path(path).exists():
        raise InputError(f"The prior {path!r} does not exist. Give a table with a miRNA and a target column.")
    if ".gmt" in [suffix.lower() for suffix in Path(path).suffixes]:
        net = cs.priors.read_gmt(path)
        return net if species is None else cs.priors.filter(net, species=species)
    return cs.priors.read_table(path, source=source, target=target, species=_number(species))


def _number(species: str | None) -> str | int | None:
    """A taxonomy number as one."""
    return int(species) if species is not None and species.isdigit() else species


def read_names(path: str) -> list[str]:
    """Names, one a line; the first column of a table, and no heading such as gene, name or symbol."""
    if not Path(path).exists():
        raise InputError(f"The list {path!r} does not exist. Give a text file with one miRNA or gene a line.")
    names = [line.split("\t")[0].split(",")[0].strip().strip('"') for line in load(path).lines]
    names = [name for name in names if name and name.lower() not in HEADINGS]
    if not names:
        raise InputError(f"The list {path!r} is empty. Give a text file with one miRNA or gene a line.")
    return names


def read_extras(options: dict[str, Any]) -> Extras:
    """All that is wanted after the networks: a wrong name is known at once, not after hours."""
    check.seed(options["seed"])
    for name in ("permutations", "clusters"):
        check.integer({"permutations": "n_permutations"}.get(name, name), options[name], low=0)
    gene_sets, modules, family = options["gene_sets"], options["modules"], options["family"]
    if gene_sets is not None and modules is None:
        raise InputError("--gene-sets asks for the enrichment of modules: give --modules too.")
    if family is not None:
        from csmir._names.families import built_in

        built_in(family)
    return Extras(
        truth=None if options["truth"] is None else read_prior(options["truth"], species=options.get("species")),
        disease=None if options["disease"] is None else read_names(options["disease"]),
        gene_sets=None if gene_sets is None else cs.priors.read_gmt(gene_sets),
    )


def read_data(options: dict[str, Any]) -> tuple[MuData, pd.DataFrame | None]:
    """The two matrices, paired and made ready, and the prior in their names, if that is asked for."""
    mdata, net = read_run(options)
    if net is not None and wants_renaming(options):
        mapping = None if options["mapping"] is None else read_mapping(options["mapping"])
        net = renamed(net, mdata, options, mapping)
    if net is not None:  # names of another organism are known before the work
        aligned_pairs(net, *(mdata[key].var_names for key in (K.MIRNA, K.MRNA)), tell=False)
    return mdata, net


def read_run(options: dict[str, Any]) -> tuple[MuData, pd.DataFrame | None]:
    """The two matrices, paired and made ready, and the prior as it is."""
    if (options["prior"] is None) != options["all_pairs"]:
        raise InputError("Give putative pairs with --prior FILE, or --all-pairs to test every miRNA with every mRNA.")
    patterns = options["pair_by"]
    if len(patterns) > 2:
        raise InputError(f"--pair-by may be given once or twice (miRNA, then mRNA); found {len(patterns)}.")
    source, target = options["prior_columns"]
    net = None if options["all_pairs"] else read_prior(options["prior"], source, target, options["species"])
    if options["mapping"] is not None:
        read_mapping(options["mapping"])
    mdata = read_matrices(options)
    prepare(mdata, options)
    return mdata, net


def read_matrices(options: dict[str, Any]) -> MuData:
    """The two matrices, paired, with what is known of the cells."""
    patterns = options["pair_by"]
    mdata = _both_in_one(options["mirna"], options["mrna"])
    if mdata is None:
        mdata = cs.io.make_mudata(
            options["mirna"],
            options["mrna"],
            pair_by=patterns if len(patterns) == 2 else patterns[0] if patterns else None,
            pair_table=options["pair_table"],
            features=options["features"],
            check_names=not options["any_names"],
        )
    if options["obs"] is not None:
        add_obs(mdata, options["obs"])
    if options["groups"] is not None:
        _pull(mdata, options["groups"])
    return mdata


def prepare(mdata: MuData, options: dict[str, Any]) -> None:
    """Values made ready, sums and size factors of linear values before the logarithm."""
    if options["mirna_scale"] == "log2":
        cs.pp.undo_log2(mdata)
    missing = options["missing"]
    sums = options["same_name"] == "sum" or options["merge_loci"]
    kinds = [name for name in options["covariates"] if name in COVARIATES]
    if options["mrna_floor"] is not None or sums or kinds or options["normalize"] is not None:
        cs.pp.handle_missing(mdata, method=missing)
    if options["same_name"] == "sum":
        cs.pp.merge_duplicates(mdata, how="sum")
    if options["merge_loci"]:
        cs.pp.merge_loci(mdata)
    if kinds:  # of what was counted, before counts are normalised
        cs.pp.covariates(mdata, kinds)
    if options["mrna_floor"] is not None:
        cs.pp.detection_floor(mdata, options["mrna_floor"])
    if options["normalize"] is not None:
        cs.pp.normalize(mdata, how=options["normalize"])
    cs.pp.recipe_csmir(mdata, missing=missing, log=not options["logged"])


def wants_renaming(options: dict[str, Any]) -> bool:
    """Whether the prior is to be given the names of the data."""
    return bool(options.get("reconcile")) or any(options.get(name) is not None for name in ("arms", "mapping"))


def renamed(net: pd.DataFrame, mdata: MuData, options: dict[str, Any], mapping: pd.DataFrame | None) -> pd.DataFrame:
    """Pairs in the names of the data."""
    names = (mdata[key].var_names for key in (K.MIRNA, K.MRNA))
    net, report = cs.priors.reconcile(net, *names, mapping=mapping, arms=options["arms"] or "unique")
    if net.empty:
        raise InputError(report.attrs["nothing_left"])
    return net


def pairs_in(net: pd.DataFrame, mdata: MuData) -> int:
    """How many different pairs the data have, by their names as they are."""
    there = net[K.SOURCE].isin(mdata[K.MIRNA].var_names) & net[K.TARGET].isin(mdata[K.MRNA].var_names)
    return len(net.loc[there, [K.SOURCE, K.TARGET]].drop_duplicates())


def extras_in_names(extras: Extras, mdata: MuData, options: dict[str, Any]) -> Extras:
    """The truth in the names of the data, where the prior is."""
    if extras.truth is None or not wants_renaming(options):
        return extras
    mapping = None if options["mapping"] is None else read_mapping(options["mapping"])
    return extras._replace(truth=renamed(extras.truth, mdata, options, mapping))


def read_mapping(path: str) -> pd.DataFrame:
    """Old and new names: the columns of these names, or the first two; miRBase's alias file has no header."""
    return _two_columns(path, ("old", "new"), "old and new names")


def read_parents(path: str | None) -> pd.DataFrame | None:
    """Genes and the miRNAs that they regulate or host: the columns `source` and `target`, or the first two."""
    return None if path is None else _two_columns(path, (K.SOURCE, K.TARGET), "genes and the miRNAs they regulate")


def factors_of(given: str | None) -> int | str | None:
    """Hidden factors as Python takes them; what is not a number is judged there."""
    return int(given) if given is not None and given.isdigit() else given


def _two_columns(path: str, names: tuple[str, str], what: str) -> pd.DataFrame:
    rows = name_rows(load(path))
    if not rows or any(len(row) < 2 for row in rows):
        raise InputError(f"{path} is not a table of {what}: expected two columns, separated by tabs or a comma.")
    header = [field.lower() for field in rows[0]]
    if set(names) <= set(header):
        at = [header.index(name) for name in names]
        return pd.DataFrame([(row[at[0]], row[at[1]]) for row in rows[1:]], columns=list(names))
    return pd.DataFrame([row[:2] for row in rows], columns=list(names))


def add_obs(mdata: MuData, path: str) -> None:
    """Columns of a table of the cells, matched by its first column."""
    text = "\n".join(load(path).lines)
    try:
        table = pd.read_csv(io.StringIO(text), sep=None, engine="python", index_col=0)
        names = pd.read_csv(io.StringIO(text), sep=None, engine="python", index_col=0, dtype=str, keep_default_na=False)
    except (ValueError, csv.Error) as e:
        raise InputError(f"{path} cannot be read as a table of cells ({e}). Give csv or tsv, cells in rows.") from None
    table.index = names.index.astype(str)  # neither 007 nor NA is a value
    there = mdata.obs_names.isin(table.index)
    if not there.any() or not table.index.is_unique:
        what = "names no cell of the data" if not there.any() else "names cells more than once"
        raise InputError(
            f"{path} {what}: it has {check.listing(table.index, 3)}, the data {check.listing(mdata.obs_names, 3)}."
        )
    if not there.all():
        logger.warning("%s lacks %d cells: %s", path, int((~there).sum()), check.listing(mdata.obs_names[~there]))
    for column in table.columns:
        values = table[column].reindex(mdata.obs_names)
        mdata.obs[column] = values.astype(str).where(values.notna()) if values.dtype == object else values


def _pull(mdata: MuData, column: str) -> None:
    """A column of one modality, for all."""
    if column in mdata.obs:
        return
    for key in (K.MRNA, K.MIRNA):
        if column in mdata[key].obs:
            mdata.obs[column] = mdata[key].obs[column].reindex(mdata.obs_names)
            return
    known = [*mdata.obs.columns, *mdata[K.MRNA].obs.columns, *mdata[K.MIRNA].obs.columns]
    raise InputError(
        f"No column {column!r} of the cells for --groups; there are "
        f"{check.listing(dict.fromkeys(known), 8) or 'none'}. Give a table of the cells with --obs."
    )


def _both_in_one(mirna: str, mrna: str) -> MuData | None:
    """A MuData that both options name, or the total RNA of an h5ad: its cells are paired."""
    if mirna != mrna or not Path(mirna).is_file() or not is_hdf5(mirna):
        return None
    data = cs.io.read(mirna)
    return data if isinstance(data, MuData) else cs.io.split_feature_types(data)
