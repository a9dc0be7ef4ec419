"""Plots: one for each reading of the networks. Axes in, axes out."""

from csmir.pl.activity import activity
from csmir.pl.agreement import agreement
from csmir.pl.box import box
from csmir.pl.cluster import cluster
from csmir.pl.compare import compare
from csmir.pl.crosstalk import crosstalk
from csmir.pl.curves import curves
from csmir.pl.differential import differential
from csmir.pl.embedding import embedding
from csmir.pl.enrich import enrich
from csmir.pl.family import family
from csmir.pl.flow import flow
from csmir.pl.groups import groups
from csmir.pl.intervals import intervals
from csmir.pl.local import local
from csmir.pl.module import module
from csmir.pl.network import network
from csmir.pl.null import null
from csmir.pl.out_degree import out_degree
from csmir.pl.overview import overview
from csmir.pl.pair import pair
from csmir.pl.per_cell import per_cell
from csmir.pl.recurrence import recurrence
from csmir.pl.sign import sign
from csmir.pl.similarity import similarity
from csmir.pl.stability import stability
from csmir.pl.targeting import targeting
from csmir.pl.upset import upset
from csmir.pl.volcano import volcano

__all__ = [
    "activity",
    "agreement",
    "box",
    "cluster",
    "compare",
    "crosstalk",
    "curves",
    "differential",
    "embedding",
    "enrich",
    "family",
    "flow",
    "groups",
    "intervals",
    "local",
    "module",
    "network",
    "null",
    "out_degree",
    "overview",
    "pair",
    "per_cell",
    "recurrence",
    "sign",
    "similarity",
    "stability",
    "targeting",
    "upset",
    "volcano",
]
