"""Data sets to try things on: simulated, or planted on real miRNA counts, with known truth, and the paper's K562."""

from csmir.datasets.k562 import k562
from csmir.datasets.semi_synthetic import semi_synthetic
from csmir.datasets.simulated import simulated

__all__ = ["k562", "semi_synthetic", "simulated"]
