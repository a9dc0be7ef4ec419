"""The parts of networks among features that share their partners."""
