"""A figure as the PNG that the page holds."""

from __future__ import annotations

import io
from typing import Any

DPI = 150


def pixels(fig: Any) -> io.BytesIO:
    """A PNG of the figure, as large as it comes: it is read at once."""
    out = io.BytesIO()
    fig.savefig(out, format="png", dpi=DPI, pil_kwargs={"compress_level": 0})
    return out


def few_colours(pixels: io.BytesIO) -> bytes:
    """A PNG of the 256 colours that it needs most: a third of the bytes, and no difference that the eye sees."""
    from PIL import Image

    out = io.BytesIO()
    few = Image.open(pixels).convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(out, format="PNG", optimize=True)
    return out.getvalue()
