"""Groups of near-copies: candidates by their hashes, each pair tested, chains cut."""

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

from plants.data import hash_search, likeness, moved_hashes, recorded_copies, registration
from plants.data.hash_search import Codes, Indices
from plants.data.registration import Images

Thumbnails = npt.NDArray[np.uint8]  # (n, side, side, 3)
Pairs = npt.NDArray[np.int64]  # (m, 2): indices

MOST_TESTED = 32  # of an image's candidates by hash, the most alike ones
# As many with the most alike outlines are candidates too, if the outlines are so near (squared).
NEIGHBOURS, NEAR = 24, 0.25
CROWD = 200  # distinct images of one hash: it says nothing of them
ROUNDS = 20  # of looking for the middle of a chain, in which all of it is tested against it


def near_copy_groups(images: Images, codes: Codes) -> Indices:
    """A group number for each image, (n,), in order of first appearance; near-copies share it.

    A group is an image with its copies: it holds no chain of pictures each of which is a copy only of the
    next one. It depends on the images' content, not on their order.
    """
    if not len(images):
        return np.arange(0)
    shas, distinct, number_of = distinct_images(images)
    own = [images[index] for index in distinct]
    pairs, recorded = candidates(own, codes[distinct]), recorded_copies.among(shas, shas)
    groups = np.arange(len(distinct))
    if len(pairs) or len(recorded):
        involved, places = np.unique(np.concatenate([pairs, recorded]), return_inverse=True)
        places = places.reshape(-1, 2)
        thumbnails = registration.thumbnails([own[index] for index in involved])
        groups[involved] = involved[_groups(thumbnails, places[: len(pairs)], places[len(pairs) :])]
    return _in_order(groups[number_of])


def distinct_images(images: Images) -> tuple[list[str], Indices, Indices]:
    """The distinct images' sha256, sorted, the index of one of each, and each image's place among them."""
    known, distinct, number_of = np.unique(_shas(images), return_index=True, return_inverse=True)
    return known.tolist(), distinct, number_of


def _shas(images: Images) -> list[str]:
    return [hashlib.sha256(np.ascontiguousarray(image).data).hexdigest() for image in images]


def _in_order(groups: Indices) -> Indices:
    """The same groups, numbered in the order of their first members."""
    _, first, number_of = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number_of]


def candidates(images: Images, codes: Codes) -> Pairs:
    """Pairs of images, none twice and no image with itself, that may be near-copies: their hashes are near.

    The hashes are those of the pictures as they are, and of one of the two moved a little. Or else their
    outlines are near, since on a plain ground a hash is fickle.
    """
    outlines = _outlines(images)
    known, members = hash_search.members_by_code(codes)
    table = hash_search.HashTable(known)
    members = [own[:CROWD] for own in members]
    probes = [codes, *(moved_hashes.moved_codes(images, move) for move in moved_hashes.HALF)]
    found = [_most_alike(outlines, part) for part in _near(table, members, probes)]
    pairs = np.sort(np.concatenate([_neighbours(outlines), *found]), axis=1)
    return _unique(pairs[pairs[:, 0] != pairs[:, 1]])


def _near(table: hash_search.HashTable, members: list[Indices], probes: list[Codes]) -> Iterator[Pairs]:
    """Pairs of images whose hashes are near under any of the probes, a chunk of images at a time."""
    counts = np.array([len(own) for own in members])
    ends, joined = np.cumsum(counts), np.concatenate(members)
    for parts in zip(*(table.near(probe) for probe in probes), strict=True):
        found = []
        for query, code in parts:
            others = joined[hash_search.ranges((ends - counts)[code], counts[code])]
            found.append(np.stack([np.repeat(query, counts[code]), others], axis=1))
        yield _unique(np.concatenate(found))


def _unique(pairs: Pairs) -> Pairs:
    """Each pair once, sorted."""
    count = int(pairs.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(pairs[:, 0] * count + pairs[:, 1]), count), axis=1)


def _outlines(images: Images) -> npt.NDArray[np.float32]:
    """(n, 65): 8 x 8 gray pixels of mean 0 and length 1, and the mean: it tells which are most alike."""
    tiny = np.stack([np.asarray(_tiny(image)) for image in images])
    small = tiny.reshape(len(images), -1).astype(np.float32)
    mean = small.mean(axis=1, keepdims=True)
    length = np.maximum(np.linalg.norm(small - mean, axis=1, keepdims=True), 8 * likeness.LEAST_CONTRAST)
    return np.concatenate([(small - mean) / length, mean / 255], axis=1)


def _tiny(image: npt.NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(image).convert("L").resize((8, 8), Image.Resampling.BOX)


def _most_alike(outlines: npt.NDArray[np.float32], pairs: Pairs) -> Pairs:
    """Of the pairs of each first image the MOST_TESTED with the most alike outlines; `pairs` is sorted."""
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    counts = np.bincount(pairs[:, 0]) if len(pairs) else np.zeros(0, np.int64)
    if not len(pairs) or counts.max() <= MOST_TESTED:
        return pairs
    apart = np.concatenate(
        [
            ((outlines[part[:, 0]] - outlines[part[:, 1]]) ** 2).sum(axis=1)
            for part in np.array_split(pairs, 1 + len(pairs) // 500_000)
        ]
    )
    order = np.lexsort((apart, pairs[:, 0]))
    rank = np.arange(len(pairs)) - (np.cumsum(counts) - counts)[pairs[order, 0]]
    return pairs[order[rank < MOST_TESTED]]


def _neighbours(outlines: npt.NDArray[np.float32]) -> Pairs:
    """Pairs of each image and the NEIGHBOURS with the most alike outlines, if they are NEAR."""
    if len(outlines) < 2:
        return np.empty((0, 2), np.int64)
    search = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(outlines) - 1), algorithm="brute")
    apart, nearest = search.fit(outlines).kneighbors()
    first, rank = np.nonzero(apart**2 <= NEAR)
    return np.stack([first, nearest[first, rank]], axis=1)


def _groups(thumbnails: Thumbnails, pairs: Pairs, recorded: Pairs) -> Indices:
    """Of each of (n,) thumbnails, the index of the one that its group is around.

    `pairs` are to be tested, `recorded` are known as copies.
    """
    copies = np.concatenate([pairs[likeness.compare(thumbnails, thumbnails, pairs).is_copy], recorded])
    count = len(thumbnails)
    graph = coo_array((np.ones(len(copies), bool), (copies[:, 0], copies[:, 1])), shape=(count, count))
    graph = (graph + graph.T).tocsr()
    middle_of = np.arange(count)
    for members in _components(graph, np.arange(count)):
        _cut(thumbnails, graph, members, middle_of)
    return middle_of


def _components(graph: coo_array, members: Indices) -> list[Indices]:
    """The connected parts of some images that have more than one."""
    parts = connected_components(graph[members][:, members], directed=False)[1]
    order = np.argsort(parts, kind="stable")
    found = np.split(members[order], np.cumsum(np.bincount(parts))[:-1])
    return [part for part in found if len(part) > 1]


def _cut(thumbnails: Thumbnails, graph: coo_array, members: Indices, middle_of: Indices) -> None:
    """Makes groups of connected images: the one with most copies and these, then the rest the same way."""
    waiting, rounds = [members], 0
    while waiting:
        members = waiting.pop()
        if len(members) < 2:
            continue
        inner = graph[members][:, members]
        middle = int(inner.sum(axis=1).argmax())
        mine = inner[[middle]].toarray()[0].astype(bool)
        mine[middle] = True
        if rounds < ROUNDS and not mine.all():
            others = members[~mine]
            pairs = np.sort(np.stack([np.full(len(others), members[middle]), others], axis=1), axis=1)
            mine[~mine] = likeness.compare(thumbnails, thumbnails, pairs).is_copy
        rounds += 1
        middle_of[members[mine]] = members[middle]
        waiting += _components(graph, members[~mine]) if (~mine).any() else []


def copies_between(images: Images, codes: Codes, others: Images, other_codes: Codes) -> Pairs:
    """(m, 2): index of an image and of one among `others` that is a near-copy of it, for all such pairs.

    An image's hash as it is and those of the moved picture are looked for among the others'.
    """
    if not len(images) or not len(others):
        return np.empty((0, 2), np.int64)
    known, members = hash_search.members_by_code(other_codes)
    members = [own[:CROWD] for own in members]
    probes = [codes, *(moved_hashes.moved_codes(images, move) for move in moved_hashes.ALL)]
    pairs = np.concatenate(list(_near(hash_search.HashTable(known), members, probes)))
    here, there = (np.unique(pairs[:, side], return_inverse=True) for side in (0, 1))
    tested = likeness.compare(
        registration.thumbnails([images[index] for index in here[0]]),
        registration.thumbnails([others[index] for index in there[0]]),
        np.stack([here[1], there[1]], axis=1),
    )
    return np.concatenate([pairs[tested.is_copy], recorded_copies.among(_shas(images), _shas(others))])
