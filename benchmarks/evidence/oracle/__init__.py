"""ORACLE: the adjusted local test in plain NumPy, float64, written from its formulas alone.

No part of the package and no model of its code: it says what figures the formulas reach on these data, so that where it
meets a limit and the package does not, the package is wrong.
"""

from benchmarks.evidence.oracle.adjusted import infer

__all__ = ["infer"]
