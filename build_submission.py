"""Makes the contest's zip of one or more runs; several: the mean of their probabilities."""

import argparse
import os
import shlex
import sys

from plants import commandline
from plants.bundle.members import open_members

os.environ["KERAS_BACKEND"] = "tensorflow"  # Keras reads it when it is imported; only this one can export


def parse(argv):
    """The command line as a namespace; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(prog="build_submission.py", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folder of train.py, e.g. runs/latest")
    parser.add_argument("--out", default="submission.zip", metavar="ZIP", help="default: %(default)s")
    return parser.parse_args(argv)


def describe(summary, members):
    """What was built and what to do next, as lines of text."""
    count = f"{len(members)} runs" if len(members) > 1 else "1 run"
    yield f"{summary.path}  {summary.bytes / 1e6:.1f} MB, {count}"
    yield f"sha256 {summary.sha256}"
    yield "checked: the zip's model answers as the trained one does on real images"
    if summary.validation:
        yield "validation accuracy {accuracy:.4f} on {n} images".format(**summary.validation)
    arguments = [str(summary.path), *data_option(members[0].record["command"])]
    yield "next: python score.py " + shlex.join(arguments)


def data_option(command):
    """The `--data PATH` of the train.py command, to score on the same data: a list, empty without it."""
    options = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    options.add_argument("--data")
    data = options.parse_known_args(command)[0].data
    return ["--data", data] if data else []


def main(argv=None):
    options = parse(argv)
    members = open_members(options.runs, announce=commandline.aside)

    from plants.bundle.build_zip import build  # TensorFlow takes seconds to import; errors above need none

    print("\n".join(describe(build(members, options.out), members)))


if __name__ == "__main__":
    sys.exit(commandline.run(main))
