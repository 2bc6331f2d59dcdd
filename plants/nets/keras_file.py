"""Weights files of Keras: HDF5 in two formats, told apart by what is in them."""

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras

from plants.errors import InputError

KERAS_2, KERAS_3 = ".h5", ".weights.h5"  # how Keras wants the names of each format to end
CLASSIFIER_BIAS = re.compile(r"(predictions|_head_dense)/bias(:0)?$")


def require(path: str | Path) -> None:
    """Raises InputError unless `path` is an HDF5 file named as Keras wants its format."""
    with _opened(path) as file:
        suffix = _format(file)
    name = Path(path).name
    named = KERAS_3 if name.endswith(KERAS_3) else Path(name).suffix
    if named != suffix:  # Keras goes by the name and would misread it
        raise InputError(
            f"{path} holds weights in the format of Keras {2 if suffix == KERAS_2 else 3}, which is read "
            f"from names that end in {suffix!r} only: rename it to {name.removesuffix(named)}{suffix}"
        )


def load(model: keras.Model, path: str | Path) -> None:
    """Puts a weights file into a Keras model of exactly its layers, in place.

    Raises InputError if the file is missing, damaged or of another net; the model is then as before.
    """
    require(path)
    before = model.get_weights()
    try:
        with warnings.catch_warnings(action="ignore"):  # of groups that are missing, before it fails
            model.load_weights(path)
    except Exception as error:  # Keras and h5py raise all kinds
        model.set_weights(before)
        raise InputError(
            f"{path} does not fit {model.name} ({_first_line(error)}): is it the file of another net?"
        ) from error


def classes(path: str | Path) -> int | None:
    """How many classes the classifier in a file of Keras 2 knows; None if it holds none.

    (From a file of Keras 3 a net without classifier can be read as it is.) Raises InputError if
    the file is missing or damaged.
    """
    counts: list[int] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and CLASSIFIER_BIAS.search(name):
            counts.append(item.shape[0])

    with _opened(path) as file:
        if _format(file) == KERAS_2:
            file.visititems(visit)
    return counts[0] if counts else None


def _format(file: h5py.File) -> str:
    keras_2 = "model_weights" in file or any(name.startswith("layer_names") for name in file.attrs)
    return KERAS_2 if keras_2 else KERAS_3


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    """An HDF5 file to read. Raises InputError if it is missing or damaged, or another kind of file."""
    try:
        with h5py.File(path) as file:
            yield file
    except OSError as error:
        raise InputError(
            f"{path} is no whole HDF5 file ({_first_line(error)}): expected weights saved by Keras, "
            f"{KERAS_2} or {KERAS_3}"
        ) from error


def _first_line(error: Exception) -> str:
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".:") if lines else type(error).__name__
