"""What each way to store labelled images comes down to."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LAYOUT = (
    "expected the contest's zip, or a folder with one folder of images per class, "
    "or an .npz of images and labels"
)
DAMAGED = "copy or download the data again"


class Contents(NamedTuple):
    """Images and their labels, as read.

    `images` is (n, side, side, 3), RGB in [0, 255]; `labels`, (n,), index `class_names`, which are canonical
    and in order, each with an image; `names` has one for each image; `remarks` are for the reader.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    remarks: tuple[str, ...] = ()
