"""Which images the probes ask about, and in what order."""

import numpy as np
import numpy.typing as npt

from plants.harness.probes.calls import Images
from plants.harness.run import runner

SIZE = 63  # images; odd, so that their last batch is a partial one


def subset_size(count: int) -> int:
    """How many of `count` images are asked about: fewer than all, an odd number, at most SIZE."""
    size = min(SIZE, count - 1)
    return max(1, size if size % 2 else size - 1)


def sample(images: Images, labels: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """(size,) places of images, of each class its share, in the order of a hash of their pixels.

    Only which images these are depends on the labels: the place of one among them says nothing of its class.
    """
    rank = np.argsort(runner.order_by_content(images))
    by_class = np.lexsort((rank, labels))
    chosen = by_class[np.arange(size) * len(images) // size]
    return chosen[np.argsort(rank[chosen])]
