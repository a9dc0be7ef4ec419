"""From two matrices and the pairs to test to one network per cell."""
