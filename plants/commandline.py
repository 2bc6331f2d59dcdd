"""What the commands share: options, and how an error becomes one line and an exit code."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence

from plants.errors import InputError

BAD_INPUT = 2
INTERRUPTED = 130


def run(command: Callable[[Sequence[str] | None], int | None], argv: Sequence[str] | None = None) -> int:
    """Calls `command(argv)` and returns its exit code; errors of the user become one line.

    InputError ends with 2, Ctrl-C with 130. Anything else is a defect and keeps its traceback.
    """
    # Start-up lines of TensorFlow help nobody here. Not all of them heed this; to hold back the others
    # would hold back the message of an import that crashes.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return command(argv) or 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def aside(line: str) -> None:
    """Prints a line beside the output, to stderr."""
    print(line, file=sys.stderr)


def add_contest(parser: argparse.ArgumentParser, default: str = "an2dl-2022") -> None:
    """Adds --contest to a parser; `default` says what stands for it."""
    parser.add_argument(
        "--contest",
        metavar="NAME|FILE",
        help="one of plants/contests/, such as an2dl-2024, or a .toml file as in docs/contests.md; default: "
        + default,
    )


def source(options: argparse.Namespace) -> list[str]:
    """The options among these that say which images are meant, as words for another command."""
    given = {"--data": options.data, "--contest": options.contest}
    return [word for option, value in given.items() if value for word in (option, value)]


def add_data_and_settings(parser: argparse.ArgumentParser) -> None:
    """Adds --data, --contest and --set to the parser of a command that trains."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="the contest's zip, a folder of class folders, or an .npz; default: $CHALLENGE_DATA, then where "
        "the contest has them, such as data/training_data_final(.zip), then a small generated sample",
    )
    add_contest(parser)
    parser.add_argument(
        "--set",
        action="extend",
        nargs="+",
        default=[],
        metavar="field=value",
        help="change recipe fields, nested ones by path: --set batch_size=16 phases.1.learning_rate=1e-5",
    )


def whole_number(lowest: int, highest: int | None = None) -> Callable[[str], int]:
    """An argparse type: a whole number from `lowest` to `highest`, or without end."""
    expected = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"

    def read(text: str) -> int:
        number = int(text) if re.fullmatch("-?[0-9]{1,18}", text) else lowest - 1
        if number < lowest or highest is not None and number > highest:
            raise argparse.ArgumentTypeError(f"got {text}, expected {expected}")
        return number

    return read


seed = whole_number(0, 2**31 - 1)
