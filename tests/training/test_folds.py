"""The folds of the development images: who validates where, and that it never changes."""

import dataclasses

import numpy as np
import pytest
from drawn_images import noise_classes
from PIL import Image

from plants.data.dataset import Dataset
from plants.data.splits import split, split_into_folds
from plants.errors import InputError

COUNTS = {"ash": 40, "birch": 20, "cedar": 10}


def photo(rng):
    """A (96, 96, 3) image of random soft blotches, like no other."""
    coarse = Image.fromarray(rng.integers(0, 226, (8, 8, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((96, 96), Image.Resampling.BICUBIC))


def lighter(image, by):
    return np.minimum(image, 215) + np.uint8(by)


def dataset_of(images, labels):
    return Dataset(
        images=np.stack(images),
        labels=np.array(labels, dtype=np.int64),
        class_names=tuple(COUNTS),
        names=tuple(f"{list(COUNTS)[label]}/{index}.png" for index, label in enumerate(labels)),
        source="test images",
    )


@pytest.fixture(scope="module")
def forest():
    """70 images; the first six of the ash are three pairs of near-copies."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(3), list(COUNTS.values()))
    images = [photo(rng) for _ in labels]
    for index in (0, 2, 4):
        images[index + 1] = lighter(images[index], 25)
    return dataset_of(images, labels)


def hashes(dataset, indices):
    return {dataset.pixel_sha256[index] for index in indices}


def test_each_image_of_the_development_images_is_validated_once_and_trained_on_otherwise(forest):
    fixed = split(forest)
    development = sorted([*fixed.training, *fixed.validation])
    made = split_into_folds(forest, fixed, 4)
    assert len(made) == 4
    assert sorted(np.concatenate([fold.validation for fold in made])) == development
    for fold in made:
        assert sorted([*fold.training, *fold.validation]) == development
        assert (np.diff(fold.training) > 0).all() and (np.diff(fold.validation) > 0).all()


def test_the_test_split_the_seed_and_the_hash_stay_those_of_the_split(forest):
    fixed = split(forest, 3)
    for fold in split_into_folds(forest, fixed, 3):
        np.testing.assert_array_equal(fold.held_out, fixed.held_out)
        assert (fold.seed, fold.hash) == (3, fixed.hash)


def test_every_fold_holds_its_share_of_each_class(forest):
    # 40 - 6, 20 - 3 and 10 - 2 images; a fold of four holds a quarter of the near-copies' groups, so
    # the pairs may make a fold of ash up to three larger.
    for fold in split_into_folds(forest, split(forest), 4):
        ash, birch, cedar = np.bincount(forest.labels[fold.validation])
        assert 7 <= ash <= 12
        assert birch in (4, 5)
        assert cedar == 2


def test_near_copies_are_in_one_fold(forest):
    for seed in range(6):
        fixed = split(forest, seed)
        for fold in split_into_folds(forest, fixed, 4):
            mine = set(fold.validation)
            for index in (0, 2, 4):
                assert (index in mine) == (index + 1 in mine)


def test_the_order_and_names_of_the_images_do_not_matter(forest):
    order = np.random.default_rng(0).permutation(len(forest))
    shuffled = dataclasses.replace(forest.subset(order), names=tuple(map(str, range(len(forest)))))
    expected = [hashes(forest, fold.validation) for fold in split_into_folds(forest, split(forest), 4)]
    assert [
        hashes(shuffled, fold.validation) for fold in split_into_folds(shuffled, split(shuffled), 4)
    ] == expected


def test_the_seed_of_the_split_decides_the_folds(forest):
    first = [
        frozenset(hashes(forest, split_into_folds(forest, split(forest, seed), 4)[0].validation))
        for seed in range(3)
    ]
    assert len(set(first)) == 3


def test_the_same_images_are_folded_the_same_for_ever():
    mixed = noise_classes(ash=9, birch=7)
    validated = [fold.validation.tolist() for fold in split_into_folds(mixed, split(mixed), 3)]
    assert validated == [[0, 2, 8, 9, 14], [1, 3, 7, 10, 11], [4, 6, 12, 15]]


def test_more_folds_than_the_rarest_class_has_images_are_refused(forest):
    # 10 images of cedar, 2 of them held out
    assert len(split_into_folds(forest, split(forest), 8)) == 8
    message = (
        "^test images: 9 folds, but class cedar has only 8 images that are no near-copies in the "
        "development part; expected at most 8 folds$"
    )
    with pytest.raises(InputError, match=message):
        split_into_folds(forest, split(forest), 9)


def test_near_copies_count_as_one_image_where_folds_are_refused():
    rng = np.random.default_rng(1)
    images = [photo(rng) for _ in range(24)]
    copies = [lighter(images[-1], by) for by in (10, 15, 20, 25, 30)]
    mixed = dataset_of(images + copies, [0] * 10 + [1] * 10 + [2] * 9)
    # Of cedar one image is held out, which leaves two and the last one with its five copies.
    assert len(split_into_folds(mixed, split(mixed), 3)) == 3
    with pytest.raises(
        InputError, match="4 folds, but class cedar has only 3 images that are no near-copies"
    ):
        split_into_folds(mixed, split(mixed), 4)
