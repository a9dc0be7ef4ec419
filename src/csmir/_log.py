"""The package's logger and progress bar. Importing csmir adds no handler: the application decides what is shown."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

logger = logging.getLogger("csmir")
logger.addHandler(logging.NullHandler())

T = TypeVar("T")


def progress_bar(
    items: Iterable[T], *, total: int | None = None, desc: str = "", show: bool | None = None
) -> Iterator[T]:
    """Iterate with a progress bar; `show=None` means on a terminal or in a notebook only."""
    if show is None:
        show = sys.stderr.isatty() or "ipykernel" in sys.modules
    if not show:
        return iter(items)
    from tqdm.auto import tqdm  # which warns in a notebook without ipywidgets: not where no bar is wanted

    return iter(tqdm(items, total=total, desc=desc, leave=False))
