"""How the command line ends: exit codes, messages for people, and interruptions."""

from __future__ import annotations

import _thread
import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

import click

from csmir._errors import InputError
from csmir._log import logger
from csmir.cli.flags import in_flags

# Objects between two looks for cycles among them; with as few as usual, a tenth of a short run is such looks
OBJECTS = 50_000
FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

_STOPPED = threading.Event()
_kept: list[str] = []  # results that a stop leaves


def _interrupt(*_: object) -> None:
    _STOPPED.set()
    raise KeyboardInterrupt


def _again(lost: sys.UnraisableHookArgs) -> None:
    """Stop once more where Python lost the stop: in a destructor, or as a weak reference went, nothing is raised."""
    if _STOPPED.is_set() and issubclass(lost.exc_type, KeyboardInterrupt):
        again = threading.Timer(0.01, _once_more)  # out of here first
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


def _once_more() -> None:
    if sys.unraisablehook is _again:  # the command is still at work
        _thread.interrupt_main()


def exit_code(command: Callable[[], object]) -> int:
    """Run the command; 0, 2 for bad input, 130 if interrupted, 1 for anything else."""
    _STOPPED.clear()
    _kept.clear()
    before = {}
    if threading.current_thread() is threading.main_thread():
        # Ctrl-C, and a scheduler's way to say stop: both clean up
        before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    level, looks, lost = logger.level, gc.get_threshold(), sys.unraisablehook
    sys.unraisablehook = _again
    gc.set_threshold(OBJECTS, *looks[1:])
    try:
        return _run(command)
    finally:
        gc.set_threshold(*looks)
        logger.setLevel(level)  # what is said is the command's affair, not that of who called it
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = lost


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _interrupted()
    except click.ClickException as e:
        if isinstance(e, click.MissingParameter) and isinstance(e.param, click.Option):
            click.MissingParameter(e.param.help, e.ctx, e.param).show()  # and what it is
        else:
            e.show()
        return BAD_INPUT
    except InputError as e:
        return _interrupted() if _STOPPED.is_set() else _failed(in_flags(str(e)) + _left(), BAD_INPUT)
    except OSError as e:
        disk_full = e.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
        where = e.filename or ("the output folder" if disk_full else "an input or output file")
        return _interrupted() if _STOPPED.is_set() else _failed(f"{e.strerror or e}: {where}.{_left()}", BAD_INPUT)
    except MemoryError as e:
        return _failed(f"not enough memory ({e}). Take a prior, fewer pairs or cells, or --threads 1.{_left()}", FAILED)
    except Exception:
        if _STOPPED.is_set():  # compiled modules turn the interruption of their import into errors of their own
            return _interrupted()
        raise
    return 0


def keep(path: str) -> None:
    """Note a result that is whole and stays, however the rest of the command ends."""
    _kept.append(path)


def _left() -> str:
    return f" The networks are in {_kept[-1]}." if _kept else ""


def _interrupted() -> int:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # it stops already: who asks twice gets one answer
    left = f"the networks are in {_kept[-1]}, and the same command starts over" if _kept else "nothing was written"
    return _failed(f"interrupted; {left}.", INTERRUPTED)


def _failed(message: str, code: int) -> int:
    click.echo(f"csmir: {message}", err=True)
    return code


def say(text: str, out: str) -> None:
    """Print what was done. It is on the disk by then: a reader who left (`| head -1`) is not a failure of the run."""
    try:
        click.echo(text)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as e:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python fails again as it exits
        if not isinstance(e, BrokenPipeError):
            click.echo(f"csmir: the summary cannot be printed ({e.strerror}); the results are in {out}.", err=True)
