"""Get results out of the object: tidy tables and networkx graphs."""

from csmir.get.conserved import conserved, rewired
from csmir.get.edges import edges
from csmir.get.graph import graph
from csmir.get.hubs import hubs
from csmir.get.modules import modules

__all__ = ["conserved", "edges", "graph", "hubs", "modules", "rewired"]
