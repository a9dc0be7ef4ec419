"""miRTarBase's experimentally supported targets."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._names import species as species_names
from csmir.priors import _open, _read, _tidy

PRIOR = "miRTarBase"
WHAT = "a miRTarBase file such as hsa_MTI.csv or miRTarBase_MTI.xlsx (https://mirtarbase.cuhk.edu.cn, Download)"
COLUMNS = {
    K.SOURCE: ["miRNA"],
    K.TARGET: ["Target Gene"],
    "mirna_species": ["Species (miRNA)"],
    "species": ["Species (Target Gene)"],
    "support": ["Support Type"],
}
OPTIONAL = {"pmid": ["References (PMID)", "PMID"]}
EVIDENCE = ("strong", "weak", "non-functional")
SUPPORT = {
    "functional mti": "strong",
    "functional mti (weak)": "weak",
    "non-functional mti": "non-functional",
    "non-functional mti (weak)": "non-functional",
}


def mirtarbase(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    species: str | int | None = "Homo sapiens",
    evidence: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Read the validated targets of miRTarBase.

    Answers which pairs an experiment supports: part of the CSmiR paper's ground truth (miRTarBase 8.0).

    Parameters
    ----------
    path
        The official csv, tab-separated or xlsx file of any release, plain, gzipped or zipped, or its content as a
        DataFrame.
    species
        Keep pairs whose miRNA and gene are both of this species. None keeps all, with the species in a column.
    evidence
        Which support types to keep: `"strong"` (Functional MTI: reporter assay, western blot, qPCR), `"weak"`
        (Functional MTI (Weak): CLIP, arrays, sequencing) and `"non-functional"` (Non-Functional MTI, weak or not:
        tested and *not* regulated). One or several; None means strong and weak.

    Returns
    -------
    DataFrame `source` (mature miRNA), `target` (gene symbol), `evidence` (the kinds a pair has, joined by ";"),
    `prior` ("miRTarBase") and `n_papers` (different PubMed numbers among the rows kept).

    Raises
    ------
    InputError
        If the file is missing, damaged or another table, or nothing is left.

    References
    ----------
    Huang et al., miRTarBase update 2022, Nucleic Acids Res. 50 (2022) D222-D230.

    Examples
    --------
    >>> import csmir as cs
    >>> net = cs.priors.mirtarbase("hsa_MTI.csv", evidence="strong")  # doctest: +SKIP
    """
    kinds = _tidy.one_of("evidence", evidence, EVIDENCE) or list(EVIDENCE[:2])
    wanted = species_names.species(species) if species is not None else None
    file = _open.existing(path, WHAT)
    frame = _read.read_columns(file, COLUMNS, OPTIONAL, what=WHAT)
    left_out: dict[str, int] = {}
    if wanted is not None:
        if wanted.name is None:
            raise InputError(f"miRTarBase names species in full; give the scientific name for {wanted}.")
        both = (frame["mirna_species"] == wanted.name) & (frame["species"] == wanted.name)
        if not both.any():
            raise InputError(
                f"{file.name} has no pair of {wanted.name}; its genes are of "
                f"{check.listing(frame['species'].unique(), 8)}. Choose one with `species=`."
            )
        left_out["of other species"] = int((~both).sum())
        frame = frame[both].drop(columns="species")
    frame = frame.assign(**{K.EVIDENCE: _read.each(frame["support"], lambda text: SUPPORT.get(text.lower(), ""))})
    keep = frame[K.EVIDENCE].isin(kinds)
    for kind in ("", *EVIDENCE):
        if kind not in kinds:
            left_out[kind or "of unknown support type"] = int((frame[K.EVIDENCE] == kind).sum())
    frame = frame[keep].drop(columns=["mirna_species", "support"])
    count = ("n_papers", "pmid") if "pmid" in frame else None
    return _tidy.finish(frame, PRIOR, path=file, left_out=left_out, count=count, evidence=_tidy.JOIN.join(kinds))
