"""Tools: infer the networks and read them."""

from csmir.tl.conservation import conservation
from csmir.tl.hubs import hubs
from csmir.tl.similarity import similarity

__all__ = ["conservation", "hubs", "similarity"]
