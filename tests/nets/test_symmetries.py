"""The symmetries of a square photo, by hand on two by two pixels."""

import keras
import numpy as np
import pytest

from plants.nets.symmetries import symmetries

# Of 1 2
#    3 4
BY_HAND = [
    [[1, 2], [3, 4]],  # as it is
    [[2, 1], [4, 3]],  # mirrored left-right
    [[3, 4], [1, 2]],  # upside down
    [[4, 3], [2, 1]],  # both: half a turn
    [[1, 3], [2, 4]],  # and the same four transposed
    [[2, 4], [1, 3]],
    [[3, 1], [4, 2]],
    [[4, 2], [3, 1]],
]


def shown(images, count):
    return [keras.ops.convert_to_numpy(view) for view in symmetries(images, count)]


def test_all_eight_by_hand():
    views = shown(np.array([[1, 2], [3, 4]], "float32").reshape(1, 2, 2, 1), 8)
    assert [view[0, :, :, 0].tolist() for view in views] == BY_HAND


def test_the_eight_are_distinct_and_closed_under_a_quarter_turn():
    views = {np.array(view).tobytes() for view in BY_HAND}
    assert len(views) == 8
    assert {np.rot90(view).copy().tobytes() for view in BY_HAND} == views


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_fewer_views_are_the_first_of_the_eight(count):
    views = shown(np.array([[1, 2], [3, 4]], "float32").reshape(1, 2, 2, 1), count)
    assert [view[0, :, :, 0].tolist() for view in views] == BY_HAND[:count]


def test_images_and_channels_stay_apart():
    images = np.random.default_rng(0).random((3, 5, 5, 2)).astype("float32")
    together = shown(images, 8)
    for index in range(3):
        for channel in range(2):
            alone = shown(images[index : index + 1, :, :, channel : channel + 1], 8)
            for view, expected in zip(together, alone, strict=True):
                np.testing.assert_array_equal(view[index, :, :, channel], expected[0, :, :, 0])


def test_images_are_not_modified():
    images = np.random.default_rng(0).random((2, 4, 4, 3)).astype("float32")
    before = images.copy()
    symmetries(images, 8)
    np.testing.assert_array_equal(images, before)


def test_only_squares_keep_their_shape_when_transposed():
    views = shown(np.zeros((1, 4, 6, 3), "float32"), 8)
    assert [view.shape[1:3] for view in views] == [(4, 6)] * 4 + [(6, 4)] * 4
