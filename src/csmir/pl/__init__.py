"""Plots: one for each reading of the networks. Axes in, axes out."""

from csmir.pl.per_cell import per_cell
from csmir.pl.similarity import similarity

__all__ = [
    "per_cell",
    "similarity",
]
