"""The symmetries of a square photo taken from above: it has no top and no left."""

from typing import Any

import keras

ROWS, COLUMNS = 1, 2  # axes of (n, rows, columns, channels)


def symmetries(images: Any, count: int) -> list[Any]:
    """The first `count` of the 8 symmetries of each image, tensors like `images`.

    1: the image; 2: and mirrored left-right; 4: and both upside down; 8: and all four
    transposed. `images` is (n, side, side, channels) and not modified.
    """
    views = [images, keras.ops.flip(images, COLUMNS)]
    views += [keras.ops.flip(view, ROWS) for view in views]
    views += [keras.ops.transpose(view, (0, COLUMNS, ROWS, 3)) for view in views]
    return views[:count]
