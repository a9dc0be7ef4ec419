"""The statistics, each in a file of its own with its record at the foot: to add one is to add a file and its name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csmir.inference.statistics.record import Statistic

# in the order in which messages list them; a name is also that of the file
NAMES = ["csn", "exact", "local"]


def statistic(name: str) -> Statistic:
    """The record of one of `NAMES`."""
    return import_module(f"{__name__}.{name}").STATISTIC


def recorded_statistic(name: object) -> Statistic | None:
    """The record of the statistic that networks name; None for other networks, such as those of a comparator."""
    return statistic(name) if isinstance(name, str) and name in NAMES else None


def that_take(option: str) -> list[str]:
    """The statistics that an option of `cs.tl.regulation` belongs to."""
    return [name for name in NAMES if option in statistic(name).options]
