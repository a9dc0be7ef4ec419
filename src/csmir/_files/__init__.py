"""Files as they lie on a disk: read with every way of being wrong named, and written whole or not at all."""
