"""One picture laid over another: known shifts and stretches are found again."""

import numpy as np
import pytest
from drawn_images import blotches

from plants.data import registration

NOWHERE = np.zeros((1, 4), np.float32)


@pytest.fixture
def gray():
    """One soft picture, (1, 48, 48)."""
    return registration.thumbnails([blotches(np.random.default_rng(1), (1, 1, 1))])[..., 0].astype(np.float32)


def test_a_picture_at_its_own_place_is_itself(gray):
    np.testing.assert_allclose(registration.place(gray, NOWHERE), gray, atol=1e-3)


def test_a_shift_by_a_whole_pixel_takes_the_next_one_and_repeats_the_border():
    line = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    right = registration.place(line, np.array([[0.25, 0, 0, 0]], np.float32))
    np.testing.assert_allclose(right[0, 0], [1, 2, 3, 3], atol=1e-5)
    down = registration.place(line, np.array([[0, 0.25, 0, 0]], np.float32))
    np.testing.assert_allclose(down[0, :, 0], [4, 8, 12, 12], atol=1e-5)


def test_what_was_beyond_the_border_is_told():
    valid = registration.inside(32, np.array([[0.5, 0, 0, 0]], np.float32))  # 16 pixels to the right
    # The outermost pixel of the placed picture counts no more, as its own border is near.
    assert valid[0, 16].tolist() == [1] * 15 + [0] * 17
    assert valid[0, :, 3].tolist() == [0] + [1] * 30 + [0]


def test_colour_is_placed_like_gray(gray):
    where = np.array([[0.03, -0.02, 0.04, 0.01]], np.float32)
    colour = registration.place(np.repeat(gray[..., None], 3, axis=3), where)
    np.testing.assert_allclose(colour[..., 2], registration.place(gray, where), atol=1e-3)


@pytest.mark.parametrize("across, down", [(0, 0), (1, -1), (-1, 0)])
def test_the_best_whole_shift_is_found(gray, across, down):
    coarse = registration.halved(gray)
    moved = np.roll(coarse, (-down, -across), axis=(1, 2))
    places, likeness = registration.best_shifts(coarse, moved)
    np.testing.assert_allclose(places[0, :2] * 24, [across, down], atol=1e-6)
    assert likeness[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    "where", [(0.02, -0.01, 0, 0), (0, 0, 0.05, 0.05), (-0.03, 0.02, 0.03, -0.04), (0, 0, 0, 0)]
)
def test_shift_and_stretch_are_found_whatever_the_light(gray, where):
    true = np.array([where], np.float32)
    other = 0.7 * registration.place(gray, true) + 30
    found = registration.refined(gray, other, NOWHERE)
    np.testing.assert_allclose(found, true, atol=0.004)


def test_along_stripes_nothing_is_shifted():
    stripes = np.tile(np.sin(np.arange(48) / 3).astype(np.float32) * 50 + 100, (1, 48, 1))
    found = registration.refined(stripes, stripes, NOWHERE)
    np.testing.assert_allclose(found, 0, atol=1e-4)


def test_half_the_side_is_the_mean_of_four_pixels():
    pixels = np.array([[[1, 3, 0, 0], [5, 7, 0, 8]]], np.float32).repeat(2, axis=1)[:, [0, 2, 0, 2]]
    assert registration.halved(pixels)[0].tolist() == [[4, 2], [4, 2]]


@pytest.mark.parametrize("shape", [(96, 96, 3), (64, 64, 3), (4, 4, 3), (50, 80, 3)])
def test_thumbnails_have_one_size(shape):
    made = registration.thumbnails([np.full(shape, 77, np.uint8)])
    assert made.shape == (1, 48, 48, 3)
    assert np.unique(made).tolist() == [77]
