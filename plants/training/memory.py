"""What to do, and to say, when a GPU or NumPy has no memory left."""

import contextlib

from plants.errors import InputError


def is_exhausted(error):
    """Whether an exception says so; TensorFlow's by its name, since the core knows no backend."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def told_of_step(batch_size):
    """Turns it into an InputError that says how a step of `batch_size` images gets smaller."""
    smaller = f"--set batch_size={batch_size // 2}, " if batch_size >= 4 else ""
    return _told_of(
        f"a step of {batch_size} image{'s' * (batch_size > 1)} does not fit into the memory: choose "
        f"{smaller}a smaller backbone or smaller images (image_size and phases.<n>.image_size)"
    )


def told_of_net():
    """Turns it into an InputError that says how a net and its optimizer get smaller."""
    return _told_of(
        "the net and its optimizer do not fit into the memory: choose a smaller backbone or head (and "
        "pooling=average)"
    )


@contextlib.contextmanager
def _told_of(message):
    try:
        yield
    except Exception as error:
        if not is_exhausted(error):
            raise
        raise InputError(message) from error


def retry_with_smaller_batch(function, batch_size):
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
    with told_of_step(1):
        return function(1)
