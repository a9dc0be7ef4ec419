"""Data sets to try things on: simulated with planted truth, and the K562 half-cells of the paper."""

from csmir.datasets.k562 import k562
from csmir.datasets.simulated import simulated

__all__ = ["k562", "simulated"]
