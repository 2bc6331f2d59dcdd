"""All hashes within a few bits of each other, without comparing each with each: multi-index hashing.

Of the 64 bits of two hashes at most 8 differ; so of three bands of 21 or 22 bits one has at most 2 of
them (3 in each would be 9). A table for each band is asked for all values within 2 bits, and what it
names is compared in whole (Norouzi, Punjani, Fleet: Fast exact search in Hamming space, 2012).
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint64]  # (n,): a perceptual hash each
Indices = npt.NDArray[np.int64]  # (n,)

HASH_BITS = 64
MAX_BITS = 8
BANDS = ((0, 22), (22, 21), (43, 21))  # lowest bit and width
WITHIN = MAX_BITS // len(BANDS)  # bits, in one band at least
CHUNK = 1024  # queries at a time, which bounds the memory
ONES = np.array([number.bit_count() for number in range(1 << 16)], np.uint8)  # of 16 bits


def codes_of(hashes: Sequence[str]) -> Codes:
    """Perceptual hashes, 16 hex digits each, as numbers."""
    return np.array([int(digits, 16) for digits in hashes], np.uint64)


def bits_apart(codes: Codes, others: Codes) -> npt.NDArray[np.int64]:
    """In how many bits each of (n,) hashes differs from the one beside it."""
    words = np.ascontiguousarray(codes ^ others).view(np.uint16).reshape(-1, HASH_BITS // 16)
    return ONES[words].sum(axis=1, dtype=np.int64)


@dataclasses.dataclass(frozen=True, eq=False)
class _Band:
    """Where hashes lie by the value of their bits `low` to `low + width`."""

    low: int
    width: int
    order: Indices  # of the hashes, sorted by that value
    starts: npt.NDArray[np.int32]  # of each value, and one more: its place in `order`
    is_there: npt.NDArray[np.bool_]  # of each value: whether any hash has it
    flips: npt.NDArray[np.int64]  # all values of at most WITHIN ones

    @classmethod
    def of(cls, codes: Codes, low: int, width: int) -> "_Band":
        values = _band_values(codes, low, width)
        counts = np.bincount(values, minlength=1 << width)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        ones = (itertools.combinations(range(width), count) for count in range(WITHIN + 1))
        flips = [sum(1 << bit for bit in bits) for bits in itertools.chain.from_iterable(ones)]
        order = np.argsort(values, kind="stable")
        return cls(low, width, order, starts, counts > 0, np.array(flips))

    def near(self, queries: Codes) -> tuple[Indices, Indices]:
        """The indices of queries and hashes that differ in this band in at most WITHIN bits."""
        asked = _band_values(queries, self.low, self.width)[:, None] ^ self.flips
        query, flip = self.is_there[asked].nonzero()
        found = asked[query, flip]
        first, counts = self.starts[found], self.starts[found + 1] - self.starts[found]
        return np.repeat(query, counts), self.order[ranges(first, counts)]


def _band_values(codes: Codes, low: int, width: int) -> npt.NDArray[np.int64]:
    return ((codes >> np.uint64(low)) & np.uint64((1 << width) - 1)).astype(np.int64)


def ranges(first: npt.NDArray[np.integer], counts: npt.NDArray[np.integer]) -> Indices:
    """first[0], first[0] + 1, ... counts[0] of them, then those of the next one."""
    ends = np.cumsum(counts, dtype=np.int64)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - counts), counts)


class HashTable:
    """Distinct hashes, to be asked which of them are near others."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._bands = [_Band.of(codes, *band) for band in BANDS]

    def near(self, queries: Codes) -> Iterator[tuple[Indices, Indices]]:
        """Indices of queries and of hashes at most MAX_BITS apart; a chunk of queries at a time.

        Each pair comes once, sorted by query and then by hash.
        """
        for start in range(0, len(queries), CHUNK):
            query, other = self._near(queries[start : start + CHUNK])
            yield query + start, other

    def _near(self, queries: Codes) -> tuple[Indices, Indices]:
        found = []
        for band in self._bands:
            query, other = band.near(queries)
            near = bits_apart(queries[query], self._codes[other]) <= MAX_BITS
            found.append(query[near] * len(self._codes) + other[near])
        return np.divmod(np.unique(np.concatenate(found)), max(1, len(self._codes)))


def near_hashes(hashes: Sequence[str], others: Sequence[str]) -> list[Indices]:
    """Of each perceptual hash, the indices of those among `others` that differ from it in at most 8 bits.

    Equal hashes share one array, so that ten thousand of them cost no more than one.
    """
    if not len(hashes) or not len(others):
        return [np.arange(0)] * len(hashes)
    asked, asked_as = np.unique(codes_of(hashes), return_inverse=True)
    known, members = members_by_code(codes_of(others))
    lists: list[Indices] = []
    for query, other in HashTable(known).near(asked):
        ends = np.searchsorted(query, np.arange(len(lists), min(len(lists) + CHUNK, len(asked)) + 1))
        lists += [_joined(members, other[start:end]) for start, end in itertools.pairwise(ends)]
    return [lists[number] for number in asked_as]


def members_by_code(codes: Codes) -> tuple[Codes, list[Indices]]:
    """The distinct hashes, sorted, and of each the indices of those that are equal to it."""
    known, counts = np.unique(codes, return_counts=True)
    return known, np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])


def _joined(members: list[Indices], numbers: Indices) -> Indices:
    if not len(numbers):
        return np.arange(0)
    return np.sort(np.concatenate([members[number] for number in numbers]))
