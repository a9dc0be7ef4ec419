"""What each statistic finds where the truth is known: `python -m benchmarks.truth [--quick]`."""
