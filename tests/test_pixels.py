"""Padding: the photo in the middle of black."""

import numpy as np
import pytest

from plants.pixels import margins, pad


@pytest.mark.parametrize(
    "side, canvas, expected", [(96, 96, (0, 0)), (96, 100, (2, 2)), (96, 101, (2, 3)), (2, 5, (1, 2))]
)
def test_an_odd_pixel_comes_after_the_image(side, canvas, expected):
    assert margins(side, canvas) == expected


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_image_lies_in_the_middle_of_black(dtype):
    images = np.arange(1, 25).reshape(2, 2, 2, 3).astype(dtype)
    padded = pad(images, 5)
    assert padded.shape == (2, 5, 5, 3) and padded.dtype == dtype
    np.testing.assert_array_equal(padded[:, 1:3, 1:3], images)
    assert padded.sum() == images.sum() == 300  # all else is 0


def test_a_canvas_of_the_images_side_leaves_them_as_they_are():
    images = np.ones((1, 4, 4, 3), "uint8")
    assert pad(images, 4) is images
