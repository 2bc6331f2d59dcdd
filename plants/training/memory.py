"""What to do, and to say, when a GPU or NumPy has no memory left."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from plants.errors import InputError

T = TypeVar("T")


def is_exhausted(error: Exception) -> bool:
    """Whether an exception says so; TensorFlow's by its name, since the core knows no backend."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def step_must_fit(batch_size: int) -> contextlib.AbstractContextManager[None]:
    """Turns it into an InputError that says how a step of `batch_size` images gets smaller."""
    smaller = f"--set batch_size={batch_size // 2}, " if batch_size >= 4 else ""
    return _must_fit(
        f"a step of {batch_size} image{'s' * (batch_size > 1)} does not fit into the memory: choose "
        f"{smaller}a smaller backbone or smaller images (image_size and phases.<n>.image_size)"
    )


def net_must_fit() -> contextlib.AbstractContextManager[None]:
    """Turns it into an InputError that says how a net and its optimizer get smaller."""
    return _must_fit(
        "the net and its optimizer do not fit into the memory: choose a smaller backbone or head (and "
        "pooling=average)"
    )


@contextlib.contextmanager
def _must_fit(message: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not is_exhausted(error):
            raise
        raise InputError(message) from error


def retry_with_smaller_batch(function: Callable[[int], T], batch_size: int) -> T:
    """function(batch_size), with half as many images while they do not fit.

    Raises InputError if not even one does.
    """
    while batch_size > 1:
        try:
            return function(batch_size)
        except Exception as error:
            if not is_exhausted(error):
                raise
        batch_size //= 2
    with step_must_fit(1):
        return function(1)
