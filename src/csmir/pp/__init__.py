"""Preprocessing: from abundances to what the statistics read."""

from csmir.pp.bootstrap_cells import bootstrap_cells
from csmir.pp.covariates import covariates
from csmir.pp.detection_floor import detection_floor
from csmir.pp.filter_constant import filter_constant
from csmir.pp.handle_missing import handle_missing
from csmir.pp.log2p1 import log2p1
from csmir.pp.merge_duplicates import merge_duplicates
from csmir.pp.merge_loci import merge_loci
from csmir.pp.normalize import normalize
from csmir.pp.pool_cells import pool_cells
from csmir.pp.pseudocells import pseudocells
from csmir.pp.recipe_csmir import recipe_csmir
from csmir.pp.repair_symbols import repair_symbols
from csmir.pp.undo_log2 import undo_log2

__all__ = [
    "bootstrap_cells",
    "covariates",
    "detection_floor",
    "filter_constant",
    "handle_missing",
    "log2p1",
    "merge_duplicates",
    "merge_loci",
    "normalize",
    "pool_cells",
    "pseudocells",
    "recipe_csmir",
    "repair_symbols",
    "undo_log2",
]
