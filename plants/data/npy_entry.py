"""One array in an .npz: its head, and its values; nothing that it asks for is made on the way."""

import contextlib
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from plants.data import stored_objects
from plants.data.contents import DAMAGED
from plants.errors import InputError

SUFFIX = ".npy"
CHUNK = 1 << 24  # bytes read at a time
HEADS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class Head(NamedTuple):
    """What an array says of itself before its values."""

    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]


def head(path: Path, archive: zipfile.ZipFile, name: str) -> Head:
    """The head of the array `name`. InputError if it cannot be read."""
    with _opened(path, archive, name) as file:
        return _read_head(file)


def values(path: Path, archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """The array `name`. InputError if it is cut short, or of objects other than words and numbers."""
    with _opened(path, archive, name) as file:
        own = _read_head(file)
        if own.dtype.hasobject:
            flat = stored_objects.read(file, f"{path}: {name}", math.prod(own.shape))
        else:
            flat = _read_plain(file, own, archive.getinfo(name + SUFFIX).file_size - file.tell())
    return flat.reshape(own.shape, order="F" if own.fortran_order else "C")


@contextlib.contextmanager
def _opened(path: Path, archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """The file of an array; what goes wrong while it is read becomes an InputError."""
    try:
        with archive.open(name + SUFFIX) as file:
            yield file
    except InputError:
        raise
    except MemoryError:
        raise InputError(f"{path}: {name} does not fit into memory; save fewer images") from None
    except Exception as error:  # what tokenizes and inflates a broken file may raise anything
        reason = str(error).partition("\n")[0]  # below it is advice for those who load by hand
        raise InputError(f"{path}: {name} cannot be read ({reason}); {DAMAGED}") from None


def _read_head(file: IO[bytes]) -> Head:
    """Raises ValueError for a head that is damaged, or longer than any array of images needs."""
    version = npy.read_magic(file)
    if version not in HEADS:
        raise ValueError(f"format {version}, expected 1.0 or 2.0")
    found = Head(*HEADS[version](file))
    if min(found.shape, default=0) < 0:
        raise ValueError(f"shape {found.shape}")
    return found


def _read_plain(file: IO[bytes], own: Head, size: int) -> npt.NDArray[Any]:
    """The (n,) values of an array without objects, of which the file has `size` bytes."""
    expected = math.prod(own.shape) * own.dtype.itemsize
    if size != expected:  # before memory is asked for
        raise ValueError(f"shape {own.shape} of {own.dtype} takes {expected} bytes, got {size}")
    content = bytearray(expected)
    view, place = memoryview(content), 0
    while chunk := file.read(CHUNK):  # to the end, where the zip's checksum is looked at
        view[place : place + len(chunk)] = chunk
        place += len(chunk)
    if place != expected:
        raise ValueError(f"ends after {place} of {expected} bytes")
    return np.frombuffer(content, own.dtype)
