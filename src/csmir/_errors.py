"""The two errors a user can mend. Both say what was expected, what was found, and what to do next."""


class InputError(ValueError):
    """Something handed to csmir cannot be used: a file, a table, a parameter."""


class StepError(InputError):
    """A result is asked for before the step that makes it was run."""
