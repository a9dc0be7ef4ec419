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
    from tqdm.auto import tqdm

    if show is None:
        show = sys.stderr.isatty() or "ipykernel" in sys.modules
    return iter(tqdm(items, total=total, desc=desc, disable=not show, leave=False))
