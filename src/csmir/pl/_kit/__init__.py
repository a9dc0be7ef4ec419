"""The shared parts of figures: style, sizes, ticks, labels, words, and the frame a figure is drawn in."""
