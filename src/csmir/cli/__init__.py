"""The command line: the public functions, one after the other, for pipelines."""

from csmir.cli.main import main

__all__ = ["main"]
