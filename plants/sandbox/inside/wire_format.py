"""What child.py passes on of arrays and other values: as .npy bytes, and in words cut short.

Loaded by child.py into the submission's process. Python 3.8, standard library and numpy; nothing of ours.
"""

from __future__ import annotations

import io
import zlib
from typing import Any

TEXT_LIMIT = 2000  # characters of an exception or a value that are passed on
PAYLOAD_LIMIT = 64 << 20  # bytes; answers that take more are described, not sent


class Arrays:
    """Reads and describes arrays with numpy's functions as they were before the submission came."""

    def __init__(self, numpy: Any) -> None:
        self._asarray, self._contiguous = numpy.asarray, numpy.ascontiguousarray
        self._read, self._write = numpy.lib.format.read_array, numpy.lib.format.write_array
        self._numbers, self._scalar = (int, float, numpy.number), numpy.generic

    def load(self, payload: bytes) -> Any:
        """The array in .npy bytes."""
        return self._read(io.BytesIO(payload), allow_pickle=False)

    def describe_answers(self, value: object) -> tuple[dict[str, Any], bytes]:
        """What predict returned, in words, and as .npy bytes where it is an array of numbers."""
        reply: dict[str, Any] = {
            "type": type_name(value),
            "shape": None,
            "dtype": None,
            "sample": self._describe(value),
        }
        try:
            array = self._asarray(value)
        except Exception as error:  # ragged lists, symbolic tensors, objects with a broken __array__
            reply["problem"] = describe(error, as_text=True)
            return reply, b""
        if array.dtype.kind == "O":
            array = self._plain(array)
        reply.update(shape=list(array.shape), dtype=array.dtype.name)
        if array.ndim and array.size:
            reply["sample"] = self._describe(array.reshape(-1)[0])
        if array.dtype.kind not in "biuf" or array.nbytes > PAYLOAD_LIMIT:
            return reply, b""
        file = io.BytesIO()
        self._write(file, array, allow_pickle=False)
        return reply, file.getvalue()

    def _describe(self, value: Any) -> str:
        """'a' and not np.str_('a') of a numpy scalar."""
        return describe(value.item() if isinstance(value, self._scalar) else value)

    def _plain(self, array: Any) -> Any:
        """An object array (a pandas column, a string tensor) as float64 or text, if it holds only such."""
        for kinds, dtype in ((self._numbers, "float64"), ((str, bytes), "str")):
            if array.size and all(isinstance(item, kinds) for item in array.reshape(-1)):
                try:
                    return array.astype(dtype)
                except (TypeError, ValueError, OverflowError):
                    pass
        return array

    def fingerprint(self, images: Any) -> list[Any]:
        """[checksum, words, lowest, highest] of an array or tensor; equal before and after if left alone."""
        try:
            array = self._asarray(images)
            checksum = zlib.crc32(self._contiguous(array).view("uint8").reshape(-1))
            shape = f"{array.dtype.name} {array.shape}"
            return [checksum, shape, float(array.min()), float(array.max())]
        except Exception as error:  # turned into something that is no array any more
            return [None, describe(error, as_text=True), None, None]


def type_name(value: object) -> str:
    return type(value).__name__


def describe(value: object, as_text: bool = False) -> str:
    """`repr` or `str` of anything, cut short; a submission's objects may even raise here."""
    try:
        return (str(value) if as_text else repr(value))[:TEXT_LIMIT]
    except BaseException:
        return f"<{type_name(value)}>"
