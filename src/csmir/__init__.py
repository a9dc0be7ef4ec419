"""Cell-specific miRNA regulation from single-cell miRNA-mRNA co-sequencing data, in scverse conventions."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from csmir._errors import InputError, StepError
from csmir._version import __version__

if TYPE_CHECKING:
    from csmir import datasets, get, io, pl, pp, priors, tl

__all__ = ["InputError", "StepError", "__version__", "datasets", "get", "io", "pl", "pp", "priors", "tl"]


def __getattr__(name: str) -> ModuleType:
    """Import a room when it is first entered: the command line answers, and can be stopped, before pandas is there."""
    if name in __all__:
        return import_module(f"csmir.{name}")
    raise AttributeError(f"module 'csmir' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
