"""ENCORI's targets seen by CLIP."""

from __future__ import annotations

import os

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._names import species as species_names
from csmir.priors import _open, _read, _tidy
from csmir.priors.filter import filter as choose

PRIOR = "ENCORI"
WHAT = "a miRNA-target download of ENCORI (https://rnasysu.com/encori, miRNA-target, or its API miRNATarget)"
COLUMNS = {K.SOURCE: ["miRNAname"], K.TARGET: ["geneName"], "n_clip": ["clipExpNum"]}


def encori(
    path: str | os.PathLike[str] | pd.DataFrame, *, min_clip: int = 1, species: str | int | None = None
) -> pd.DataFrame:
    """Read the targets of ENCORI (starBase): predicted sites inside Argonaute CLIP peaks.

    Answers which predicted pairs are bound in some CLIP experiment.

    Parameters
    ----------
    path
        The downloaded table, plain, gzipped or zipped, or its content as a DataFrame; comment lines (`#`) are skipped.
    min_clip
        Keep pairs whose best site is seen in at least this many CLIP experiments.
    species
        Keep miRNAs with the prefix of this species. None keeps all: a download is of one assembly.

    Returns
    -------
    DataFrame `source` (mature miRNA), `target` (gene symbol), `n_clip` (largest over the sites) and `prior` ("ENCORI").

    Raises
    ------
    InputError
        If the file is missing, damaged or another table (the web service answers a wrong query with a sentence), or
        nothing is left.

    References
    ----------
    Li et al., starBase v2.0, Nucleic Acids Res. 42 (2014) D92-D97.

    Examples
    --------
    >>> import csmir as cs
    >>> net = cs.priors.encori("ENCORI_hg38_CLIP-seq_miRNA-target_all.txt", min_clip=5)  # doctest: +SKIP
    """
    min_clip = check.integer("min_clip", min_clip, low=0)
    wanted = species_names.species(species) if species is not None else None
    file = _open.existing(path, WHAT)
    frame = _read.read_columns(file, COLUMNS, what=WHAT)
    frame["n_clip"] = _tidy.numbers(frame["n_clip"]).fillna(0).astype("int64")
    net = _tidy.finish(frame, PRIOR, path=file)
    if wanted is not None:
        net = choose(net, species=wanted)
    return choose(net, score="n_clip", min_score=min_clip) if min_clip else net
