"""The 19 half-cells of the paper."""

from __future__ import annotations

import os
from typing import Literal

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir._mudata import assemble
from csmir.datasets._fetch import fetch

ACCESSION = "GSE114071"
MIRNA_FILE = "GSE114071_NW_scsmRNA_K562_norm_log2.gct.gz"
MRNA_FILE = "GSE114071_NW_half_cell_K562_RNAseq_processed_data.gct.gz"
# GEO supplementary files and the sha256 of their content
FILES = {
    MIRNA_FILE: "d58b01dd76eaca701ef2b4885a5a8cd0ba983de3314821298686c8821e171e77",
    MRNA_FILE: "ce6ff99616994e28a626a99206deba94a208ef4cbe3a880ad5f683a70f75a68b",
}
URLS = {f: f"https://www.ncbi.nlm.nih.gov/geo/download/?acc={ACCESSION}&format=file&file={f}" for f in FILES}

# half-cells by number: K562_HalfCell_01 with NW_hcRNAseq_1; NW_hcRNAseq_21_1 and 21_2 are halves of no measured miRNA
PAIR_BY = (r"HalfCell_(\d+)$", r"hcRNAseq_(\d+)$")

# how the published input differs from the files: genes of small RNAs left out, RPKM that count as not detected, digits
SMALL_RNAS = ("MIR", "SNOR")
NOT_DETECTED = 0.125
DIGITS = 5


def k562(
    *, processing: Literal["published", "geo"] = "published", folder: str | os.PathLike[str] | None = None
) -> MuData:
    """Load the 19 K562 half-cells of the paper (GSE114071): miRNAs from one half of a cell, mRNAs from the other.

    The two GEO supplementary files are looked for in a folder and downloaded into it where they are missing (1.1 MB);
    their content is checked. Half-cells are paired by their number: 1 to 5 and 7 to 20 have both modalities.

    Parameters
    ----------
    processing
        `"published"`: as the paper's authors used the data, so that :func:`csmir.pp.recipe_csmir` gives their input,
        212 miRNAs x 15,361 mRNAs, ties included. `"geo"`: the values of the files, with the logarithm of the miRNAs
        undone and nothing else; 364 mRNA values are missing.
    folder
        Folder of the files, or the one above, where they are in a subfolder `k562` or `GSE114071`. None: the
        environment variable `CSMIR_DATA_DIR`, or the user's cache.

    Returns
    -------
    MuData of 19 cells with `X` float64, not logged: `["mirna"]` (2,822 rows of the file, fractions of the reads; an
    undetected miRNA is 1e-4, the floor of the file) and `["mrna"]` (RPKM; 0 is not detected). Names repeat, as in the
    files.

    Raises
    ------
    InputError
        No connection and no files: the message names them and the folder. A file of other content.

    Notes
    -----
    What `"published"` does: mRNA rows named `MIR*` and `SNOR*` leave (1,580 genes of small RNAs); missing mRNA values
    and those up to 0.125 RPKM become 0; every other value becomes 2 to the power of its log2 at five significant
    digits, in both modalities, which decides some ties. The floor of the miRNAs is then 2^-13.288. The files give
    miRNAs with six decimals, and a few lie exactly between two such numbers: there the authors rounded more digits
    than the file has, and four values after the recipe differ from theirs, by up to 4e-7 and with no tie among them.

    Keep float64: float32 makes ties.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.k562()  # doctest: +SKIP
    >>> cs.pp.recipe_csmir(mdata)  # doctest: +SKIP
    >>> mdata["mirna"].shape, mdata["mrna"].shape  # doctest: +SKIP
    ((19, 212), (19, 15361))

    References
    ----------
    Wang et al., Nature Communications 2019, 10:95 (the data). Zhang et al., BMC Bioinformatics 2021, 22:578.
    """
    from csmir.io import make_mudata, read_gct

    check.choice("processing", processing, ["published", "geo"])
    mirna_path, mrna_path = fetch(ACCESSION, FILES, URLS, folder, subfolders=("k562", ACCESSION))
    mirna, mrna = read_gct(mirna_path), read_gct(mrna_path)
    if processing == "published":
        mirna.X = np.exp2(significant(mirna.X, DIGITS))
        mrna = _published_mrna(mrna)
    else:
        mirna.X = np.exp2(mirna.X)
    mdata = make_mudata(mirna, mrna, pair_by=PAIR_BY)
    _mudata.record(mdata, "k562", processing=processing, accession=ACCESSION)
    return mdata


def _published_mrna(mrna: AnnData) -> AnnData:
    """RPKM as the authors had them."""
    small = mrna.var_names.str.startswith(SMALL_RNAS)
    with assemble.repeated_names():
        mrna = mrna[:, ~small].copy()
    x = np.array(mrna.X)
    missing = np.isnan(x)
    x[missing] = 0
    below = (x > 0) & (x <= NOT_DETECTED)
    x[below] = 0
    x[x > 0] = np.exp2(significant(np.log2(x[x > 0]), DIGITS))
    mrna.X = x
    logger.info(
        "k562: %d genes of small RNAs left out; %d missing values and %d of at most %g RPKM set to 0",
        *(int(small.sum()), int(missing.sum()), int(below.sum()), NOT_DETECTED),
    )
    return mrna


def significant(x: np.ndarray, digits: int) -> np.ndarray:
    """Round to so many significant digits, correctly (multiplying by a power of ten would not be exact)."""
    unique, inverse = np.unique(x, return_inverse=True)
    return np.array([float(f"{value:.{digits - 1}e}") for value in unique])[inverse].reshape(x.shape)
