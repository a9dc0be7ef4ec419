"""The statistics, each in a file of its own."""
