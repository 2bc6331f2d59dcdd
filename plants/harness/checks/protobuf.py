"""Protocol buffers without their library: chosen fields of a message that comes in pieces.

The wanted Fields map a field's number to those of a message in it, or to the label of a leaf. All
others are skipped, and so are leaves that are longer than LONGEST_LEAF.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Fields: TypeAlias = "dict[int, Fields | str]"

LONGEST_LEAF = 1 << 20  # bytes; no name of an operation has more
LONGEST_VARINT = 10  # bytes
VARINT, FIXED64, LENGTH, START_GROUP, END_GROUP, FIXED32 = range(6)
SIZES = {FIXED64: 8, FIXED32: 4, START_GROUP: 0, END_GROUP: 0}


class Malformed(Exception):
    """The bytes are no message."""


def leaves(pieces: Iterable[bytes], wanted: Fields, size: int) -> Iterator[tuple[str, bytes]]:
    """(label, content) of the wanted leaves in a message of `size` bytes; it is never held as a whole.

    Raises Malformed at the first place that fits no message; what stands before it has been given by then.
    """
    yield from _leaves(Stream(pieces), wanted, size)


def _leaves(stream: "Stream", wanted: Fields, end: int) -> Iterator[tuple[str, bytes]]:
    while stream.position < end:
        key = stream.varint()
        step, kind = wanted.get(key >> 3), key & 7
        if kind == VARINT:
            stream.varint()
            continue
        if kind != LENGTH and kind not in SIZES:
            raise Malformed(f"a field of the unknown kind {kind}")
        size = stream.varint() if kind == LENGTH else SIZES[kind]
        if kind != LENGTH or step is None:
            stream.skip(size)
        elif isinstance(step, dict):
            yield from _leaves(stream, step, stream.position + size)
        elif size <= LONGEST_LEAF:
            yield step, stream.read(size)
        else:
            stream.skip(size)
    if stream.position > end:
        raise Malformed("a field that is longer than its message")


class Stream:
    """Bytes that come in pieces, read forwards. Raises Malformed where they end too early."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.position = 0  # among all bytes
        self._pieces = iter(pieces)
        self._piece, self._at = b"", 0  # the latest piece, and how much of it is used up

    def varint(self) -> int:
        """The number that begins here, in groups of seven bits, the lowest first."""
        value = 0
        for shift in range(0, 7 * LONGEST_VARINT, 7):
            if self._at == len(self._piece):
                self._next_piece()
            byte = self._piece[self._at]
            self._at += 1
            self.position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Malformed("a number that does not end")

    def read(self, count: int) -> bytes:
        self.position += count
        parts = []
        while count > len(self._piece) - self._at:
            parts.append(self._piece[self._at :])
            count -= len(parts[-1])
            self._next_piece()
        parts.append(self._piece[self._at : self._at + count])
        self._at += count
        return b"".join(parts)

    def skip(self, count: int) -> None:
        self.position += count
        self._at += count
        while self._at > len(self._piece):
            beyond = self._at - len(self._piece)
            self._next_piece()
            self._at = beyond

    def _next_piece(self) -> None:
        self._piece, self._at = next(self._pieces, b""), 0
        if not self._piece:
            raise Malformed("ends too early")
