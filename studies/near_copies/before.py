"""The rule that went before, for comparison: 8 bits of the hash, 40 of 255 in the mean, chains merged."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from plants.data import hash_search

MOST_DIFFERENCE = 40  # of 255


def near_duplicate_groups(images: npt.NDArray[np.uint8], hashes: Sequence[str]) -> npt.NDArray[np.int64]:
    """A group number for each of (n, h, w, 3) images."""
    near = hash_search.near_hashes(hashes, hashes)
    pairs = [(one, other) for one, others in enumerate(near) for other in others if one < other]
    linked = [(one, other) for one, other in pairs if _differ_little(images[one], images[other])]
    ones, others = np.array(linked, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(linked)), (ones, others)), shape=(len(images), len(images)))
    return connected_components(graph, directed=False)[1]


def _differ_little(image: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> bool:
    return bool(np.abs(image.astype(np.int16) - other).mean() <= MOST_DIFFERENCE)
