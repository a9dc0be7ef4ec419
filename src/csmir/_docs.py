"""Shared parameter texts, once. Write `%(mdata)s` on a line of its own in a docstring and decorate with `@fill`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

TEXTS = {
    "mdata": """mdata
    Annotated data with a miRNA and an mRNA modality, cells x features each.""",
    "data": """data
    The MuData after :func:`csmir.tl.regulation`, or its cells x pairs AnnData.""",
    "net": """net
    Putative pairs in decoupler's form: a DataFrame with columns `source` (miRNA) and `target` (mRNA), and perhaps
    `weight`. See :mod:`csmir.priors`.""",
    "modalities": """mirna, mrna
    Names of the two modalities.""",
    "regulation": """regulation
    Name of the modality that holds the cell-specific networks.""",
    "layer": """layer
    Layer of both modalities to use in place of `X`.""",
    "copy": """copy
    Return a changed copy instead of changing `mdata` in place.""",
    "copy_data": """copy
    Return a changed copy instead of changing `data` in place.""",
    "returns_copy": """The changed copy if `copy=True`, else None.""",
    "show_progress": """progress
    Show a progress bar; None shows it on a terminal and in notebooks only.""",
    "plot": """ax
    Axes to draw into; None makes a figure.
figsize
    Width and height of that figure in inches; None fits the content.
title
    Title above the figure.
save
    Path of a file to write; its ending (.png, .pdf, .svg) says the format.
show
    Show the figure now. None leaves that to the notebook, which shows it below the cell; nothing is shown elsewhere.
return_fig
    Return the Figure in place of the axes.""",
    "panels": """figsize
    Width and height of the figure in inches; None fits the content.
title
    Title above the figure.
save
    Path of a file to write; its ending (.png, .pdf, .svg) says the format.
show
    Show the figure now. None leaves that to the notebook, which shows it below the cell; nothing is shown elsewhere.
return_fig
    Return the Figure in place of the axes.""",
}


def fill(func: F) -> F:
    """Replace `%(name)s` lines of the docstring by the shared text, keeping the indentation."""
    doc = inspect.cleandoc(func.__doc__ or "")

    def text(match: re.Match[str]) -> str:
        indent = match.group(1)
        return "\n".join(indent + line for line in TEXTS[match.group(2)].splitlines())

    func.__doc__ = re.sub(r"^([ ]*)%\((\w+)\)s$", text, doc, flags=re.MULTILINE)
    return func
