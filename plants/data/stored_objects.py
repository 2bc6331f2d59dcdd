"""Arrays of words and numbers that NumPy stored as a pickle, read without doing what the pickle says."""

import io
import pickle
import pickletools
import re
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from plants import class_names
from plants.errors import InputError

LIMIT = 1 << 28  # bytes; a million labels take about ten
PACKAGES = ("numpy.core.multiarray", "numpy._core.multiarray")  # NumPy 1 and 2
ARRAY, SCALAR = "_reconstruct", "scalar"
REASON = 200  # characters of a message, which may quote the pickle
# What a pickle of an array of words and numbers names.
KNOWN = {(package, name) for package in PACKAGES for name in (ARRAY, SCALAR)} | {
    *(("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")),
}
SCALAR_KIND = re.compile(r"[biufUS][0-9]{1,4}")  # NumPy's names of booleans, numbers and words


class Described:
    """Stands for what a pickle names, calls and fills; it is noted, not done."""

    def __init__(self, name: str, arguments: tuple[Any, ...] = ()) -> None:
        self.name, self.arguments = name, arguments
        self.state: Any = None

    def __call__(self, *arguments: Any) -> "Described":
        return Described(self.name, arguments)

    def __setstate__(self, state: Any) -> None:
        self.state = state


class WordsAndNumbers(pickle.Unpickler):
    """Gives what a pickle holds, with a `Described` for each thing that is not built into Python."""

    def find_class(self, module: str, name: str) -> Described:
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"asks for {module}.{name}")
        return Described(name)


def read(file: IO[bytes], where: str, count: int) -> npt.NDArray[np.object_]:
    """The `count` objects of the array whose pickle comes next in `file`, (count,), each a str, int or float.

    `where` begins the message of the InputError for any other.
    """
    content = file.read(LIMIT + 1)
    try:
        if len(content) > LIMIT:
            raise ValueError(f"more than {LIMIT >> 20} MB")
        _refuse_bomb(content)
        listed = _listed(WordsAndNumbers(io.BytesIO(content)).load())
        if len(listed) != count:
            raise ValueError(f"{len(listed)} values, but room for {count}")
        found = np.empty(count, object)
        found[:] = [_value(value) for value in listed]
    except Exception as error:  # a pickle that was tampered with may raise anything
        reason = class_names.canonical(str(error) or type(error).__name__)[:REASON]
        raise InputError(
            f"{where} is an array of objects that is not read ({reason}); expected words or numbers and "
            "nothing else: save the labels with .astype(str)"
        ) from None
    return found


def _refuse_bomb(content: bytes) -> None:
    """Raises ValueError for a pickle that claims more than it has, for which the reader would make room."""
    for operation, argument, _ in pickletools.genops(content):
        if operation.name.endswith("PUT") and int(str(argument)) > len(content):
            raise ValueError("remembers more than it holds")


def _listed(array: Any) -> list[Any]:
    """The elements of a pickled array of objects."""
    if not (isinstance(array, Described) and array.name == ARRAY and isinstance(array.state, tuple)):
        raise ValueError("no array")
    listed = array.state[-1]  # of version, shape, type, order and elements
    if not isinstance(listed, list):
        raise ValueError("no array of objects")
    return listed


def _value(value: Any) -> str | int | float:
    if isinstance(value, Described) and value.name == SCALAR:
        value = _scalar(*value.arguments)
    if isinstance(value, bytes):
        value = value.decode()
    if type(value) not in (str, int, float, bool):
        kind = value.name if isinstance(value, Described) else type(value).__name__
        raise ValueError(f"holds a {kind}")
    return value


def _scalar(kind: Described, content: Any) -> Any:
    """A number or word of NumPy's, of its type's name and byte order and its bytes."""
    code, order = kind.arguments[0], kind.state[1]
    if not SCALAR_KIND.fullmatch(code) or order not in ("<", ">", "|"):
        raise ValueError(f"holds a {code}")
    if isinstance(content, Described):  # bytes, as Python 3 writes them for Python 2
        text, encoding = content.arguments
        content = text.encode("latin-1")
    return np.frombuffer(content, np.dtype(order + code), count=1)[0].item()
