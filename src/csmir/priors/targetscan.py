"""TargetScan's predicted targets."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._names import species as species_names
from csmir.priors import _open, _read, _tidy
from csmir.priors.families import families, mature
from csmir.priors.filter import filter as choose

PRIOR = "TargetScan"
WHAT = (
    "TargetScan's Predicted_Targets_Info.default_predictions.txt, Conserved_Site_Context_Scores.txt or Summary_Counts "
    "(https://www.targetscan.org, Data Download)"
)
BY_FAMILY = {"family": ["miR Family"], K.TARGET: ["Gene Symbol"], "species": ["Species ID"]}
BY_FAMILY_OPTIONAL = {"pct": ["PCT"]}
BY_MIRNA = {
    K.SOURCE: ["miRNA"],
    K.TARGET: ["Gene Symbol"],
    "species": ["Gene Tax ID", "Species ID"],
    "context_score": ["weighted context++ score", "context++ score"],
}
BY_COUNTS = {
    "family": ["miRNA family"],
    K.TARGET: ["Gene Symbol"],
    "species": ["Species ID"],
    "n_sites": ["Total num conserved sites"],
    "representative": ["Representative miRNA"],
}
BY_COUNTS_OPTIONAL = {
    "context_score": ["Cumulative weighted context++ score", "Total context++ score", "Total context score"],
    "pct": ["Aggregate PCT"],
}


def targetscan(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    family_info: str | os.PathLike[str] | pd.DataFrame | None = None,
    species: str | int = "Homo sapiens",
    min_pct: float | None = None,
    max_context_score: float | None = None,
) -> pd.DataFrame:
    """Read the conserved targets that TargetScan predicts.

    Answers which mRNAs have a conserved site for the seed of a miRNA in their 3' UTR: the prior of the CSmiR paper
    (TargetScan 7.2). A pair is one miRNA and one gene; a gene's several sites are one pair.

    Parameters
    ----------
    path
        One of three official files, plain, gzipped or zipped, or its content as a DataFrame; which one is seen from its
        columns.
        `Predicted_Targets_Info.default_predictions.txt` gives families, joined to miRNAs through `family_info`.
        `Conserved_Site_Context_Scores.txt` and `Predicted_Targets_Context_Scores.default_predictions.txt` give miRNAs.
        `Summary_Counts.default_predictions.txt` and `Summary_Counts.all_predictions.txt` give families by their seed;
        pairs without a conserved site are left out.
    family_info
        `miR_Family_Info.txt`, or what :func:`csmir.priors.families` made of it. Where it is not given it is looked for
        beside `path`. The first kind of file needs it; the third, without it, gives the representative miRNA alone.
    species
        Keep sites in the genes of this species: scientific name, miRBase prefix or NCBI taxonomy number.
    min_pct
        Keep pairs whose best site has at least this probability of conserved targeting (0 to 1). Sites without one
        (broadly conserved families alone have it) are then left out. Not for the second kind of file.
    max_context_score
        Keep pairs whose score is at most this (negative; lower is stronger repression). Not for the first kind of file.

    Returns
    -------
    DataFrame `source` (mature miRNA), `target` (gene symbol), `n_sites`, `prior` ("TargetScan") and either `pct`
    (largest over the sites; missing where TargetScan gives none) or `context_score` (weighted context++ score, log2
    fold change, summed over the sites). TargetScan's suffixes of 5' isoforms (`hsa-miR-101-3p.1`) are removed.

    Raises
    ------
    InputError
        If a file is missing, damaged or another table, the family table is missing, or nothing is left.

    Notes
    -----
    The sum of weighted scores is close to TargetScan's cumulative weighted score but does not model overlapping sites.

    References
    ----------
    Agarwal et al., Predicting effective microRNA target sites in mammalian mRNAs, eLife 4 (2015) e05005.

    Examples
    --------
    >>> import csmir as cs
    >>> net = cs.priors.targetscan(
    ...     "Predicted_Targets_Info.default_predictions.txt.zip", family_info="miR_Family_Info.txt.zip"
    ... )  # doctest: +SKIP
    """
    found = species_names.species(species)
    if found.taxonomy is None:
        raise InputError(f"TargetScan names species by NCBI taxonomy number; give that for {found} (`species=9606`).")
    if min_pct is not None:
        min_pct = check.number("min_pct", min_pct, low=0, high=1)
    if max_context_score is not None:
        max_context_score = check.number("max_context_score", max_context_score, low=-np.inf, high=0)
    file = _open.existing(path, WHAT)
    header = _read.column_names(file)
    plain = {_open.plain(c) for c in header}
    if "mirnafamily" in plain:
        net = _from_counts(file, family_info, found)
    elif "mirfamily" in plain:
        if max_context_score is not None:
            raise InputError(
                f"{file.name} has no context++ scores. Use `min_pct`, or read Conserved_Site_Context_Scores.txt."
            )
        net = _from_families(file, family_info, found)
    else:
        if min_pct is not None:
            raise InputError(
                f"{file.name} has no PCT. Use `max_context_score`, or read "
                "Predicted_Targets_Info.default_predictions.txt."
            )
        net = _from_mirnas(file, found)
    if min_pct is not None:
        net = choose(net, score="pct", min_score=min_pct)
    if max_context_score is not None:
        net = choose(net, score="context_score", max_score=max_context_score)
    return net


def _family_table(path: _open.Table) -> Path | None:
    """The family table beside a file."""
    beside = sorted(p for p in path.parent.glob("miR_Family_Info*") if p.is_file()) if isinstance(path, Path) else []
    if beside:
        logger.info("TargetScan: families from %s", beside[0].name)
    return beside[0] if beside else None


def _from_families(
    path: _open.Table, family_info: str | os.PathLike[str] | pd.DataFrame | None, species: species_names.Species
) -> pd.DataFrame:
    family_info = _family_table(path) if family_info is None else family_info
    if family_info is None:
        raise InputError(
            f"{path.name} names miRNA families, and there is no miR_Family_Info.txt beside it to say which miRNAs "
            "they are. Download it from https://www.targetscan.org (Data Download) and pass it as `family_info=` to "
            "cs.priors.targetscan, or put it beside the file."
        )
    members = families(family_info, species=species.taxonomy)[["family", "mirna"]]
    sites = _read.read_columns(path, BY_FAMILY, BY_FAMILY_OPTIONAL, what=WHAT)
    sites, left_out = _of_species(sites, species, path)
    known = sites["family"].isin(members["family"])
    if not known.any():
        raise InputError(
            f"No family of {path.name} ({check.listing(sites['family'].unique(), 3)}) is in the family table "
            f"({check.listing(members['family'].unique(), 3)}). Take both files from one TargetScan release."
        )
    left_out["of families that the family table lacks"] = int((~known).sum())
    sites = sites[known]
    if "pct" in sites:
        sites["pct"] = _tidy.numbers(sites["pct"])
    pairs = sites.groupby(["family", K.TARGET], sort=False, as_index=False).agg(
        **({"pct": ("pct", "max")} if "pct" in sites else {}), n_sites=(K.TARGET, "size")
    )
    logger.info("TargetScan: %s sites of %s families", f"{len(sites):,}", f"{sites['family'].nunique():,}")
    frame = pairs.merge(members.rename(columns={"mirna": K.SOURCE}), on="family").drop(columns="family")
    return _tidy.finish(frame, PRIOR, path=path, left_out=left_out, species=str(species))


def _from_counts(
    path: _open.Table, family_info: str | os.PathLike[str] | pd.DataFrame | None, species: species_names.Species
) -> pd.DataFrame:
    rows, left_out = _of_species(_read.read_columns(path, BY_COUNTS, BY_COUNTS_OPTIONAL, what=WHAT), species, path)
    for column in ("n_sites", *BY_COUNTS_OPTIONAL):
        if column in rows:
            rows[column] = _tidy.numbers(rows[column])
    conserved = rows["n_sites"] > 0
    left_out["without a conserved site"] = int((~conserved).sum())
    rows = rows[conserved].astype({"n_sites": np.int64})
    family_info = _family_table(path) if family_info is None else family_info
    if family_info is None:
        logger.warning(
            "TargetScan: %s names families, and without miR_Family_Info.txt (`family_info=`) each is its "
            "representative miRNA alone",
            path.name,
        )
        rows[K.SOURCE] = _read.each(rows["representative"], mature)
    else:
        members = families(family_info, species=species.taxonomy)
        by = "seed" if rows["family"].isin(members.get("seed", ())).any() else "family"
        known = rows["family"].isin(members[by])
        left_out["of families that the family table lacks"] = int((~known).sum())
        of = members[[by, "mirna"]].drop_duplicates().set_axis(["family", K.SOURCE], axis=1)
        rows = rows[known].merge(of, on="family")
    rows = rows.drop(columns=["family", "representative"])
    return _tidy.finish(rows, PRIOR, path=path, left_out=left_out, species=str(species))


def _from_mirnas(path: _open.Table, species: species_names.Species) -> pd.DataFrame:
    sites, left_out = _of_species(_read.read_columns(path, BY_MIRNA, what=WHAT), species, path)
    sites[K.SOURCE] = _read.each(sites[K.SOURCE], mature)
    sites["context_score"] = _tidy.numbers(sites["context_score"])
    return _tidy.finish(
        sites, PRIOR, path=path, left_out=left_out, count=("n_sites", None), total="context_score", species=str(species)
    )


def _of_species(
    sites: pd.DataFrame, species: species_names.Species, path: _open.Table
) -> tuple[pd.DataFrame, dict[str, int]]:
    keep = sites["species"] == str(species.taxonomy)
    if not keep.any():
        raise InputError(
            f"{path.name} has no site of species {species.taxonomy} ({species}); it has species "
            f"{check.listing(sorted(sites['species'].unique()), 8)}. Choose one with `species=`."
        )
    return sites[keep].drop(columns="species"), {"of other species": int((~keep).sum())}
