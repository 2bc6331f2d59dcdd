"""What an image is known by: the exact hash of its pixels, and a perceptual one that finds near-copies."""

import hashlib
from collections.abc import Sequence

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

from plants.data import copy_groups, hash_search, likeness, registration
from plants.data.registration import Images


def pixel_sha256(image: npt.NDArray[np.uint8]) -> str:
    """The sha256, as 64 hex digits, of one decoded (h, w, 3) image's bytes in C order."""
    return hashlib.sha256(np.ascontiguousarray(image).data).hexdigest()


def perceptual_hash(image: npt.NDArray[np.uint8]) -> str:
    """The 64-bit DCT hash of one (h, w, 3) RGB image, as 16 hex digits."""
    return str(imagehash.phash(Image.fromarray(image)))


def near_duplicate_groups(images: Images, perceptual_hashes: Sequence[str]) -> npt.NDArray[np.int64]:
    """A group number for each image, (n,): exact copies and near-copies share it, see copy_groups.py."""
    return copy_groups.near_copy_groups(images, hash_search.codes_of(perceptual_hashes))


def near_copies_between(
    images: Images,
    hashes: Sequence[str],
    others: Images,
    other_hashes: Sequence[str],
) -> npt.NDArray[np.int64]:
    """(m, 2): indices of images and of those `others` that are near-copies of them, by the same rule."""
    codes, other_codes = hash_search.codes_of(hashes), hash_search.codes_of(other_hashes)
    return copy_groups.copies_between(images, codes, others, other_codes)


def near_hashes(hashes: Sequence[str], others: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """Of each perceptual hash, the indices of those among `others` that differ from it in at most 8 bits.

    Near-copies are among them, lookalikes too; `look_alike` tells which, where there are pixels.
    """
    return hash_search.near_hashes(hashes, others)


def look_alike(image: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> bool:
    """Whether two images are near-copies by their pixels alone: see likeness.py."""
    pair = registration.thumbnails([image, other])
    return bool(likeness.compare(pair[:1], pair[1:], np.zeros((1, 2), np.int64)).is_copy[0])
