"""Builds the contest's zip from one or more runs; of several it takes the mean of their probabilities."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plants import commandline
from plants.bundle.members import contest_of, open_members
from plants.contests.contest import Contest
from plants.runs.run_folder import Record, Run

if TYPE_CHECKING:
    from plants.bundle.build_zip import BuiltZip

os.environ["KERAS_BACKEND"] = "tensorflow"  # Keras reads it when it is imported; only this one can export


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="build_submission.py", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folder of train.py, e.g. runs/latest")
    commandline.add_contest(parser, "that of the runs")
    parser.add_argument("--out", default="submission.zip", metavar="ZIP", help="default: %(default)s")
    return parser.parse_args(argv)


def describe(built: "BuiltZip", members: Sequence[Run], contest: Contest) -> Iterator[str]:
    """What was built and what to do next, as lines of text."""
    count = f"{len(members)} runs" if len(members) > 1 else "1 run"
    yield f"{built.path}  {built.bytes / 1e6:.1f} MB, {count}"
    yield f"sha256 {built.sha256}"
    yield "checked: the zip's model answers as the trained one does on real images"
    if built.validation:
        yield "validation accuracy {accuracy:.4f} on {n} images".format(**built.validation)
    arguments = [str(built.path), *data_options(members[0].record, contest)]
    yield contest.advice()
    yield f"next: {commandline.shell_line('score.py', *arguments)}"


def data_options(record: Record, contest: Contest) -> list[str]:
    """The options of a run's train.py command that say where the images are, to score on the same ones."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    for name in ("--data", "--contest"):
        parser.add_argument(name)
    options = parser.parse_known_args(record["command"])[0]
    directory = record.get("directory") or ""  # runs of before have none
    given = ["--data", named_from_here(options.data, directory)] if options.data else []
    # The manifest has all of a contest but where the images of one's own lie, which its file may say.
    if options.contest and Path(options.contest).name == f"{contest.name}.toml":
        given += ["--contest", named_from_here(options.contest, directory)]
    return given


def named_from_here(path: str, directory: str) -> str:
    """What `path` meant to a command that was called in `directory`, if it is still there; else `path`."""
    there = os.path.join(directory, path)
    return there if directory != os.getcwd() and os.path.exists(there) else path


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(argv)
    members = open_members(options.runs, announce=commandline.aside)
    contest = contest_of(members, options.contest)

    from plants.bundle.build_zip import build  # TensorFlow takes seconds to import; errors above need none

    print("\n".join(describe(build(members, options.out, contest), members, contest)))


if __name__ == "__main__":
    sys.exit(commandline.run(main))
