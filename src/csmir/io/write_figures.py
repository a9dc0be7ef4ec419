"""Every figure of a run as files."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger

FORMATS = ("png", "pdf", "svg")
# PDF files carry the time unless told otherwise
METADATA = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}


@fill
def write_figures(
    mdata: MuData,
    folder: str | os.PathLike[str],
    *,
    formats: str | Iterable[str] = ("png", "pdf"),
    dpi: int = 300,
    overwrite: bool = False,
    regulation: str = K.REGULATION,
) -> None:
    """Draw every figure that the steps run so far allow, and write them into a folder.

    The figures are those of :mod:`csmir.pl` with their defaults, and an example where they want a choice: the cell with
    the median number of interactions, the first module. What a step not run forbids is left out, and the log says why.
    The folder appears whole or not at all.

    Parameters
    ----------
    mdata
        The MuData after :func:`csmir.tl.regulation`.
    folder
        Where to write; made if it is not there.
    formats
        `"png"`, `"pdf"`, `"svg"`, one or several.
    dpi
        Dots per inch of images.
    overwrite
        Replace the files of an earlier call. Files of others are never touched.
    %(regulation)s

    Raises
    ------
    StepError
        There are no networks yet.
    InputError
        `mdata` is not a MuData, an unknown format, or a folder that holds files or cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=6)
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "figures"
    >>> cs.io.write_figures(mdata, folder, formats="png", dpi=50, regulation="truth")
    >>> (folder / "per_cell.png").exists()
    True
    """
    from csmir._files.output import new_folder
    from csmir._report.figures import drawn

    formats = check.words("formats", formats)
    for word in formats:
        check.choice("formats", word, FORMATS)
    dpi = check.integer("dpi", dpi, low=20)
    if not isinstance(mdata, MuData):
        raise InputError(f"The figures need the MuData of a run; found {type(mdata).__name__}.")
    _mudata.read_regulation(mdata, regulation)
    n = 0
    with new_folder(folder, overwrite) as out:
        for figure in drawn(mdata, regulation):
            if figure.fig is None:
                logger.info("write_figures: no %s: %s", figure.name, figure.why)
                continue
            for word in formats:
                figure.fig.savefig(out / f"{figure.name}.{word}", dpi=dpi, metadata=METADATA[word])
            n += 1
    logger.info("write_figures: %d figures as %s", n, ", ".join(formats))
