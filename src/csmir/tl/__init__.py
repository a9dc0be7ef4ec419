"""Tools: infer the networks and read them."""

from csmir.tl.activity import activity
from csmir.tl.association import association
from csmir.tl.cluster import cluster
from csmir.tl.comparator import comparator
from csmir.tl.compare import compare
from csmir.tl.conservation import conservation
from csmir.tl.crosstalk import crosstalk
from csmir.tl.csn_statistic import csn_statistic
from csmir.tl.differential import differential
from csmir.tl.direct import direct
from csmir.tl.enrich import enrich
from csmir.tl.enrich_disease import enrich_disease
from csmir.tl.family import family
from csmir.tl.hubs import hubs
from csmir.tl.intervals import intervals
from csmir.tl.module_scores import module_scores
from csmir.tl.module_similarity import module_similarity
from csmir.tl.modules import modules
from csmir.tl.neighbors import neighbors
from csmir.tl.null import null
from csmir.tl.power import power
from csmir.tl.regulation import regulation
from csmir.tl.sign import sign
from csmir.tl.similarity import similarity
from csmir.tl.sponge import sponge
from csmir.tl.stability import stability
from csmir.tl.synergy import synergy
from csmir.tl.targeting import targeting
from csmir.tl.validate import validate

__all__ = [
    "activity",
    "association",
    "cluster",
    "comparator",
    "compare",
    "conservation",
    "crosstalk",
    "csn_statistic",
    "differential",
    "direct",
    "enrich",
    "enrich_disease",
    "family",
    "hubs",
    "intervals",
    "module_scores",
    "module_similarity",
    "modules",
    "neighbors",
    "null",
    "power",
    "regulation",
    "sign",
    "similarity",
    "sponge",
    "stability",
    "synergy",
    "targeting",
    "validate",
]
