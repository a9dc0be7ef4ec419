"""What becomes of results when cells, pairs, features or values move between two steps."""
