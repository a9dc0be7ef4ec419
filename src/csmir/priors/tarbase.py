"""TarBase's experimentally supported targets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._names import species as species_names
from csmir.priors import _open, _read, _tidy

PRIOR = "TarBase"
WHAT = "a TarBase file such as TarBase_v8_download.txt or Homo_sapiens_TarBase-v9.tsv (https://dianalab.e-ce.uth.gr)"
# release 8, then 9
COLUMNS = {
    K.SOURCE: ["mirna", "mirna_name"],
    K.TARGET: ["geneName", "gene_name"],
    "species": ["species"],
    "method": ["method", "experimental_method"],
}
OPTIONAL = {"outcome": ["positive_negative"], K.EVIDENCE: ["direct_indirect"]}
EVIDENCE = ("direct", "indirect", "unknown")
# Release 8 writes genes that it could not map as `1200014J11Rik(mmu)`.
SPECIES_MARK = re.compile(r"\([a-z]{3,4}\)$")


def tarbase(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    species: str | int | None = "Homo sapiens",
    evidence: str | Iterable[str] | None = None,
    methods: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Read the validated targets of DIANA-TarBase, release 8 or 9.

    Answers which pairs an experiment supports: part of the CSmiR paper's ground truth (TarBase 8.0).

    Parameters
    ----------
    path
        The official tab-separated file, plain, gzipped or zipped, or its content as a DataFrame.
    species
        Keep rows of this species. None keeps all, with the species in a column.
    evidence
        `"direct"` (the experiment shows binding), `"indirect"` (it shows an effect) or `"unknown"`; one or several,
        None keeps all. Release 9 does not tell them apart.
    methods
        Names of experimental methods to keep, as the file writes them ("HITS-CLIP", "Luciferase Reporter Assay").

    Returns
    -------
    DataFrame `source` (mature miRNA), `target` (gene symbol), `evidence` (release 8; joined by ";"), `prior`
    ("TarBase") and `n_records` (rows of the file behind the pair). Rows of release 8 whose outcome is NEGATIVE (tested
    and not regulated) are left out and counted.

    Raises
    ------
    InputError
        If the file is missing, damaged or another table, a method is unknown, or nothing is left.

    References
    ----------
    Karagkouni et al., DIANA-TarBase v8, Nucleic Acids Res. 46 (2018) D239-D245.
    Skoufos et al., TarBase-v9.0, Nucleic Acids Res. 52 (2024) D304-D310.

    Examples
    --------
    >>> import csmir as cs
    >>> net = cs.priors.tarbase("TarBase_v8_download.txt", evidence="direct")  # doctest: +SKIP
    """
    kinds = _tidy.one_of("evidence", evidence, EVIDENCE)
    wanted = species_names.species(species) if species is not None else None
    file = _open.existing(path, WHAT)
    frame = _read.read_columns(file, COLUMNS, OPTIONAL, what=WHAT)
    left_out: dict[str, int] = {}

    def keep(rows: pd.Series, why: str) -> None:
        nonlocal frame
        left_out[why] = int((~rows).sum())
        frame = frame[rows]

    if wanted is not None:
        if wanted.name is None:
            raise InputError(f"TarBase names species in full; give the scientific name for {wanted}.")
        present = frame["species"].unique()
        keep(frame["species"] == wanted.name, "of other species")
        if frame.empty:
            raise InputError(
                f"{file.name} has no pair of {wanted.name}; it has {check.listing(present, 8)}. Choose with `species=`."
            )
        frame = frame.drop(columns="species")
    if "outcome" in frame:
        keep(frame["outcome"] != "NEGATIVE", "with a negative outcome")
        frame = frame.drop(columns="outcome")
    if methods is not None:
        methods = _tidy.one_of("methods", methods, sorted(frame["method"].unique())) or []
        keep(frame["method"].isin(methods), "of other methods")
    if K.EVIDENCE in frame:
        frame = frame.assign(**{K.EVIDENCE: _read.each(frame[K.EVIDENCE], str.lower)})
        if kinds is not None:
            keep(frame[K.EVIDENCE].isin(kinds), f"not {' or '.join(kinds)}")
    elif kinds is not None:
        raise InputError(
            f"{file.name} does not tell direct from indirect evidence (release 9). Choose with `methods=`."
        )
    frame = frame.drop(columns="method")
    frame[K.TARGET] = _read.each(frame[K.TARGET], lambda name: SPECIES_MARK.sub("", name))
    return _tidy.finish(frame, PRIOR, path=file, left_out=left_out, count=("n_records", None))
