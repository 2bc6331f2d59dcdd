"""Protocol buffers without their library: chosen fields of a message, from memory or from a stream.

A plan maps a field's number to the plan of a message in it, or to the label of a leaf. All fields
that it does not name are skipped.
"""

IN_MEMORY = 1 << 20  # bytes; smaller messages of a stream are read whole, which is faster by far
LONGEST_VARINT = 10  # bytes
VARINT, FIXED64, LENGTH, START_GROUP, END_GROUP, FIXED32 = range(6)
SIZES = {FIXED64: 8, FIXED32: 4, START_GROUP: 0, END_GROUP: 0}


class Malformed(Exception):
    """The bytes are no message."""


def leaves(data, plan):
    """(label, value) of the planned leaves in `data`: an int, or bytes.

    Raises Malformed at the first place that fits no message; what stands before it has been given by then.
    """
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        step, kind = plan.get(key >> 3), key & 7
        value, after = _value(data, at, kind)
        if after > end:
            raise Malformed("a field that is longer than its message")
        if step and kind == VARINT:
            yield step, value
        elif step and kind == LENGTH:
            content = data[value:after]
            yield from leaves(content, step) if isinstance(step, dict) else [(step, content)]
        at = after


def streamed_leaves(pieces, plan, size):
    """As `leaves`, of a message of `size` bytes that comes in pieces, little of it in memory at a time."""
    yield from _streamed(_Stream(pieces), plan, size)


def _streamed(stream, plan, end):
    while stream.position < end:
        key = stream.varint()
        step, kind = plan.get(key >> 3), key & 7
        size = stream.varint() if kind == LENGTH else SIZES.get(kind, 0)
        if kind == VARINT:
            stream.varint()  # no plan has a number that far out
        elif isinstance(step, dict) and size > IN_MEMORY:
            yield from _streamed(stream, step, stream.position + size)
        elif isinstance(step, dict):
            yield from leaves(stream.read(size), step)
        elif step and kind == LENGTH and size <= IN_MEMORY:
            yield step, stream.read(size)
        else:
            stream.skip(size)


def _value(data, at, kind):
    """(the number that stands at `at`, or where the content begins; where the next field begins)"""
    if kind == LENGTH:
        size, at = varint(data, at)
        return at, at + size
    if kind == VARINT:
        return varint(data, at)
    if kind in SIZES:
        return at, at + SIZES[kind]
    raise Malformed(f"a field of the unknown kind {kind}")


def varint(data, at):
    """(the number that begins at `at`, where it ends). Raises Malformed."""
    value = 0
    for place in range(LONGEST_VARINT):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        if byte < 0x80:
            return value | byte << 7 * place, at
        value |= (byte & 0x7F) << 7 * place
    raise Malformed("a number that does not end")


class _Stream:
    """Bytes that come in pieces, read forwards. Raises Malformed where they end too early."""

    def __init__(self, pieces):
        self.position = 0
        self._pieces, self._rest = iter(pieces), memoryview(b"")

    def read(self, count):
        return b"".join(self._taken(count))

    def skip(self, count):
        for _ in self._taken(count):
            pass

    def varint(self):
        data = b""
        while not data or (data[-1] >= 0x80 and len(data) < LONGEST_VARINT):
            data += self.read(1)
        return varint(data, 0)[0]

    def _taken(self, count):
        self.position += count
        while count:
            self._rest = self._rest or memoryview(next(self._pieces, b""))
            if not self._rest:
                raise Malformed("ends too early")
            part, self._rest = self._rest[:count], self._rest[count:]
            count -= len(part)
            yield part
