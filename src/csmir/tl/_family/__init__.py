"""The parts of the comparison of a family of miRNAs."""
