"""Weights files of Keras: two formats that are told apart by what is in them."""

import contextlib
import re
from pathlib import Path

import h5py

from plants.errors import InputError

KERAS_2, KERAS_3 = ".h5", ".weights.h5"  # how Keras wants their names to end


def load(model, path):
    """Puts an HDF5 weights file into a Keras model of exactly its layers, in place.

    Raises InputError if the file is missing, is no weights file, or is of another net; the model
    is then as before.
    """
    _require_name(path)
    before = model.get_weights()
    try:
        model.load_weights(path)
    except Exception as error:  # Keras and h5py raise all kinds
        model.set_weights(before)
        raise InputError(f"{path} does not fit {model.name}: {_first_line(error)}") from error


def classes(path):
    """How many classes the classifier in a file of Keras 2 tells apart; None if it holds none.

    Raises InputError as `load` does.
    """
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and re.search(r"(predictions|_head_dense)/bias(:0)?$", name):
            found.append(item.shape[0])

    with _opened(path) as file:
        if _format(file) == KERAS_2:
            file.visititems(visit)
    return found[0] if found else None


def _require_name(path):
    """Keras goes by the end of the name, so a wrong one would make it misread the file."""
    with _opened(path) as file:
        ending = _format(file)
    named = KERAS_3 if str(path).endswith(KERAS_3) else Path(path).suffix
    if named != ending:
        stem = Path(path).name.removesuffix(named)
        raise InputError(
            f"{path} holds weights in the format of Keras {'2' if ending == KERAS_2 else '3'}, which Keras "
            f"reads only from a name that ends with '{ending}': rename it to {stem}{ending}"
        )


def _format(file):
    keras_2 = "model_weights" in file or any(name.startswith("layer_names") for name in file.attrs)
    return KERAS_2 if keras_2 else KERAS_3


@contextlib.contextmanager
def _opened(path):
    """An HDF5 file to read. InputError if it is missing or damaged, or no such file."""
    if not Path(path).is_file():
        raise InputError(f"the weights file {path} does not exist; name another with --set weights=<path>")
    try:
        with h5py.File(path) as file:
            yield file
    except OSError as error:
        raise InputError(
            f"{path} is no readable HDF5 file ({_first_line(error)}): expected weights saved by Keras, "
            "'.h5' or '.weights.h5'"
        ) from error


def _first_line(error):
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".:") if lines else type(error).__name__
