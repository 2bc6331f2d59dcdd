"""Batches of an epoch: each image once, alike in size, and the same whatever came before."""

import dataclasses

import numpy as np
import pytest

from plants.recipes.recipe import Augmentation, Phase, Recipe
from plants.training import batches

NOTHING = Augmentation()
RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 32),), image_size=32)


def numbered(n):
    """Images of two by two pixels whose value is their number, and their labels."""
    images = np.tile(np.arange(n, dtype="uint8")[:, None, None, None], (1, 2, 2, 3))
    return images, np.arange(n) % 4


def epoch(n, *, batch_size, seed=0, ranges=NOTHING, canvas=None, **changes):
    rng = batches.epoch_rng(seed, 0, 0)
    recipe = dataclasses.replace(RECIPE, augmentation=ranges, batch_size=batch_size, **changes)
    return list(batches.augmented(*numbered(n), rng, recipe=recipe, num_classes=4, canvas=canvas))


@pytest.mark.parametrize(
    "n, batch_size, expected",
    [(1, 32, 1), (32, 32, 1), (33, 32, 2), (64, 32, 2), (65, 32, 3), (2106, 32, 66)],
)
def test_batches_are_as_few_as_keep_to_the_size(n, batch_size, expected):
    assert batches.num_batches(n, batch_size) == expected


@pytest.mark.parametrize(
    "n, batch_size, sizes",
    [(9, 4, [3, 3, 3]), (10, 4, [4, 3, 3]), (8, 4, [4, 4]), (3, 4, [3]), (33, 32, [17, 16])],
)
def test_sizes_of_batches_differ_by_one_at_most(n, batch_size, sizes):
    assert [len(images) for images, _ in epoch(n, batch_size=batch_size)] == sizes
    assert [len(targets) for _, targets in epoch(n, batch_size=batch_size)] == sizes


def test_each_image_comes_once_and_with_its_own_target():
    parts = epoch(50, batch_size=8)
    numbers = np.concatenate([images[:, 0, 0, 0] for images, _ in parts]).astype(int)
    targets = np.concatenate([targets for _, targets in parts])
    assert sorted(numbers) == list(range(50))
    assert list(numbers) != list(range(50))
    np.testing.assert_array_equal(targets.argmax(axis=1), numbers % 4)


def test_images_are_float32_and_augmented_image_by_image():
    parts = epoch(50, batch_size=8, ranges=Augmentation(brightness=0.1))
    assert {images.dtype for images, _ in parts} == {np.dtype("float32")}
    plain = np.concatenate([images for images, _ in epoch(50, batch_size=8)])
    added = (np.concatenate([images for images, _ in parts]) - plain)[plain[:, 0, 0, 0] > 25.5]
    assert len(np.unique(added[:, 0, 0, 0])) == len(added)
    assert 20 < np.abs(added).max() <= 25.5


def test_the_same_epoch_again_is_the_same_to_the_bit():
    ranges = Augmentation(rotation=20.0, noise=5.0)
    for (images, targets), (again, same) in zip(
        epoch(20, batch_size=8, ranges=ranges), epoch(20, batch_size=8, ranges=ranges), strict=True
    ):
        np.testing.assert_array_equal(images, again)
        np.testing.assert_array_equal(targets, same)


def test_the_generator_of_an_epoch_depends_on_nothing_before_it():
    resumed = batches.epoch_rng(7, 1, 3).random(5)
    for earlier in range(3):
        batches.epoch_rng(7, 1, earlier).random(1000)
    np.testing.assert_array_equal(batches.epoch_rng(7, 1, 3).random(5), resumed)


def test_seed_phase_and_epoch_each_give_another_generator():
    keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1)]
    firsts = {batches.epoch_rng(*key).random() for key in keys}
    assert len(firsts) == len(keys)


def test_one_hot_by_hand():
    encoded = batches.one_hot(np.array([2, 0, 2]), 3)
    assert encoded.dtype == np.float32
    np.testing.assert_array_equal(encoded, [[0, 0, 1], [1, 0, 0], [0, 0, 1]])


def test_one_hot_of_no_labels_has_no_rows():
    assert batches.one_hot(np.array([], "int64"), 3).shape == (0, 3)
