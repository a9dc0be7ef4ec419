"""miRNA families."""

from __future__ import annotations

import os
import re

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._names import species as species_names
from csmir.priors import _open, _read

WHAT = "TargetScan's miR_Family_Info.txt (https://www.targetscan.org, Data Download)"
COLUMNS = {"family": ["miR family"], "species": ["Species ID"], "mirna": ["MiRBase ID"]}
OPTIONAL = {"seed": ["Seed+m8"], "conservation": ["Family Conservation?"]}


def mature(name: str) -> str:
    """The miRBase name: `hsa-miR-101-3p.1` and `.2` are TargetScan's names of two 5' isoforms of one mature miRNA."""
    return re.sub(r"\.\d+$", "", name)


def families(
    path_or_frame: str | os.PathLike[str] | pd.DataFrame, *, species: str | int | None = "Homo sapiens"
) -> pd.DataFrame:
    """Read which miRNAs share a seed, from TargetScan's family table.

    Answers which miRNAs are expected to share targets: a family is all miRNAs with the same nucleotides 2 to 8.

    Parameters
    ----------
    path_or_frame
        `miR_Family_Info.txt` of any TargetScan release, plain, gzipped or zipped, or its content as a DataFrame.
    species
        Scientific name, miRBase prefix or NCBI taxonomy number. None keeps all species.

    Returns
    -------
    DataFrame `family`, `mirna`, `seed` (nucleotides 2-8, RNA letters) and `conservation` (2 broadly conserved,
    1 conserved, 0 poorly conserved, -1 poorly conserved and perhaps misannotated), one row a family and mature miRNA.
    TargetScan's suffixes for 5' isoforms (`hsa-miR-101-3p.1`) are removed, so that names are miRBase's; such a miRNA
    may be in two families.

    Raises
    ------
    InputError
        If the file is missing, damaged or another table, or has no miRNA of the species.

    References
    ----------
    McGeary et al., The biochemical basis of microRNA targeting efficacy, Science 366 (2019) eaav1741.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> info = pd.DataFrame(
    ...     {
    ...         "miR family": ["miR-17-5p/20-5p", "miR-17-5p/20-5p", "miR-17-5p/20-5p"],
    ...         "Seed+m8": ["AAAGUGC"] * 3,
    ...         "Species ID": [9606, 9606, 10090],
    ...         "MiRBase ID": ["hsa-miR-17-5p", "hsa-miR-20a-5p", "mmu-miR-17-5p"],
    ...         "Family Conservation?": [2, 2, 2],
    ...     }
    ... )
    >>> cs.priors.families(info)["mirna"].tolist()
    ['hsa-miR-17-5p', 'hsa-miR-20a-5p']
    """
    wanted = species_names.species(species) if species is not None else None
    if isinstance(path_or_frame, pd.DataFrame):
        if {"family", "mirna"} <= set(path_or_frame.columns):  # already read
            return path_or_frame
        names = _read.pick(list(path_or_frame.columns), COLUMNS, OPTIONAL, path="The DataFrame", what=WHAT)
        frame = _read.stripped(path_or_frame[list(names)].rename(columns=names))
        where = "the DataFrame"
    else:
        path = _open.existing(path_or_frame, WHAT)
        frame = _read.read_columns(path, COLUMNS, OPTIONAL, what=WHAT)
        where = path.name
    if wanted is not None:
        if wanted.taxonomy is None:
            raise InputError(
                f"TargetScan names species by NCBI taxonomy number; give that for {wanted} (`species=9606`)."
            )
        present = frame["species"].unique()
        frame = frame[frame["species"] == str(wanted.taxonomy)]
        if frame.empty:
            raise InputError(
                f"{where} has no miRNA of species {wanted.taxonomy} ({wanted}); it has species "
                f"{check.listing(sorted(present), 8)}. Choose one with `species=`."
            )
    frame = frame.drop(columns="species")
    frame["mirna"] = _read.each(frame["mirna"], mature)
    if "conservation" in frame:
        frame["conservation"] = pd.to_numeric(frame["conservation"], errors="coerce")
    columns = [c for c in ("family", "mirna", "seed", "conservation") if c in frame]
    frame = frame[columns].drop_duplicates(["family", "mirna"]).reset_index(drop=True)
    logger.info("families: %s miRNAs in %s families", f"{frame['mirna'].nunique():,}", f"{frame['family'].nunique():,}")
    return frame
