"""Can confounding fake regulation, and what does protection cost? `python -m benchmarks.evidence [--quick]`."""
