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
    "adjusted": """covariates
    For `"local"`, what else may move both genes, to adjust for: columns of `mdata.obs` or of a modality's `.obs`
    (as `"mrna:total_counts"` where both have one), keys of `.obsm`, or features; see
    :func:`csmir.pp.covariates`. Numbers are ranked, categories are one column a level less one; each loses its
    mean around the cell, as genes do, and the correlation is the partial one inside each list. Categories (batch,
    plate) are regressed out of the space of `"expression"` as well. What is made of mRNAs may be a consequence of
    a miRNA: adjusting for it takes part of its effect away, and the log says where that is likely.
factors
    For `"local"`, hidden factors to adjust for: variation whose source was not measured. The first eight components of
    what is left of all mRNAs are combined, for each miRNA, into what moves its non-targets most. `"auto"` takes as many
    (0, 1, 2, 3, 5 or 7) as bring the non-targets' share of p < 1 % to nominal, or within 15 % of the least; a number
    takes that many. None is `"auto"` with a prior; without one there are no non-targets, and no factors.
parents
    For `"local"`, a frame of genes (`source`) that regulate or host a miRNA (`target`): each miRNA's pairs are
    adjusted for its parents, and pairs whose mRNA is a parent are not tested, but counted. An edge is then an estimate
    of a causal effect, if parents and `covariates` block every back door.
transcription
    For `"local"`, a layer of the mRNA modality (unspliced, intronic counts): each target is adjusted for its own
    transcription, so that what remains is post-transcriptional.""",
    "q_pair": """q_pair
    Only pairs that hold over all cells, with a `pair_qvalue` of at most this (tests only; 0.05, say): of pairs with an
    interaction in some cell many are regulated nowhere. None takes every pair.""",
    "factors": """factors
    Hidden factors to hold fixed, variation whose source was not measured: components of what is left of all mRNAs,
    combined, for each miRNA, into what moves its non-targets most. `"auto"` takes as many (0, 1, 2, 3, 5 or 7) as bring
    the non-targets' share of p < 1 % to nominal, or within 15 % of the least; a number takes that many. None is
    `"auto"` with a prior and more than 32 cells; without a prior there are no non-targets, and no factors.""",
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
