"""The command line: the public functions, one after the other, for pipelines."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(args: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 2 for bad input, 130 if interrupted, 1 for anything else."""
    try:
        from csmir.cli.commands import run_command  # not before: this takes a tenth of a second, and may be stopped

        return run_command(args)
    except KeyboardInterrupt:
        print("csmir: interrupted; nothing was written.", file=sys.stderr)
        return 130
