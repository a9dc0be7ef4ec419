"""Plots: one for each reading of the networks. Axes in, axes out."""

__all__: list[str] = []
