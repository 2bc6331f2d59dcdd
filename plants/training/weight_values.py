"""The values of a net's weights: taken out, put in, put in for a while, kept in a file."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from plants import files

Values = list[npt.NDArray[Any]]


def averageable(net: keras.Model) -> list[keras.Variable]:
    """All weights of a net that have a mean, so its norms' statistics too; not its generators' states."""
    return [variable for variable in net.variables if "float" in variable.dtype]


def of(variables: Sequence[keras.Variable]) -> Values:
    """Copies of the values."""
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def put(variables: Sequence[keras.Variable], values: Sequence[npt.NDArray[Any]]) -> None:
    """Puts values into the variables that they came from."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


@contextlib.contextmanager
def put_back(variables: Sequence[keras.Variable]) -> Iterator[None]:
    """Whatever the block puts into the variables, afterwards they are as before."""
    before = of(variables)
    try:
        yield
    finally:
        put(variables, before)


def write(path: Path, variables: Sequence[keras.Variable], **beside: Any) -> None:
    """An npz with the values of the variables, whole or not at all; no name of `beside` begins with v."""
    values: dict[str, Any] = {f"v{index}": value for index, value in enumerate(of(variables))}
    with files.whole_file(path) as partial, open(partial, "wb") as file:
        np.savez(file, **beside, **values)


def read(stored: Any) -> Values:
    """The values in an open npz that `write` has written, in their order."""
    return [stored[f"v{index}"] for index in range(sum(name.startswith("v") for name in stored.files))]
