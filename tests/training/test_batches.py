"""Batches of an epoch: each image once, alike in size, and the same whatever came before."""

import contextlib
import dataclasses

import numpy as np
import pytest

from plants.errors import InputError
from plants.recipes.recipe import Augmentation, Phase, Recipe
from plants.training import augment, batches, variation

NOTHING = Augmentation()
RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 32),), image_size=32)


def numbered(n):
    """Images of two by two pixels whose value is their number, and their labels."""
    images = np.tile(np.arange(n, dtype="uint8")[:, None, None, None], (1, 2, 2, 3))
    return images, np.arange(n) % 4


def epoch(n, *, batch_size, seed=0, ranges=NOTHING, canvas=None, **changes):
    rng = batches.epoch_rng(seed, 0, 0)
    recipe = dataclasses.replace(RECIPE, augmentation=ranges, batch_size=batch_size, **changes)
    varied = variation.of_epoch(recipe, recipe.phases[0], 0)
    given = {"num_classes": 4, "canvas": canvas, "variation": varied}
    return list(batches.of_epoch(*numbered(n), rng, recipe=recipe, **given))


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


def test_images_are_padded_before_they_are_changed():
    parts = epoch(20, batch_size=8, canvas=5, ranges=Augmentation(brightness=0.1))
    images = np.concatenate([images for images, _ in parts])
    assert images.shape[1:] == (5, 5, 3)
    corner, middle = images[:, 0, 0, 0], images[:, 1, 1, 0]
    assert corner.max() > 10  # the black all round becomes brighter as well
    brighter = corner > 0
    numbers = np.concatenate([targets.argmax(axis=1) for _, targets in parts])
    np.testing.assert_array_equal((middle - corner)[brighter].round() % 4, numbers[brighter])


def test_shifts_are_shares_of_the_canvas(monkeypatch):
    sides = []
    draw = augment.draw
    monkeypatch.setattr(augment, "draw", lambda *args, side: sides.append(side) or draw(*args, side=side))
    epoch(4, batch_size=4, canvas=9)
    epoch(4, batch_size=4)
    assert sides == [9, 2]


@pytest.mark.parametrize("mixing", ["mixup", "cutmix", "either"])
def test_labels_are_mixed_as_their_images_are(mixing):
    # The value of an image is its class, so its mean is that of its label.
    for seed in range(5):
        ((images, targets),) = epoch(4, batch_size=4, seed=seed, canvas=None, mixing=mixing)
        assert targets.dtype == np.float32
        np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), targets @ np.arange(4), atol=1e-5)


def test_mixed_labels_have_shares_of_two_classes():
    parts = epoch(48, batch_size=8, mixing="mixup")
    targets = np.concatenate([targets for _, targets in parts])
    assert (np.count_nonzero(targets, axis=1) <= 2).all()
    assert (np.count_nonzero(targets, axis=1) == 2).sum() > 20


def rare(counts, *, imbalance):
    """Labels of an epoch's images, and their numbers, for classes of these sizes."""
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.tile(np.arange(len(labels), dtype="uint8")[:, None, None, None], (1, 2, 2, 3))
    recipe = dataclasses.replace(RECIPE, imbalance=imbalance, batch_size=4)
    assert batches.epoch_size(labels, recipe) == {"oversampling": 18, "own-weight": 10}[imbalance]
    rng = batches.epoch_rng(0, 0, 0)
    parts = list(batches.of_epoch(images, labels, rng, recipe=recipe, num_classes=len(counts)))
    numbers = np.concatenate([images[:, 0, 0, 0] for images, _ in parts]).astype(int)
    drawn = np.concatenate([targets for _, targets in parts]).argmax(axis=1)
    np.testing.assert_array_equal(drawn, labels[numbers])
    return drawn, numbers


def test_oversampling_shows_each_class_as_often_as_the_largest_in_mixed_order():
    drawn, numbers = rare((6, 3, 1), imbalance="oversampling")
    assert np.bincount(drawn).tolist() == [6, 6, 6]
    assert np.bincount(numbers).tolist() == [1] * 6 + [2] * 3 + [6]
    assert (np.diff(drawn) < 0).any()  # not class by class


def test_weights_leave_each_image_once():
    _, numbers = rare((6, 3, 1), imbalance="own-weight")
    assert sorted(numbers) == list(range(10))


def test_a_class_without_images_needs_no_place_in_an_epoch():
    recipe = dataclasses.replace(RECIPE, imbalance="oversampling")
    assert batches.epoch_size(np.array([0, 2, 2, 2]), recipe) == 6


def test_batches_made_ahead_are_the_same_in_the_same_order():
    assert list(batches.ahead(iter("abc"))) == ["a", "b", "c"]
    assert list(batches.ahead(iter(""))) == []


def test_one_batch_is_made_ahead_and_no_more():
    made = []

    def making():
        for number in range(5):
            made.append(number)
            yield number

    with contextlib.closing(batches.ahead(making())) as coming:
        assert next(coming) == 0
        assert next(coming) == 1
    assert made == [0, 1, 2]  # closing waits for the one that is being made


def test_what_goes_wrong_while_a_batch_is_made_is_raised_where_it_is_taken():
    def failing():
        yield "a"
        raise InputError("a broken image")

    coming = batches.ahead(failing())
    assert next(coming) == "a"
    with pytest.raises(InputError, match="a broken image"):
        next(coming)


def test_plain_batches_are_those_images_in_that_order_unchanged():
    images, labels = numbered(10)
    recipe = dataclasses.replace(
        RECIPE, batch_size=4, augmentation=Augmentation(brightness=0.5), mixing="mixup"
    )
    as_they_are = dataclasses.replace(RECIPE, batch_size=4)
    given = {"num_classes": 4, "canvas": 4}
    plain = batches.of_epoch(images, labels, batches.epoch_rng(0, 0, 0), recipe=recipe, **given)
    nothing = variation.of_epoch(as_they_are, as_they_are.phases[0], 0)
    expected = batches.of_epoch(
        images, labels, batches.epoch_rng(0, 0, 0), recipe=as_they_are, variation=nothing, **given
    )
    for (one, its_targets), (other, targets) in zip(plain, expected, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one[:, 1:3, 1:3], other[:, 1:3, 1:3])
        np.testing.assert_array_equal(its_targets, targets)
        assert one.shape[1:] == (4, 4, 3) and not one[:, 0].any()  # in the middle of black


def test_features_come_as_they_are():
    features = np.arange(12, dtype="float32").reshape(4, 3)
    ((batch, targets),) = batches.of_epoch(
        features,
        np.arange(4),
        batches.epoch_rng(0, 0, 0),
        recipe=RECIPE,
        num_classes=4,
        canvas=3,
    )
    np.testing.assert_array_equal(batch, features[targets.argmax(axis=1)])
