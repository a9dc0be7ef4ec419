"""`python -m csmir`."""

from csmir.cli.entry import run

run()
