"""Says which class each image is of: by a run folder of train.py, or by a submission zip.

    python predict.py runs/latest photos/
    python predict.py submission.zip test.zip --out answers.csv --columns image_id,species
    python predict.py submission.zip a.jpg b.jpg --probabilities

Writes a CSV of a line for each image, sorted by name: the name, and the class. In a folder or zip, names are
paths within it; in an .npz, the numbers of the rows. A zip runs as in score.py: behind walls, under limits.

Exit code: 0 written, 1 the zip is rejected (its faults are on stderr), 2 wrong usage, or images that cannot
be read, 3 the harness cannot run the zip, 130 Ctrl-C. Unless it is 0, nothing is written.
"""

from plants import interrupts

if __name__ == "__main__":
    interrupts.defer()  # before the other imports, which a Ctrl-C would end with a traceback

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from plants import commandline, terminal
from plants.data import unlabelled
from plants.errors import HarnessError
from plants.harness.report import record, table
from plants.harness.verdict import describe_failure
from plants.prediction import answers
from plants.prediction.predictors import open_predictor
from plants.prediction.submission_zip import Rejected

REJECTED, HARNESS_ERROR = 1, 3


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line; exits with code 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="predict.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "predictor", metavar="ZIP_OR_RUN", help="submission.zip, or a run such as runs/latest"
    )
    parser.add_argument(
        "images", nargs="+", metavar="IMAGES", help="a folder of images, image files, a zip, or an .npz"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("predictions.csv"),
        metavar="FILE.csv",
        help="replaced if it is there; default: %(default)s",
    )
    parser.add_argument(
        "--probabilities", action="store_true", help="also write a column of them for each class"
    )
    parser.add_argument(
        "--columns",
        type=answers.two_columns,
        default=answers.COLUMNS,
        metavar="id,label",
        help="what the columns of names and of classes are called; default: id,label",
    )
    parser.add_argument("--skip-unreadable", action="store_true", help="leave out images that cannot be read")
    commandline.add_contest(parser, "the one that the zip was built for; for a zip that does not say")
    parser.add_argument("--python", metavar="INTERPRETER", help="run the zip under this Python")
    return parser.parse_args(argv)


def predict(options: argparse.Namespace) -> None:
    """Has all images answered, writes the table and says so."""
    predictor = open_predictor(options.predictor, options.contest, options.python, announce=commandline.aside)
    record.refuse_unwritable({"--out": options.out}, [options.predictor, *options.images])
    if options.probabilities:
        answers.refuse_same_columns(options.columns, predictor.class_names)
    photos = unlabelled.read(
        options.images,
        predictor.image_side,
        skip_unreadable=options.skip_unreadable,
        announce=commandline.aside,
    )
    started = time.monotonic()
    answered = predictor.answer(photos.images, probabilities=options.probabilities)
    seconds = time.monotonic() - started
    answers.write(options.out, photos.names, answered, options.columns)
    print(f"{options.out}  {len(photos.names)} images in {seconds:.1f} s")
    print(terminal.listed(list(answered.counts())))


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(argv)
    try:
        with interrupts.allowed():
            predict(options)
    except Exception as error:
        if interrupts.came():  # some C extensions turn a KeyboardInterrupt into another error
            raise KeyboardInterrupt from None
        if isinstance(error, Rejected):
            commandline.aside(f"error: {error}")
            return REJECTED
        if isinstance(error, HarnessError):
            for line in table.fault_lines(describe_failure(error)):
                commandline.aside(line)
            return HARNESS_ERROR
        raise
    return 0


if __name__ == "__main__":
    sys.exit(commandline.run(main))
