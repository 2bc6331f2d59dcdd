"""The pixel contract: images are raw RGB in [0, 255], as decoded, everywhere outside the graph."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=np.generic)
IMAGE_SIDE = 96  # pixels, as the contest delivers its square photos


def margins(side: int, canvas: int) -> tuple[int, int]:
    """Black pixels (before, after) that centre an image of `side` pixels on a canvas, along one axis."""
    return (canvas - side) // 2, canvas - side - (canvas - side) // 2


def pad(images: npt.NDArray[T], canvas: int) -> npt.NDArray[T]:
    """Images (n, side, side, 3) in the middle of black ones, (n, canvas, canvas, 3) of the same dtype."""
    around = margins(images.shape[1], canvas)
    return images if around == (0, 0) else np.pad(images, [(0, 0), around, around, (0, 0)])
