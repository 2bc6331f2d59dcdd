"""Augmentation: what is drawn lies in the recipe's ranges, and a fixed draw does what it says."""

import dataclasses

import numpy as np
import pytest

from plants.recipes.recipe import Augmentation
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


EVERYTHING = Augmentation(
    zoom_in=0.25,
    zoom_out=0.5,
    aspect=0.2,
    rotation=20.0,
    translation=0.1,
    flips="both",
    quarter_turns=True,
    brightness=0.1,
    contrast=0.3,
    saturation=0.4,
    hue=30.0,
    noise=2.0,
)
N = 2000  # so that the extremes of a range are nearly reached


def drawn_from(seed=0, n=N, **ranges):
    return augment.draw(np.random.default_rng(seed), n, Augmentation(**ranges), side=96)


def assert_spans(values, low, high):
    """All within the range, and reaching into its outermost hundredths on both sides."""
    slack = 0.01 * (high - low)
    assert low <= values.min() < low + slack
    assert high - slack < values.max() <= high


@pytest.mark.parametrize(
    "field, value, drawn, low, high",
    [
        ("translation", 0.1, "shift", -9.6, 9.6),
        ("brightness", 0.1, "brightness", -25.5, 25.5),
        ("contrast", 0.3, "contrast", 0.7, 1.3),
        ("saturation", 0.4, "saturation", 0.6, 1.4),
        ("hue", 30.0, "hue", -np.pi / 6, np.pi / 6),
    ],
)
def test_draws_span_the_range_of_their_field(field, value, drawn, low, high):
    assert_spans(getattr(drawn_from(**{field: value}), drawn), low, high)


def test_zoom_spans_from_the_largest_enlargement_to_the_largest_reduction():
    matrix = drawn_from(zoom_in=0.25, zoom_out=0.5).matrix
    assert_spans(matrix[:, 0, 0], 0.75, 1.5)
    np.testing.assert_array_equal(matrix, matrix[:, :1, :1] * np.eye(2))


def test_aspect_stretches_one_side_against_the_other_and_keeps_the_area():
    matrix = drawn_from(aspect=0.2).matrix
    assert_spans(np.log(matrix[:, 0, 0] / matrix[:, 1, 1]), -0.2, 0.2)
    np.testing.assert_allclose(np.linalg.det(matrix), np.ones(N))
    np.testing.assert_array_equal(matrix[:, [0, 1], [1, 0]], np.zeros((N, 2)))


def test_rotations_span_both_ways():
    matrix = drawn_from(rotation=20.0).matrix
    assert_spans(np.rad2deg(np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0])), -20, 20)
    np.testing.assert_allclose(matrix @ matrix.transpose(0, 2, 1), np.tile(np.eye(2), (N, 1, 1)), atol=1e-12)


@pytest.mark.parametrize(
    "ranges, count",
    [
        (dict(flips="horizontal"), 2),
        (dict(flips="both"), 4),
        (dict(quarter_turns=True), 4),
        (dict(quarter_turns=True, flips="both"), 8),
    ],
    ids=str,
)
def test_flips_and_quarter_turns_are_drawn_evenly(ranges, count):
    matrix = drawn_from(**ranges).matrix.round(9) + 0.0  # no -0.0
    _, drawn = np.unique(matrix.reshape(N, 4), axis=0, return_counts=True)
    assert len(drawn) == count
    np.testing.assert_allclose(drawn / N, np.full(count, 1 / count), atol=0.05)


def test_a_horizontal_flip_mirrors_left_and_right():
    matrix = drawn_from(flips="horizontal").matrix
    assert set(map(tuple, matrix[:, [0, 1], [0, 1]])) == {(1.0, 1.0), (-1.0, 1.0)}


@pytest.mark.parametrize("side", SQUARES, ids=SQUARES.get)
def test_a_drawn_quarter_turn_is_one_of_four(side):
    images = np.repeat(photos(n=1, side=side), 20, axis=0)
    drawn = augment.draw(np.random.default_rng(0), 20, Augmentation(quarter_turns=True), side=side)
    changed = augment.apply(images, drawn)
    turned = np.array([np.rot90(images[0], turns) for turns in range(4)])
    alike = np.abs(changed[:, None] - turned).max(axis=(2, 3, 4)) < 0.01  # image, turn
    np.testing.assert_array_equal(alike.sum(axis=1), np.ones(20))
    assert alike.any(axis=0).all()


class Lowest:
    """A generator that always draws the low end of a range."""

    def uniform(self, low, high, size):
        return np.full(size, low)

    def random(self, size):
        return np.zeros(size)

    def integers(self, low, high, size):
        return np.full(size, low)


def test_zoom_in_of_a_quarter_shows_three_quarters_of_the_side():
    drawn = augment.draw(Lowest(), 1, Augmentation(zoom_in=0.25), side=8)
    np.testing.assert_array_equal(drawn.matrix, [[[0.75, 0], [0, 0.75]]])
    ramp = rows(0, 10, 20, 30, 40, 50, 60, 70)
    shown = augment.apply(ramp, drawn)[0, 0, :, 0]
    # The outermost pixels look 0.75 * 3.5 from the centre at 3.5: columns 0.875 to 6.125.
    np.testing.assert_allclose(shown, [8.75, 16.25, 23.75, 31.25, 38.75, 46.25, 53.75, 61.25])


def test_together_the_matrix_stays_within_zoom_and_aspect():
    drawn = augment.draw(np.random.default_rng(0), N, EVERYTHING, side=96)
    scales = np.linalg.svd(drawn.matrix, compute_uv=False)
    assert 0.75 * np.exp(-0.1) <= scales.min() <= scales.max() <= 1.5 * np.exp(0.1)


def test_every_array_has_an_entry_per_image_and_images_differ():
    drawn = augment.draw(np.random.default_rng(0), 5, EVERYTHING, side=96)
    for name, values in vars(drawn).items():
        if name != "noise":
            assert len(values) == 5
            assert len(np.unique(values.reshape(5, -1), axis=0)) == 5


def test_the_same_generator_gives_the_same_draw():
    draws = [augment.draw(np.random.default_rng(seed), 5, EVERYTHING, side=96) for seed in (1, 1, 2)]
    for name, values in vars(draws[0]).items():
        np.testing.assert_array_equal(values, getattr(draws[1], name))
    assert not np.array_equal(draws[0].matrix, draws[2].matrix)


def changed_fields(drawn):
    """The fields in which a draw is not the identity; seeds of the noise alone change nothing."""
    identity = augment.identity(N)
    fields = set(vars(drawn)) - {"noise_seed"}
    return {name for name in fields if not np.array_equal(getattr(drawn, name), getattr(identity, name))}


def test_with_all_switched_off_nothing_is_changed():
    assert changed_fields(drawn_from()) == set()


@pytest.mark.parametrize(
    "field, changed",
    [
        ("zoom_in", "matrix"),
        ("zoom_out", "matrix"),
        ("aspect", "matrix"),
        ("rotation", "matrix"),
        ("translation", "shift"),
        ("flips", "matrix"),
        ("quarter_turns", "matrix"),
        ("brightness", "brightness"),
        ("contrast", "contrast"),
        ("saturation", "saturation"),
        ("hue", "hue"),
        ("noise", "noise"),
    ],
)
def test_each_field_switches_one_change_on(field, changed):
    assert changed_fields(drawn_from(**{field: getattr(EVERYTHING, field)})) == {changed}


def test_no_field_of_the_ranges_is_without_a_test_of_its_switch():
    (marks,) = test_each_field_switches_one_change_on.pytestmark
    assert [field for field, _ in marks.args[1]] == [field.name for field in dataclasses.fields(Augmentation)]
