"""`python -m csmir.cli`."""

from csmir.cli.entry import run

run()
