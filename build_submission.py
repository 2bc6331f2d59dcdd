"""Makes the contest's zip of one or more runs; several: the mean of their probabilities."""

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from plants import commandline
from plants.bundle.members import open_members
from plants.runs.run_folder import Run

if TYPE_CHECKING:
    from plants.bundle.build_zip import BuiltZip

os.environ["KERAS_BACKEND"] = "tensorflow"  # Keras reads it when it is imported; only this one can export


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="build_submission.py", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folder of train.py, e.g. runs/latest")
    parser.add_argument("--out", default="submission.zip", metavar="ZIP", help="default: %(default)s")
    return parser.parse_args(argv)


def describe(built: "BuiltZip", members: Sequence[Run]) -> Iterator[str]:
    """What was built and what to do next, as lines of text."""
    count = f"{len(members)} runs" if len(members) > 1 else "1 run"
    yield f"{built.path}  {built.bytes / 1e6:.1f} MB, {count}"
    yield f"sha256 {built.sha256}"
    yield "checked: the zip's model answers as the trained one does on real images"
    if built.validation:
        yield "validation accuracy {accuracy:.4f} on {n} images".format(**built.validation)
    arguments = [str(built.path), *data_option(members[0].record["command"])]
    yield "next: python score.py " + shlex.join(arguments)


def data_option(command: Sequence[str]) -> list[str]:
    """The `--data PATH` of the train.py command, to score on the same data; empty without it."""
    options = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    options.add_argument("--data")
    data = options.parse_known_args(command)[0].data
    return ["--data", data] if data else []


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(argv)
    members = open_members(options.runs, announce=commandline.aside)

    from plants.bundle.build_zip import build  # TensorFlow takes seconds to import; errors above need none

    print("\n".join(describe(build(members, options.out), members)))


if __name__ == "__main__":
    sys.exit(commandline.run(main))
