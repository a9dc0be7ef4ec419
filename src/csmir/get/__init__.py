"""Get results out of the object: tidy tables and networkx graphs."""

from csmir.get.clusters import agreement, clusters
from csmir.get.comparison import comparison
from csmir.get.conservation import conservation
from csmir.get.conserved import conserved, rewired
from csmir.get.crosstalk import crosstalk, crosstalk_graph
from csmir.get.curves import curves
from csmir.get.differential import differential
from csmir.get.edges import edges
from csmir.get.enrichment import enrichment
from csmir.get.family import family, family_ks
from csmir.get.graph import graph
from csmir.get.hubs import hubs
from csmir.get.intervals import intervals
from csmir.get.modules import modules
from csmir.get.pairs import pairs
from csmir.get.targeting import targeting
from csmir.get.validation import validation

__all__ = [
    "agreement",
    "clusters",
    "comparison",
    "conservation",
    "conserved",
    "crosstalk",
    "crosstalk_graph",
    "curves",
    "differential",
    "edges",
    "enrichment",
    "family",
    "family_ks",
    "graph",
    "hubs",
    "intervals",
    "modules",
    "pairs",
    "rewired",
    "targeting",
    "validation",
]
