"""The index of a TensorFlow checkpoint, variables.index: which variable takes how many bytes.

The file is a LevelDB table: blocks of sorted keys, each stored as what differs from the key before it.
"""

import struct

from plants.harness.checks import protobuf

MAGIC = 0xDB4775248B80FB57
FOOTER = 48  # bytes: two block handles, padding, the magic number
UNCOMPRESSED = 0
SLOT_MARKS = (".OPTIMIZER_SLOT/", "/optimizer/")  # in the keys that Keras gives to an optimizer's variables
ENTRY = {5: "size"}  # of a BundleEntryProto


def optimizer_bytes(content):
    """How many bytes of the checkpoint an optimizer takes; 0 where `content` is no such index."""
    try:
        return sum(size for key, size in _sizes(content) if any(mark in "/" + key for mark in SLOT_MARKS))
    except (protobuf.Malformed, IndexError, struct.error):
        return 0


def _sizes(content):
    """(key, bytes in the data files) of each variable."""
    footer = content[-FOOTER:]
    if len(footer) < FOOTER or struct.unpack("<Q", footer[-8:])[0] != MAGIC:
        raise protobuf.Malformed("no LevelDB table")
    _, after = _handle(footer, 0)  # of the block of metadata
    index, _ = _handle(footer, after)
    for _, handle in _entries(_block(content, index)):
        for key, value in _entries(_block(content, _handle(handle, 0)[0])):
            for _, size in protobuf.leaves(value, ENTRY):
                yield key.decode("utf-8", "replace"), size


def _handle(data, at):
    """((offset, size) of a block, where the handle ends)"""
    offset, at = protobuf.varint(data, at)
    size, at = protobuf.varint(data, at)
    return (offset, size), at


def _block(content, handle):
    offset, size = handle
    if content[offset + size] != UNCOMPRESSED:
        raise protobuf.Malformed("a compressed block")
    return content[offset : offset + size]


def _entries(block):
    """(key, value) of each entry, as bytes."""
    (restarts,) = struct.unpack("<L", block[-4:])
    at, end, key = 0, len(block) - 4 - 4 * restarts, b""
    while at < end:
        shared, at = protobuf.varint(block, at)
        added, at = protobuf.varint(block, at)
        size, at = protobuf.varint(block, at)
        key = key[:shared] + block[at : at + added]
        at += added
        yield key, block[at : at + size]
        at += size
