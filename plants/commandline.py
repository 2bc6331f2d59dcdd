"""What the commands share: how an error becomes one line and an exit code."""

import sys

from plants.errors import InputError

BAD_INPUT = 2
INTERRUPTED = 130


def run(command, argv=None):
    """Calls `command(argv)` and returns its exit code; errors of the user become one line.

    InputError ends with 2, Ctrl-C with 130. Anything else is a defect and keeps its traceback.
    """
    try:
        return command(argv) or 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
