"""Cell-specific miRNA regulation from single-cell miRNA-mRNA co-sequencing data, in scverse conventions."""

from __future__ import annotations

from csmir._errors import InputError, StepError

TYPE_CHECKING = False  # of typing, which takes longer to import than all that is here
if TYPE_CHECKING:
    from typing import Any

    from csmir import datasets, get, io, pl, pp, priors, tl
    from csmir._version import __version__

__all__ = ["InputError", "StepError", "__version__", "datasets", "get", "io", "pl", "pp", "priors", "tl"]


def __getattr__(name: str) -> Any:
    """Import a room when it is first entered: the command line answers, and can be stopped, before pandas is there."""
    if name == "__version__":
        from csmir._version import __version__

        return __version__
    if name in __all__:
        from importlib import import_module

        return import_module(f"csmir.{name}")
    raise AttributeError(f"module 'csmir' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
