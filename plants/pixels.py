"""The pixel contract: images are raw RGB in [0, 255], as decoded, everywhere outside the graph."""

from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

Array = TypeVar("Array", bound=npt.NDArray[Any])


def margins(side: int, canvas: int) -> tuple[int, int]:
    """Black pixels (before, after) that centre an image of `side` pixels on a canvas, along one axis."""
    return (canvas - side) // 2, canvas - side - (canvas - side) // 2


def pad(images: Array, canvas: int) -> Array:
    """Images (n, side, side, 3) in the middle of black ones, (n, canvas, canvas, 3) of the same dtype."""
    around = margins(images.shape[1], canvas)
    return images if around == (0, 0) else cast(Array, np.pad(images, [(0, 0), around, around, (0, 0)]))
