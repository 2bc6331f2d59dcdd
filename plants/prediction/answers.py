"""What was answered to images, and the table of it that is written."""

import argparse
import csv
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plants import files
from plants.errors import InputError

COLUMNS = ("id", "label")
LINE_SECONDS = 10.0  # between lines on how far it is, where there is no terminal


@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """`labels` (n,) index `class_names`; `probabilities` (n, k), rows summing to 1, may be None."""

    class_names: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.floating] | None = None

    def counts(self) -> Iterator[str]:
        """How often each class was answered, the most frequent first: 'Species3 12'."""
        numbers = np.bincount(self.labels, minlength=len(self.class_names))
        for label in np.argsort(-numbers, kind="stable"):
            if numbers[label]:
                yield f"{self.class_names[label]} {numbers[label]}"


def two_columns(text: str) -> tuple[str, str]:
    """An argparse type: the names of two columns, with a comma between them."""
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected two names with a comma between: id,label")
    return names[0], names[1]


def refuse_same_columns(columns: Sequence[str], class_names: Sequence[str]) -> None:
    """Raises InputError if a class, which would be a column of probabilities, is called as another column."""
    twice = [name for name in columns if name in class_names]
    if twice:
        raise InputError(
            f"a class is called {twice[0]!r}, so with --probabilities two columns would be; give other names "
            "to the first two by --columns"
        )


def write(path: Path, names: Sequence[str], answers: Answers, columns: tuple[str, str] = COLUMNS) -> None:
    """Writes a CSV of one line for each image, whole or not at all: name, class, and what is there to each.

    Further columns, one for each class, are the probabilities if there are any. Raises InputError if
    it cannot be written.
    """
    further = answers.class_names if answers.probabilities is not None else ()
    try:
        with files.whole_file(path) as partial:
            # File names may hold bytes that are no UTF-8.
            with partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([*columns, *further])
                writer.writerows(_rows(names, answers))
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error


def _rows(names: Sequence[str], answers: Answers) -> Iterator[list[str]]:
    for number, (name, label) in enumerate(zip(names, answers.labels, strict=True)):
        row = [] if answers.probabilities is None else answers.probabilities[number]
        yield [name, answers.class_names[label], *(f"{value:.7g}" for value in row)]
