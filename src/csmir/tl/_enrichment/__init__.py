"""The parts of over-representation: what is asked, gene sets, and their scores."""
