"""Tools: infer the networks and read them."""

from csmir.tl.conservation import conservation
from csmir.tl.csn_statistic import csn_statistic
from csmir.tl.hubs import hubs
from csmir.tl.modules import modules
from csmir.tl.regulation import regulation
from csmir.tl.similarity import similarity

__all__ = ["conservation", "csn_statistic", "hubs", "modules", "regulation", "similarity"]
