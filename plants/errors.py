"""What can go wrong on the user's side, and on the harness's."""


class InputError(ValueError):
    """Bad input. The message is one line: what came, what was expected, what to do.

    The commands print it without a traceback and end with exit code 2.
    """


class DivergedError(InputError):
    """A training whose loss is no longer finite."""


class HarnessError(RuntimeError):
    """The harness itself cannot work (disk full, interpreter missing); never the zip's fault.

    `code` is one of the harness faults, HAR01 or HAR02; score.py ends with exit code 3.
    """

    def __init__(self, message: str, *, code: str = "HAR02") -> None:
        super().__init__(message)
        self.code = code
