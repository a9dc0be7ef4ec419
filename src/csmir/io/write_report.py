"""A run as one HTML page."""

from __future__ import annotations

import os

from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger

SUFFIXES = (".html", ".htm")


@fill
def write_report(
    mdata: MuData,
    path: str | os.PathLike[str],
    *,
    title: str = "csmir report",
    overwrite: bool = False,
    q_pair: float | None = None,
    regulation: str = K.REGULATION,
) -> None:
    """Write one self-contained HTML page of a run: numbers, limits, figures, tables, how it was made.

    The page needs no other file and no internet, so it can be mailed and archived. It shows what was run, and says what
    was not. Among the limits is the verdict of :func:`csmir.tl.null`, if it was run. Figures are drawn light, whatever
    the style of matplotlib. The same data give the same bytes on the same day, or with `SOURCE_DATE_EPOCH` set.

    Parameters
    ----------
    mdata
        The MuData after :func:`csmir.tl.regulation`.
    path
        File to write, ending in .html.
    title
        Heading of the page.
    overwrite
        Replace a file that is there.
    %(q_pair)s
        Numbers, figures, tables and the chooser are of these pairs; what the page says of chance is of all.
    %(regulation)s

    Raises
    ------
    StepError
        There are no networks yet, or `q_pair` is given and they have no q-values of pairs.
    InputError
        `mdata` is not a MuData, or the file cannot be written or is there already,
        or `q_pair` is outside (0, 1].

    Notes
    -----
    Tables show 500 rows at a time, best first; filter, sort and the download as CSV go over all of them, up to 200,000.
    Takes some seconds, and about 2 MB.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> page = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> cs.io.write_report(mdata, page, regulation="truth")
    >>> page.read_text().startswith("<!DOCTYPE html>")
    True
    """
    from csmir._report.page import page
    from csmir._report.write import check_target, write_whole

    if not isinstance(mdata, MuData):
        raise InputError(f"A report needs the MuData of a run; found {type(mdata).__name__}.")
    _mudata.read_regulation(mdata, regulation)
    target = check_target(path, overwrite=overwrite, suffixes=SUFFIXES)
    text = page(mdata, title=title, regulation=regulation, q_pair=q_pair)
    write_whole(text, target)
    logger.info("write_report: %.1f MB in %s", len(text) / 1e6, os.path.basename(os.fspath(path)))
