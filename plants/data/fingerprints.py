"""What an image is known by: the exact hash of its pixels and a perceptual one for near-copies."""

import hashlib
from collections.abc import Sequence

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

HASH_BITS = 64
# Of all pairs of the contest's images three lie at 2, 4 and 6 bits and 9 to 33 in the mean
# difference; all others lie at 12 bits or more.
MAX_BITS = 8
MAX_DIFFERENCE = 40  # of 255


def pixel_sha256(image: npt.NDArray[np.uint8]) -> str:
    """The sha256, as 64 hex digits, of one decoded (h, w, 3) image's bytes in C order."""
    return hashlib.sha256(np.ascontiguousarray(image).data).hexdigest()


def perceptual_hash(image: npt.NDArray[np.uint8]) -> str:
    """The 64-bit DCT hash of one (h, w, 3) RGB image, as 16 hex digits."""
    return str(imagehash.phash(Image.fromarray(image)))


def near_duplicate_groups(
    images: npt.NDArray[np.uint8], perceptual_hashes: Sequence[str]
) -> npt.NDArray[np.int64]:
    """A group number for each image, (n,); images of one scene, taken almost alike, share it.

    Two images are near-copies if at most 8 of the 64 bits of their perceptual hashes differ and
    their pixels by at most 40 of 255 on average; copies of copies are in one group.
    """
    if len(images) < 2:
        return np.arange(len(images))
    bits = _bits(perceptual_hashes)
    search = NearestNeighbors(radius=MAX_BITS / HASH_BITS, metric="hamming", algorithm="brute")
    pairs = search.fit(bits).radius_neighbors_graph().tocoo()
    near = [look_alike(images[a], images[b]) for a, b in zip(pairs.row, pairs.col, strict=True)]
    graph = coo_array((pairs.data[near], (pairs.row[near], pairs.col[near])), shape=pairs.shape)
    return connected_components(graph, directed=False)[1]


def near_hashes(hashes: Sequence[str], others: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """Of each perceptual hash, the indices of those among `others` that differ from it in at most 8 bits.

    Near-copies are among them; `look_alike` tells which, where there are pixels.
    """
    if not len(hashes) or not len(others):
        return [np.arange(0)] * len(hashes)
    search = NearestNeighbors(radius=MAX_BITS / HASH_BITS, metric="hamming", algorithm="brute")
    return list(search.fit(_bits(others)).radius_neighbors(_bits(hashes), return_distance=False))


def look_alike(image: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> bool:
    """Whether the pixels of two images differ by at most 40 of 255 on average.

    The hash knows neither colour nor brightness: to it, all plain surfaces are alike.
    """
    return bool(np.abs(image.astype(np.int16) - other).mean() <= MAX_DIFFERENCE)


def _bits(hashes: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Perceptual hashes, 16 hex digits each, as (n, 64) zeros and ones."""
    return np.unpackbits(np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8)).reshape(-1, HASH_BITS)
