"""The process `csmir`: from its first line to its last, a stop ends it in one line and not in a traceback."""

# without the enumerations of signal, which take longer to import than all that is here
import _signal as signal  # type: ignore[import-not-found]
import os
import sys

from csmir.cli import main


def run() -> None:
    """Run the command line and leave. While a command runs, it says itself how it is stopped and what it keeps."""
    # who started the process may have it ignored, as in jobs of the background
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    code = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done; Python's own end would tell of a stop at length
    sys.exit(code)


def _stop(*_: object) -> None:
    """Stop at once: an exception may be lost, or made another, inside the imports of compiled modules."""
    os.write(2, b"csmir: interrupted.\n")
    os._exit(130)
