"""Augmentation: a fixed draw does to images what it says."""

import dataclasses

import numpy as np
import pytest

from plants.training import augment

QUARTER_TURN = [[0.0, -1.0], [1.0, 0.0]]  # right of the centre is seen what lay below it
SQUARES = {2: "two by two", 5: "with a middle pixel", 96: "as delivered"}


def fixed(n=1, **changes):
    """The draw that changes nothing but what is given, the same for each of n images."""
    arrays = {name: np.array([value] * n, "float64") for name, value in changes.items() if name != "noise"}
    if "noise" in changes:
        arrays["noise"] = changes["noise"]
    return dataclasses.replace(augment.identity(n), **arrays)


def photos(n=3, side=5, dtype="uint8"):
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3)).astype(dtype)


def colour(*rgb):
    """One picture of two by two pixels of a colour."""
    return np.full((1, 2, 2, 3), rgb, "float32")


def rows(*values):
    """One gray picture with these values in each of its rows: (1, side, side, 3)."""
    return np.tile(np.array(values, "float32")[None, None, :, None], (1, len(values), 1, 3))


@pytest.mark.parametrize("side", SQUARES, ids=SQUARES.get)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_identity_changes_no_bit(side, dtype):
    images = photos(side=side, dtype=dtype)
    changed = augment.apply(images, augment.identity(3))
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(changed, images)


@pytest.mark.parametrize("side", SQUARES, ids=SQUARES.get)
def test_a_quarter_turn_is_exact_and_counterclockwise(side):
    images = photos(side=side)
    turned = augment.apply(images, fixed(3, matrix=QUARTER_TURN))
    np.testing.assert_array_equal(turned, np.rot90(images, axes=(1, 2)))


@pytest.mark.parametrize("side", SQUARES, ids=SQUARES.get)
def test_mirroring_is_exact(side):
    images = photos(side=side)
    mirrored = augment.apply(images, fixed(3, matrix=[[-1, 0], [0, 1]]))
    np.testing.assert_array_equal(mirrored, images[:, :, ::-1])
    upside_down = augment.apply(images, fixed(3, matrix=[[1, 0], [0, -1]]))
    np.testing.assert_array_equal(upside_down, images[:, ::-1])


def test_a_shift_looks_to_the_right_and_mirrors_the_border():
    shifted = augment.apply(rows(10, 20, 30, 40), fixed(shift=[1, 0]))
    np.testing.assert_array_equal(shifted, rows(20, 30, 40, 40))


def test_a_shift_up_mirrors_two_rows_of_the_border():
    image = rows(10, 20, 30, 40).transpose(0, 2, 1, 3)
    shifted = augment.apply(image, fixed(shift=[0, -2]))
    np.testing.assert_array_equal(shifted, rows(20, 10, 10, 20).transpose(0, 2, 1, 3))


def test_half_a_pixel_is_the_mean_of_two():
    shifted = augment.apply(rows(10, 20, 30, 50), fixed(shift=[0.5, 0]))
    np.testing.assert_array_equal(shifted, rows(15, 25, 40, 50))


def test_the_shift_comes_after_the_matrix():
    shifted = augment.apply(rows(10, 20, 30, 40), fixed(matrix=[[-1, 0], [0, 1]], shift=[1, 0]))
    np.testing.assert_array_equal(shifted, rows(40, 40, 30, 20))  # column 0 mirrors to 3, and one on


def test_every_image_follows_its_own_draw():
    images = photos(n=2)
    matrix = np.array([np.eye(2), QUARTER_TURN])
    drawn = dataclasses.replace(augment.identity(2), matrix=matrix, brightness=np.array([0.0, 1.0]))
    changed = augment.apply(images // 2, drawn)
    np.testing.assert_array_equal(changed[0], images[0] // 2)
    np.testing.assert_array_equal(changed[1], np.rot90(images[1] // 2) + 1.0)


def test_brightness_is_added():
    np.testing.assert_array_equal(
        augment.apply(colour(10, 20, 30), fixed(brightness=5.5)), colour(15.5, 25.5, 35.5)
    )


def test_contrast_spreads_pixels_about_the_mean_of_their_own_image():
    images = np.concatenate([rows(50, 150), rows(10, 20)])
    changed = augment.apply(images, fixed(2, contrast=0.5))
    np.testing.assert_allclose(changed, np.concatenate([rows(75, 125), rows(12.5, 17.5)]), atol=1e-4)


def test_contrast_has_one_mean_for_all_channels():
    np.testing.assert_allclose(
        augment.apply(colour(90, 60, 30), fixed(contrast=0.5)), colour(75, 60, 45), atol=1e-4
    )


def test_saturation_0_leaves_the_luma():
    luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50  # 124.2
    grayed = augment.apply(colour(200, 100, 50), fixed(saturation=0))
    np.testing.assert_allclose(grayed, colour(luma, luma, luma), atol=1e-4)


def test_saturation_spreads_colours_about_their_luma():
    stronger = augment.apply(colour(120, 100, 110), fixed(saturation=1.5))  # luma 107.12
    np.testing.assert_allclose(stronger, colour(126.44, 96.44, 111.44), atol=1e-4)


@pytest.mark.parametrize(
    "degrees, expected",
    [
        (120, (50, 200, 100)),  # red becomes green, green blue, blue red
        (-120, (100, 50, 200)),
        (360, (200, 100, 50)),
    ],
)
def test_hue_turns_red_to_green_to_blue(degrees, expected):
    turned = augment.apply(colour(200, 100, 50), fixed(hue=np.deg2rad(degrees)))
    np.testing.assert_allclose(turned, colour(*expected), atol=1e-4)


def test_hue_of_60_degrees_makes_red_yellow():
    # Red lies 2/3 on red and on green then, and -1/3 on blue, which is clipped.
    np.testing.assert_allclose(
        augment.apply(colour(255, 0, 0), fixed(hue=np.pi / 3)), colour(170, 170, 0), atol=1e-3
    )


def test_hue_keeps_grays():
    np.testing.assert_allclose(
        augment.apply(colour(77, 77, 77), fixed(hue=1.0)), colour(77, 77, 77), atol=1e-4
    )


def test_what_leaves_the_range_of_pixels_is_clipped():
    np.testing.assert_array_equal(
        augment.apply(colour(250, 128, 0), fixed(brightness=20)), colour(255, 148, 20)
    )
    np.testing.assert_array_equal(
        augment.apply(colour(250, 128, 0), fixed(brightness=-20)), colour(230, 108, 0)
    )


def test_clipping_comes_last():
    changed = augment.apply(rows(0, 200), fixed(brightness=100, contrast=0.5))  # 50, 150, and 100 more
    np.testing.assert_allclose(changed, rows(150, 250), atol=1e-4)
    changed = augment.apply(colour(300, 100, 100), fixed(saturation=0))  # luma of 300, not of 255
    np.testing.assert_allclose(changed, colour(159.8, 159.8, 159.8), atol=1e-3)


def noisy(seeds, noise=10.0):
    gray = np.full((len(seeds), 96, 96, 3), 128, "uint8")
    drawn = dataclasses.replace(augment.identity(len(seeds)), noise_seed=np.array(seeds), noise=noise)
    return augment.apply(gray, drawn)


def test_noise_has_its_standard_deviation_in_every_channel():
    noise = noisy([1], noise=10.0)[0] - 128
    # Of 9216 values: the mean is off by 0.1, the deviation by 0.07, as standard errors.
    np.testing.assert_allclose(noise.mean(axis=(0, 1)), np.zeros(3), atol=0.5)
    np.testing.assert_allclose(noise.std(axis=(0, 1)), np.full(3, 10.0), atol=0.4)


def test_noise_follows_from_the_seed_of_its_image_alone():
    first = noisy([1, 2])
    np.testing.assert_array_equal(noisy([2, 1]), first[::-1])
    assert np.abs(first[0] - first[1]).max() > 10


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_are_not_modified(dtype):
    images = photos(dtype=dtype)
    before = images.copy()
    everything = fixed(
        3, matrix=QUARTER_TURN, shift=[1, 1], brightness=9, contrast=2, saturation=0, hue=1, noise=5.0
    )
    assert np.abs(augment.apply(images, everything) - before).max() > 10
    np.testing.assert_array_equal(images, before)
