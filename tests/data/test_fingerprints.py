"""Exact and perceptual fingerprints, and which images count as near-copies."""

import hashlib
import io

import numpy as np
import pytest
from drawn_images import blotches
from PIL import Image

from plants.data.fingerprints import near_duplicate_groups, perceptual_hash, pixel_sha256


def groups(*images):
    return near_duplicate_groups(np.stack(images), [perceptual_hash(image) for image in images]).tolist()


def groups_in(dataset):
    return near_duplicate_groups(dataset.images, dataset.perceptual_hashes).tolist()


def bits_apart(image, other):
    return (int(perceptual_hash(image), 16) ^ int(perceptual_hash(other), 16)).bit_count()


@pytest.fixture
def photo():
    """A soft picture that keeps 50 away from black and white, so it can be made lighter and darker."""
    return 50 + blotches(np.random.default_rng(1), (0.6, 0.5, 0.4))


def test_the_pixel_hash_is_that_of_the_bytes_row_by_row():
    image = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]], np.uint8)
    assert pixel_sha256(image) == hashlib.sha256(bytes(range(1, 13))).hexdigest()
    assert (
        pixel_sha256(image[:, ::-1])
        == hashlib.sha256(bytes([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9])).hexdigest()
    )


def test_the_perceptual_hash_is_16_hex_digits_that_a_lighter_copy_shares(photo):
    assert len(perceptual_hash(photo)) == 16
    assert bits_apart(photo, photo + 20) <= 2


def test_the_perceptual_hash_tells_pictures_apart(tiny_dataset):
    hashes = [int(text, 16) for text in tiny_dataset.perceptual_hashes]
    apart = [(a ^ b).bit_count() for a in hashes for b in hashes if a != b]
    assert len(set(hashes)) == 30
    assert min(apart) > 8


def shifted(image):
    return np.roll(image, 1, axis=1)


def recompressed(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=50)
    return np.asarray(Image.open(buffer))


@pytest.mark.parametrize(
    "copy",
    [np.copy, shifted, recompressed, lambda image: image + 30],
    ids=["same", "shifted", "JPEG", "lighter"],
)
def test_a_copy_that_a_camera_might_take_a_second_later_is_a_near_copy(copy, photo, tiny_dataset):
    other = tiny_dataset.images[0]
    assert groups(photo, other, copy(photo)) == [0, 1, 0]


def test_a_copy_much_lighter_is_a_copy_all_the_same(photo):
    assert groups(photo - 45, photo + 45) == [0, 0]


def test_copies_of_copies_are_in_one_group(photo):
    assert groups(photo - 45, photo + 45, photo - 15, photo + 15) == [0, 0, 0, 0]


def test_plain_surfaces_of_different_colours_are_no_copies_though_their_hashes_are_equal():
    red, blue = (np.full((96, 96, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))
    assert bits_apart(red, blue) == 0
    assert groups(red, blue, red) == [0, 1, 0]


def test_pictures_of_blotches_are_no_copies_of_each_other(tiny_dataset):
    assert sorted(groups_in(tiny_dataset)) == list(range(30))


def test_no_image_and_one_image_need_no_comparison(photo, tiny_dataset):
    assert groups_in(tiny_dataset.subset([])) == []
    assert groups(photo) == [0]


def test_the_contests_near_copies_are_two_pairs_in_species7_and_one_in_species4(contest_dataset):
    numbers = np.array(groups_in(contest_dataset))
    names = np.array(contest_dataset.names)
    shared = [tuple(names[numbers == number]) for number in np.flatnonzero(np.bincount(numbers) > 1)]
    assert sorted(shared) == [
        ("Species4/00314.jpg", "Species4/00416.jpg"),  # one plant, once in harder light
        ("Species7/00006.jpg", "Species7/00291.jpg"),
        ("Species7/00508.jpg", "Species7/00531.jpg"),
    ]
