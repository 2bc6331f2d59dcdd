"""The search for near hashes: all of them, none else, and soon."""

import time

import numpy as np
import pytest

from plants.data import hash_search
from plants.data.hash_search import bits_apart, codes_of, near_hashes


def hex_of(codes):
    return [f"{code:016x}" for code in codes.tolist()]


def flipped(code, *bits):
    for bit in bits:
        code ^= 1 << bit
    return f"{code:016x}"


def test_a_hash_is_read_as_the_number_its_digits_write():
    assert codes_of(["00000000000000ff", "8000000000000001"]).tolist() == [255, 2**63 + 1]


def test_bits_apart_are_counted_in_all_four_words():
    one = np.array([0, 0b1011, 2**64 - 1], np.uint64)
    other = np.array([1 | 1 << 20 | 1 << 40 | 1 << 63, 0b0001, 0], np.uint64)
    assert bits_apart(one, other).tolist() == [4, 2, 64]


# The bands are bits 0 to 21, 22 to 42 and 43 to 63.
@pytest.mark.parametrize(
    "bits, is_near",
    [
        ((), True),
        ((5,), True),
        ((0, 1, 2, 22, 23, 24, 43, 44), True),  # 3, 3 and 2
        (range(8), True),  # all in one band
        (range(56, 64), True),
        ((0, 1, 2, 22, 23, 24, 43, 44, 45), False),  # 3 in each
        (range(9), False),
    ],
)
def test_a_hash_is_near_up_to_eight_bits_wherever_they_lie(bits, is_near):
    code = 0x0123456789ABCDEF
    found = near_hashes([flipped(code, *bits)], ["f" * 16, f"{code:016x}"])
    assert [near.tolist() for near in found] == [[1] if is_near else []]


def test_the_search_finds_what_comparing_each_with_each_finds():
    dice = np.random.default_rng(0)
    codes = dice.integers(0, 2**64, 40, dtype=np.uint64).repeat(30)
    for _ in range(6):  # up to 6 bits from the first ones, so up to 12 from each other
        codes ^= np.uint64(1) << dice.integers(0, 64, len(codes)).astype(np.uint64)
    expected = [np.flatnonzero(bits_apart(np.full_like(codes, code), codes) <= 8).tolist() for code in codes]
    assert [near.tolist() for near in near_hashes(hex_of(codes), hex_of(codes))] == expected
    assert 1 < np.mean([len(near) for near in expected]) < 30  # neither all of them nor none


def test_nothing_is_near_nothing():
    assert [near.tolist() for near in near_hashes(["0" * 16], [])] == [[]]
    assert near_hashes([], ["0" * 16]) == []


def test_a_hundred_thousand_hashes_are_searched_within_ten_seconds():
    codes = np.random.default_rng(0).integers(0, 2**64, 100_000, dtype=np.uint64)
    codes[:500] = codes[500:1000] ^ np.uint64(0b10011)
    hashes, start = hex_of(codes), time.perf_counter()
    near = near_hashes(hashes, hashes)
    assert time.perf_counter() - start < 10
    assert sum(map(len, near)) == 101_002  # each itself, the pairs both ways, and a pair by chance


def test_a_hundred_thousand_equal_hashes_share_one_answer():
    near = near_hashes(["0" * 16] * 100_000, ["0" * 16] * 100_000)
    assert len(near) == len(near[0]) == 100_000
    assert near[0] is near[-1]


def test_queries_beyond_a_chunk_keep_their_places(monkeypatch):
    monkeypatch.setattr(hash_search, "CHUNK", 2)
    hashes = [f"{number:x}" * 16 for number in range(5)]
    assert [near.tolist() for near in near_hashes(hashes, hashes[::-1])] == [[4], [3], [2], [1], [0]]
