"""Known pairs, and the networks that ours are compared with."""
