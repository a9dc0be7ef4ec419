"""OmniPath's miRNA-target interactions."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._names import species as species_names
from csmir.priors import _read, _tidy

PRIOR = "OmniPath"
TAXONOMIES = (9606, 10090, 10116)
LICENSES = ("academic", "commercial", "nonprofit")
COLUMNS = {K.SOURCE: ["source_genesymbol"], K.TARGET: ["target_genesymbol"]}
OPTIONAL = {"resources": ["sources"], "references": ["references"]}


def omnipath(
    *,
    species: str | int = "Homo sapiens",
    resources: str | Iterable[str] | None = None,
    license: str = "academic",  # noqa: A002
) -> pd.DataFrame:
    """Download the miRNA-target interactions of OmniPath, through decoupler.

    Answers which pairs the literature resources that OmniPath collects (miRTarBase, miRecords, TransmiR, ...) report.
    Needs a connection.

    Parameters
    ----------
    species
        Human, mouse or rat: scientific name, miRBase prefix or NCBI taxonomy number.
    resources
        Keep pairs that at least one of these resources reports.
    license
        `"academic"`, `"nonprofit"` or `"commercial"`: resources whose licence does not allow that use are not sent.

    Returns
    -------
    DataFrame `source` (mature miRNA), `target` (gene symbol), `resources` (joined by ";"), `n_papers` (different
    PubMed numbers) and `prior` ("OmniPath").

    Raises
    ------
    InputError
        If OmniPath cannot be reached, answers something else, or nothing is left.

    References
    ----------
    Turei et al., Integrated intra- and intercellular signaling knowledge, Mol. Syst. Biol. 17 (2021) e9923.

    Examples
    --------
    >>> import csmir as cs
    >>> net = cs.priors.omnipath(resources="miRTarBase")  # doctest: +SKIP
    """
    found = species_names.species(species)
    if found.taxonomy not in TAXONOMIES:
        raise InputError(
            f"OmniPath has human, mouse and rat; found {found}. Translate a human prior through orthologs."
        )
    license = check.choice("license", license, LICENSES)  # noqa: A001
    try:
        frame = _download(int(found.taxonomy), license)
    except OSError as e:  # every error of requests and urllib is one
        raise InputError(
            f"OmniPath cannot be reached ({type(e).__name__}: {e}). Connect to the internet, or read a saved answer of "
            "https://omnipathdb.org/interactions?datasets=mirnatarget&genesymbols=1 with cs.priors.read_table(path, "
            "source='source_genesymbol', target='target_genesymbol')."
        ) from e
    names = _read.pick(list(frame.columns), COLUMNS, OPTIONAL, path="OmniPath's answer", what="its interactions")
    frame = frame[list(names)].rename(columns=names)
    frame["resources"] = frame["resources"].fillna("").astype(str) if "resources" in frame else ""
    left_out: dict[str, int] = {}
    if resources is not None:
        known = sorted({r for text in frame["resources"].unique() for r in text.split(_tidy.JOIN) if r})
        chosen = set(_tidy.one_of("resources", resources, known) or [])
        keep = frame["resources"].map(lambda text: bool(chosen & set(text.split(_tidy.JOIN)))).astype(bool)
        left_out["of other resources"] = int((~keep).sum())
        frame = frame[keep]
    if "references" in frame:
        papers = frame.pop("references").fillna("").astype(str)
        frame = frame.assign(n_papers=[len({r.rpartition(":")[2] for r in t.split(_tidy.JOIN) if r}) for t in papers])
    return _tidy.finish(frame, PRIOR, left_out=left_out, species=str(found), license=license)


def _download(taxonomy: int, license: str) -> pd.DataFrame:  # noqa: A002
    """The answer as it comes. decoupler has the downloader, and no public function for this data set."""
    from decoupler._download import URL_INT, _bytes_to_pandas, _download

    url = f"{URL_INT}datasets=mirnatarget&fields=sources,references&organisms={taxonomy}&license={license}"
    return _bytes_to_pandas(_download(url), sep="\t", low_memory=False)
