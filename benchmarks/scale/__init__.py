"""How time and memory grow with the number of cells: `python -m benchmarks.scale`."""
