"""Cell-specific miRNA regulation from single-cell miRNA-mRNA co-sequencing data, in scverse conventions."""

from csmir import datasets, get, io, pl, pp, priors, tl
from csmir._errors import InputError, StepError
from csmir._version import __version__

__all__ = ["InputError", "StepError", "__version__", "datasets", "get", "io", "pl", "pp", "priors", "tl"]
