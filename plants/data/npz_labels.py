"""Labels as people store them - numbers, words, one-hot - become class numbers and names."""

from typing import Any

import numpy as np
import numpy.typing as npt

from plants import class_names
from plants.errors import InputError

EXPECTED = "expected a whole number or a word for each image, (n,) or (n, 1), or one-hot rows, (n, classes)"
LONGEST = 200  # characters of a word; more is a text, no class
LARGEST = 10**18  # a class is no larger number


def classes(where: str, stored: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """The (n,) labels, and the names that they index, in order: see `class_names.in_order`.

    A number is its class's name; the column is that of a one-hot row. Only classes with an image count.
    Raises InputError, which begins with `where`, for what is neither number nor word.
    """
    if stored.ndim == 2 and stored.shape[1] == 1:
        stored = stored[:, 0]
    if stored.ndim == 2 and stored.shape[1] > 1 and stored.dtype.kind in "biufO":
        stored = _columns(where, stored)
    if stored.ndim != 1 or stored.dtype.kind not in "biufUSO":
        raise InputError(f"{where} has the shape {stored.shape} and type {stored.dtype}; {EXPECTED}")
    values = stored.tolist()
    name_of = {value: _name(where, values, value) for value in dict.fromkeys(values)}
    _refuse_mixture(where, values)
    names = class_names.in_order(set(name_of.values()))
    place = {name: index for index, name in enumerate(names)}
    return np.array([place[name_of[value]] for value in values], np.int64), names


def _columns(where: str, stored: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Of each one-hot row, the column that holds the 1."""
    is_one = stored == 1
    one_hot = (is_one.sum(axis=1) == 1) & (is_one | (stored == 0)).all(axis=1)
    if not one_hot.all():
        row = int(np.argmin(one_hot))
        shown = ", ".join(map(str, stored[row, :10].tolist())) + (", ..." if stored.shape[1] > 10 else "")
        raise InputError(f"{where}: row {row} is {shown[:LONGEST]}, not a single 1 among zeros; {EXPECTED}")
    return is_one.argmax(axis=1)


def _name(where: str, values: list[Any], value: Any) -> str:
    """The name of the class that one label stands for."""
    if isinstance(value, bytes):
        value = value.decode(errors="surrogateescape")
    if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST:
        return class_names.canonical(value)
    if isinstance(value, int | float) and abs(value) < LARGEST and value == int(value):
        return str(int(value))
    shown = repr(value)[:LONGEST]
    raise InputError(f"{where}: row {values.index(value)} is {shown}; {EXPECTED}")


def _refuse_mixture(where: str, values: list[Any]) -> None:
    words = [isinstance(value, str | bytes) for value in values]
    if len(set(words)) > 1:
        raise InputError(
            f"{where}: row {words.index(True)} is a word and row {words.index(False)} a number; expected "
            "only words or only numbers"
        )
