"""Decides where the images come from: --data, the environment, `data/`, or the generated sample."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

from plants.data.dataset import CONTEST_CLASSES, Dataset, load
from plants.data.sample.generate import generate_sample
from plants.errors import InputError

CONTEST_DATA = Path(__file__).parents[2] / "data" / "training_data_final"
VARIABLE = "CHALLENGE_DATA"


def open_dataset(data: str | Path | None = None, *, announce: Callable[[str], None] = print) -> Dataset:
    """The images of `data`, else of $CHALLENGE_DATA, else of data/, else the generated sample.

    `announce` is called with each remark on the images, and with one line if it is the sample. Raises
    InputError as `load` does.
    """
    dataset = _found(data)
    if dataset is None:
        announce(f"No --data, no ${VARIABLE}, no data/{CONTEST_DATA.name}.zip: using the generated sample.")
        return generate_sample()
    _announce_remarks(dataset, announce)
    return dataset


def _announce_remarks(dataset: Dataset, announce: Callable[[str], None]) -> None:
    for remark in dataset.remarks:
        announce(remark)


def _found(data: str | Path | None) -> Dataset | None:
    """The images of `data`, else of $CHALLENGE_DATA, else of data/, else None."""
    if data is not None:
        return load(data)
    if os.environ.get(VARIABLE):
        try:
            return load(os.environ[VARIABLE])
        except InputError as error:
            raise InputError(f"${VARIABLE}: {error}; or unset the variable") from None
    for path in (CONTEST_DATA.with_suffix(".zip"), CONTEST_DATA):
        if os.path.lexists(path):  # a link to nowhere is a mistake to be told of
            return load(path)
    return None


def open_contest_data(data: str | Path | None = None) -> Dataset:
    """As `open_dataset`, but InputError instead of the sample, and for images of other classes."""
    images = _found(data)
    if images is None:
        raise InputError(
            f"no --data, no ${VARIABLE} and nothing in data/, only the generated sample: expected the "
            f"contest's data; name it with --data, set ${VARIABLE}, or put it into data/"
        )
    _announce_remarks(images, functools.partial(print, file=sys.stderr))
    if images.class_names != CONTEST_CLASSES:
        raise InputError(
            f"{images.source}: the classes are {', '.join(images.class_names)}, expected those of the "
            f"contest's data, {CONTEST_CLASSES[0]} to {CONTEST_CLASSES[-1]}: name that with --data"
        )
    return images
