"""What a split keeps together, and what is said of it."""

import dataclasses

import numpy as np
import pytest
from drawn_images import dataset_of, noise

from plants.data.near_copies import Crowd, describe, kept_together
from plants.data.splits import split, split_into_folds


def lighter(image, by):
    return np.minimum(image, 215) + np.uint8(by)


@pytest.fixture
def images():
    """12 ashes, 12 birches, of which two are copies, one a near-copy, and one ash is a birch as well."""
    ash = [noise("a", i) for i in range(12)]
    birch = [noise("b", i) for i in range(9)] + [noise("b", 0), lighter(noise("b", 1), 9), noise("a", 5)]
    return dataset_of({"ash": ash, "birch": birch})


def of_groups(dataset, numbers):
    """The dataset, with groups as if they had been found."""
    fresh = dataclasses.replace(dataset)
    fresh.__dict__["near_duplicate_groups"] = np.array(numbers)
    return fresh


def crowd(in_ash, in_birch):
    """24 ashes and 40 birches, so many of each in group 99, two of them exact copies."""
    ash = [noise("a", i) for i in range(24)]
    birch = [noise("b", i) for i in range(40)]
    ash[1] = ash[0]
    numbers = np.arange(64)
    numbers[:in_ash] = numbers[24 : 24 + in_birch] = 99
    return of_groups(dataset_of({"ash": ash, "birch": birch}), numbers)


def test_copies_and_near_copies_are_kept_together(images):
    groups = kept_together(images).groups
    pairs = {(i, j) for i in range(24) for j in range(i) if groups[i] == groups[j]}
    assert pairs == {(21, 12), (22, 13), (23, 5)}


def test_switched_off_only_exact_copies_are(images):
    groups = kept_together(images, "off").groups
    assert {(i, j) for i in range(24) for j in range(i) if groups[i] == groups[j]} == {(21, 12), (23, 5)}


def test_switched_off_nothing_is_looked_for(images, monkeypatch):
    monkeypatch.setattr("plants.data.fingerprints.near_duplicate_groups", lambda *_: pytest.fail("looked"))
    split_into_folds(images, split(images, near_copies="off"), 2)


def test_switched_off_near_copies_part_and_the_folds_follow_the_split(images):
    parted = 0
    for seed in range(10):
        fixed = split(images, seed, "off")
        folds = split_into_folds(images, fixed, 3)
        parted += any(len({13, 22} & set(fold.validation)) == 1 for fold in folds)
        assert all(len({12, 21} & set(fold.validation)) != 1 for fold in folds)
    assert parted


@pytest.mark.parametrize(
    "in_ash, in_birch, apart",
    [
        (12, 9, True),  # 21 images, half of the 24 ashes
        (11, 10, False),  # 21 images, less than half of either class
        (12, 8, False),  # 20 images
        (0, 21, True),  # of 40
    ],
)
def test_more_than_20_images_and_half_of_a_class_are_no_copies(in_ash, in_birch, apart):
    kept = kept_together(crowd(in_ash, in_birch))
    sizes = sorted(kept.sizes.tolist())
    if apart:
        assert sizes == ([2] if in_ash > 1 else [])  # the exact copies
        (found,) = kept.crowds
        counted = Crowd(21, "ash", 12, 24) if in_ash else Crowd(21, "birch", 21, 40)
        assert found == counted
    else:
        assert sizes == [in_ash + in_birch] and kept.crowds == ()


def test_exact_copies_stay_together_however_many_they_are():
    joke = dataset_of(
        {
            "ash": [noise("j")] * 30 + [noise("a", i) for i in range(5)],
            "birch": [noise("b", i) for i in range(5)],
        }
    )
    kept = kept_together(joke)
    assert kept.sizes.tolist() == [30] and kept.crowds == ()


def test_a_crowd_is_trained_on_and_tested_on():
    dataset = crowd(24, 0)
    fixed = split(dataset)
    assert [np.count_nonzero(part < 24) for part in (fixed.training, fixed.validation, fixed.held_out)] == [
        16,
        4,
        4,
    ]


def test_groups_and_the_largest_are_told(images):
    assert describe(images, "on") == [
        "near-copies: 3 groups among 24 images, the largest of 2; each stays in one split"
    ]


def test_none_and_one_are_told_as_such():
    ten = [noise("a", i) for i in range(10)]
    assert describe(dataset_of({"ash": ten, "birch": [noise("b")]}), "on") == [
        "near-copies: no groups among 11 images"
    ]
    assert describe(dataset_of({"ash": ten, "birch": [lighter(ten[0], 9)]}), "on") == [
        "near-copies: 1 group among 11 images, the largest of 2; each stays in one split"
    ]


def test_a_crowd_is_told():
    assert describe(crowd(12, 9), "on") == [
        "near-copies: 21 images look like copies of one picture, 12 of the 24 of ash among them: too many to "
        "be kept in one split, so of these only exact copies are",
        "near-copies: 1 group among 64 images, the largest of 2; each stays in one split",
    ]


def test_that_they_were_not_looked_for_is_told(images):
    assert describe(images, "off") == [
        "near-copies: not looked for (near_copies=off); exact copies stay in one split"
    ]
