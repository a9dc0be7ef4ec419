"""Everything that knows how a MuData is laid out; what nearly every step needs can be had as `_mudata.name`."""

from csmir._mudata.entries import as_csr, edge_blocks, edges, ends, holding, on_disk, one_kind, values_at
from csmir._mudata.made_of import read_regulation, record, recorded, regulation
from csmir._mudata.paired import (
    Paired,
    dense,
    in_name_order,
    is_inferred,
    matrix,
    modality,
    paired,
    refuse_repeated,
    stored,
    weights,
)

__all__ = [
    "Paired",
    "as_csr",
    "dense",
    "edge_blocks",
    "edges",
    "ends",
    "holding",
    "in_name_order",
    "is_inferred",
    "matrix",
    "modality",
    "on_disk",
    "one_kind",
    "paired",
    "read_regulation",
    "record",
    "recorded",
    "refuse_repeated",
    "regulation",
    "stored",
    "values_at",
    "weights",
]
