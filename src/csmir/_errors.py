"""The two errors a user can mend. Both say what was expected, what was found, and what to do next."""


class InputError(ValueError):
    """Something handed to csmir cannot be used: a file, a table, a parameter."""


class StepError(InputError):
    """A result is asked for before the step that makes it was run."""


def run_first(what: str, *calls: str) -> StepError:
    """The error for what is not there yet: `what` says so, and `calls` make it, one after the other."""
    return StepError(f"{what}. Run {', then '.join(calls)} first.")
