"""What can go wrong on the user's side, and on the harness's."""


class InputError(ValueError):
    """Bad input. The message is one line: what came, what was expected, what to do.

    The commands print it without a traceback and end with exit code 2.
    """


class DivergedError(InputError):
    """A training whose loss is no longer finite."""


class HarnessError(RuntimeError):
    """The harness itself cannot work (disk full, interpreter missing); never the zip's fault.

    score.py ends with exit code 3.
    """


class ProcessesRemain(HarnessError):
    """A submission's processes that cannot be ended."""
