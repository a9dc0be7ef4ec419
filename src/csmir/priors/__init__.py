"""Priors: putative miRNA-mRNA pairs in decoupler's form, with provenance."""

from csmir.priors.combine import intersection, union
from csmir.priors.encori import encori
from csmir.priors.families import families
from csmir.priors.filter import filter  # noqa: A004
from csmir.priors.match_report import match_report
from csmir.priors.mirtarbase import mirtarbase
from csmir.priors.omnipath import omnipath
from csmir.priors.reconcile import reconcile
from csmir.priors.table import read_gmt, read_table
from csmir.priors.tarbase import tarbase
from csmir.priors.targetscan import targetscan

__all__ = [
    "encori",
    "families",
    "filter",
    "intersection",
    "match_report",
    "mirtarbase",
    "omnipath",
    "read_gmt",
    "read_table",
    "reconcile",
    "tarbase",
    "targetscan",
    "union",
]
