"""What is drawn for an augmentation lies in the recipe's ranges."""

import dataclasses

import numpy as np
import pytest

from plants.recipes.recipe import Augmentation
from plants.training import augment

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


@pytest.mark.parametrize("side", [2, 5, 96])
def test_a_drawn_quarter_turn_is_one_of_four(side):
    photo = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype="uint8")
    images = np.stack([photo] * 20)
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
    ramp = np.tile(np.arange(0, 80, 10, "float32")[None, None, :, None], (1, 8, 1, 3))
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
