"""A run as one HTML page and as a folder of figures."""
