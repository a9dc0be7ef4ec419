"""Expression and cell pairs in, results out."""

from csmir.io.make_mudata import make_mudata
from csmir.io.read import read
from csmir.io.read_gct import read_gct
from csmir.io.read_networks import read_networks
from csmir.io.read_table import read_table
from csmir.io.split_feature_types import split_feature_types
from csmir.io.write_figures import write_figures
from csmir.io.write_report import write_report
from csmir.io.write_tables import write_tables

__all__ = [
    "make_mudata",
    "read",
    "read_gct",
    "read_networks",
    "read_table",
    "split_feature_types",
    "write_figures",
    "write_report",
    "write_tables",
]
