"""Copies from lookalikes: what is left of the difference, beside the pictures' own contrast."""

import io

import numpy as np
import pytest
from drawn_images import blotches
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from plants.data import likeness
from plants.data.fingerprints import look_alike

NOWHERE = np.zeros((1, 4), np.float32)
COLOURS = [(1.0, 0.9, 0.6), (0.4, 0.7, 0.3)]


def photo(seed=1, tint=(0.7, 0.6, 0.5)):
    """A picture with soft and with sharp parts that keeps away from black and white."""
    dice = np.random.default_rng(seed)
    image = Image.fromarray(40 + blotches(dice, tint))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = dice.integers(0, 96, 2)
        colour = tuple(map(int, dice.integers(40, 200, 3)))
        draw.polygon([tuple(map(int, (x, y) + dice.integers(-22, 23, 2))) for _ in range(3)], fill=colour)
    return np.asarray(image)


def leaf(seed, green=(60, 140, 60), ground=(0, 0, 0), lobes=5):
    """A leaf in the middle of a plain ground."""
    dice = np.random.default_rng(seed)
    image = Image.new("RGB", (96, 96), ground)
    angles = np.radians(np.arange(0, 360, 6))
    reach = dice.uniform(18, 28) * (0.75 + 0.25 * np.cos(angles * lobes + dice.uniform(0, 6)))
    points = 48 + dice.uniform(-4, 4, 2) + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ImageDraw.Draw(image).polygon([tuple(point) for point in points], fill=green)
    return np.asarray(image)


def saved_as_jpeg(image, quality=60):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def shifted(image, across=3, down=-2):
    padded = np.pad(image, ((4, 4), (4, 4), (0, 0)), mode="edge")
    return padded[4 + down : 100 + down, 4 + across : 100 + across]


def cropped(image):
    picture = Image.fromarray(image)
    return np.asarray(picture.resize((96, 96), Image.Resampling.BICUBIC, box=(3, 0.5, 95, 93)))


def watermarked(image):
    picture = Image.fromarray(image)
    ImageDraw.Draw(picture).rectangle((70, 4, 90, 12), fill=(250, 250, 250))
    return np.asarray(picture)


def noisy(image):
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def enhanced(kind, factor):
    return lambda image: np.asarray(kind(Image.fromarray(image)).enhance(factor))


COPIES = {
    "JPEG": saved_as_jpeg,
    "shifted": shifted,
    "cropped": cropped,
    "marked": watermarked,
    "noisy": noisy,
    "darker": enhanced(ImageEnhance.Brightness, 0.8),
    "lighter": enhanced(ImageEnhance.Brightness, 1.1),
    "harder": enhanced(ImageEnhance.Contrast, 1.25),
    "blurred": lambda image: np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(1))),
    "all at once": lambda image: saved_as_jpeg(
        noisy(enhanced(ImageEnhance.Brightness, 0.85)(shifted(image, 1, -2))), quality=80
    ),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize(
    "original", [photo(), leaf(3), leaf(4, ground=(250, 250, 250))], ids=["photo", "dark", "white"]
)
def test_what_a_camera_or_a_web_page_does_leaves_a_copy(original, copy):
    assert look_alike(original, copy(original))
    assert look_alike(copy(original), original)


def test_other_photos_are_no_copies():
    pictures = [photo(seed) for seed in range(8)]
    assert not any(look_alike(one, other) for i, one in enumerate(pictures) for other in pictures[:i])


@pytest.mark.parametrize("ground", [(0, 0, 0), (250, 250, 250), (180, 160, 140)])
def test_other_leaves_on_one_ground_are_no_copies(ground):
    leaves = [leaf(seed, ground=ground) for seed in range(8)]
    assert not any(look_alike(one, other) for i, one in enumerate(leaves) for other in leaves[:i])


def test_the_same_shape_in_another_colour_is_no_copy():
    assert not look_alike(leaf(3, green=(60, 140, 60)), leaf(3, green=(110, 140, 40)))


def test_plain_surfaces_are_copies_only_where_their_pixels_are_nearly_the_same():
    red, blue, reddish = (
        np.full((96, 96, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200), (201, 1, 0))
    )
    assert not look_alike(red, blue)
    assert not look_alike(red, np.uint8(red * 0.8))
    assert look_alike(red, reddish)


def test_even_slopes_of_light_show_too_little_to_be_copies():
    slope = np.linspace(0, 60, 96)[None, :, None] + np.full((96, 96, 3), 80.0)
    assert not look_alike(np.uint8(slope), np.uint8(slope * 0.8))


def gratings(shift=0.0):
    """(1, 24, 24, 3) gray: 128 and waves across, 40 in 12 pixels and 20 in 6, `shift` pixels further on."""
    x = 2 * np.pi * (np.arange(24) + shift)
    line = 128 + 40 * np.sin(x / 12) + 20 * np.sin(x / 6)
    return np.tile(line[None, None, :, None], (1, 24, 1, 3)).astype(np.float32)


def measured(placed, others):
    """`misplaced`, `left` and `tint` of one pair."""
    return [values[0] for values in likeness._measure(placed, others, NOWHERE)[0]]


def test_what_is_left_is_a_share_of_the_gradients():
    # A third wave of 10, down, in 8 pixels: 10**2 / 2 is left. Half the differences of pixels two apart are
    # sin(30), sin(60) and sin(45 degrees) of the waves: 20, 17.3 and 7.07, so 200 + 150 + 25 in the square.
    wave = 10 * np.sin(2 * np.pi * np.arange(24) / 8)[None, :, None, None]
    assert measured(gratings(), gratings() + wave)[1] == pytest.approx(np.sqrt(50 / 375), rel=0.15)


def test_edges_that_lie_beside_each_other_are_told_in_pixels():
    misplaced, _, tint = measured(gratings(), gratings(0.2))
    assert misplaced == pytest.approx(0.2, rel=0.25)
    assert tint == pytest.approx(0, abs=0.01)


def test_noise_misplaces_nothing():
    noise = np.random.default_rng(0).normal(0, 5, (1, 24, 24, 3))
    misplaced, left, _ = measured(gratings(), gratings() + noise)
    assert left > 0.1 > 0.06 > misplaced


def test_another_colour_is_told_in_levels():
    # Gray in the mean: 0.299 * 6 - 0.114 * 6 = 1.11 of it are brightness, (4.89, -1.11, -7.11) are colour.
    _, _, tint = measured(gratings(), gratings() + np.array([6, 0, -6]))
    assert tint == pytest.approx(np.sqrt((4.89**2 + 1.11**2 + 7.11**2) / 3), rel=0.02)


@pytest.mark.parametrize(
    "change", [lambda p: 150 + 0.5 * (p - 128), lambda p: 1.3 * p, lambda p: np.minimum(1.5 * p, 255)]
)
def test_light_is_no_difference_even_where_it_is_cut_off(change):
    assert measured(gratings(), change(gratings())) == pytest.approx([0, 0, 0], abs=0.05)


def test_a_mark_in_one_window_is_left_out_and_two_are_not():
    marked = gratings()
    marked[:, 6:12, 6:12] = 20  # blocks of 3 x 3 pixels: 2 x 2 of them
    measures, kept = likeness._measure(gratings(), marked, NOWHERE)
    assert np.flatnonzero(kept[0] == 0).tolist() == [18, 19, 26, 27]
    marked[:, 15:21, 15:21] = 20
    assert measured(gratings(), marked)[1] > 2 * likeness.MOST_LEFT


def test_no_pairs_need_no_comparison():
    none = likeness.compare(
        np.empty((0, 48, 48, 3), np.uint8), np.empty((0, 48, 48, 3), np.uint8), np.empty((0, 2), int)
    )
    assert none.is_copy.tolist() == []
