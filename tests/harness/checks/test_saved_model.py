"""Protocol buffers read by hand: graphs, and bytes that are none."""

import pytest
from submissions.model_faults import field, graph, message

from plants.harness.checks import protobuf, saved_model


def pieces(content, size):
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_operations_and_version_are_read_from_pieces_of_any_size(size):
    content = graph("MatMul", "Relu", "ReadFile", version="2.21.0")
    found = saved_model.read(pieces(content, size), len(content))
    assert (found.ops, found.version) == ({"MatMul", "Relu", "ReadFile"}, "2.21.0")


def test_large_constants_are_skipped(monkeypatch):
    monkeypatch.setattr(protobuf, "LONGEST_LEAF", 32)
    node = message((1, "weights"), (2, "Const")) + field(5, bytes(1000))
    content = message((2, message((2, field(1, node) + field(1, message((2, "MatMul")))))))
    assert saved_model.read(pieces(content, 100), len(content)).ops == {"Const", "MatMul"}


@pytest.mark.parametrize(
    "content",
    [b"", b"g", bytes(range(256)), b"\x12\xff", b"\x12\x05\x0a\x7f", b"\x0f", b"\xff" * 20],
    ids=["empty", "letter", "all bytes", "no length", "too long within", "unknown kind", "endless number"],
)
def test_bytes_that_are_no_graph_have_no_operations(content):
    assert saved_model.read(iter([content]), len(content)) == saved_model.Graph()


def test_what_stands_before_a_damage_is_told():
    content = graph("MatMul", "Relu")
    broken = content + b"\x12\x7f"
    assert saved_model.read(iter([broken]), len(broken)).ops == {"MatMul", "Relu"}


def test_numbers_are_read_in_groups_of_seven_bits():
    # 300 is 0b10_0101100: the lower seven bits first, with the mark that more follows.
    assert protobuf.Stream([b"\xac", b"\x02"]).varint() == 300
    with pytest.raises(protobuf.Malformed, match="a number that does not end"):
        protobuf.Stream([b"\xff" * 20]).varint()
    with pytest.raises(protobuf.Malformed, match="ends too early"):
        protobuf.Stream([b"\xac"]).varint()


def test_field_that_is_longer_than_its_message_is_told():
    inner = b"\x0a\x7f"  # field 1 claims 127 bytes
    content = field(2, inner) + bytes(200)
    with pytest.raises(protobuf.Malformed, match="longer than its message"):
        list(protobuf.leaves([content], {2: {1: "name"}}, len(content)))
