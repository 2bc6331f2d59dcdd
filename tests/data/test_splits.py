"""The split: proportions, near-copies kept together, and a hash that only content decides."""

import dataclasses
import hashlib

import numpy as np
import pytest
from drawn_images import dataset_of, noise, noise_classes
from PIL import Image

from plants.data import fingerprints
from plants.data.dataset import Dataset, load
from plants.data.splits import NAMES, split, split_into_folds, without_holdout
from plants.errors import InputError


def name_of(fixed):
    """Index -> name of its split."""
    return {int(index): name for name in NAMES for index in getattr(fixed, name)}


def hashes_of(dataset, fixed):
    return {name: {dataset.pixel_sha256[index] for index in getattr(fixed, name)} for name in NAMES}


@pytest.fixture(scope="module")
def mixed():
    """Classes of 20, 14 and 3 images, none like another."""
    return noise_classes(ash=20, birch=14, cedar=3)


def test_each_class_gives_15_percent_to_validation_and_to_test_and_at_least_one(mixed):
    fixed = split(mixed)
    assert np.bincount(mixed.labels[fixed.training]).tolist() == [14, 10, 1]
    assert np.bincount(mixed.labels[fixed.validation]).tolist() == [3, 2, 1]  # 15 % are 3.0, 2.1, 0.45
    assert np.bincount(mixed.labels[fixed.held_out]).tolist() == [3, 2, 1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_three_are_sorted_disjoint_and_complete(mixed, seed):
    fixed = split(mixed, seed)
    for name in NAMES:
        indices = getattr(fixed, name)
        assert indices.dtype == np.int64
        assert (np.diff(indices) > 0).all()
    together = np.concatenate([fixed.training, fixed.validation, fixed.held_out])
    assert sorted(together) == list(range(37))
    assert fixed.seed == seed


def test_the_first_of_a_queue_ordered_by_seed_and_content_are_held_out_the_next_validate(mixed):
    queue = sorted(range(20), key=lambda i: hashlib.sha256(f"7/{mixed.pixel_sha256[i]}".encode()).hexdigest())
    names = name_of(split(mixed, 7))
    assert [names[i] for i in queue] == ["held_out"] * 3 + ["validation"] * 3 + ["training"] * 14


def test_the_same_images_are_split_the_same_for_ever(mixed):
    assert split(mixed).hash == "336f820e1c63668c3fb187909e5da68d9105a5cadb74580963b512b5b7815866"


def test_the_hash_is_that_of_the_sorted_lines_of_image_and_split():
    trio = noise_classes(ash=3, birch=3)
    names = name_of(split(trio))
    lines = sorted(f"{hashlib.sha256(trio.images[i].tobytes()).hexdigest()} {names[i]}\n" for i in range(6))
    assert split(trio).hash == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_another_seed_is_another_split(mixed):
    assert len({split(mixed, seed).hash for seed in range(5)}) == 5
    assert hashes_of(mixed, split(mixed, 0))["held_out"] != hashes_of(mixed, split(mixed, 1))["held_out"]


def test_the_order_and_names_of_the_images_do_not_matter(mixed):
    order = np.random.default_rng(0).permutation(37)
    shuffled = dataclasses.replace(mixed.subset(order), names=tuple(map(str, range(37))))
    assert split(shuffled).hash == split(mixed).hash
    assert hashes_of(shuffled, split(shuffled)) == hashes_of(mixed, split(mixed))


def test_the_container_does_not_matter(tiny_dataset, class_folders):
    for path in class_folders.rglob("*.png"):
        path.rename(path.with_name(hashlib.md5(path.name.encode()).hexdigest() + ".bmp"))
    again = load(class_folders)
    assert again.pixel_sha256 != tiny_dataset.pixel_sha256
    assert split(again).hash == split(tiny_dataset).hash


def test_another_image_changes_only_its_own_class(mixed):
    more = dataset_of(
        {
            "ash": list(mixed.images[:20]),
            "birch": [*mixed.images[20:34], noise("new")],  # 15 % of 15 are 2.25, still 2
            "cedar": list(mixed.images[34:]),
        }
    )
    before, after = hashes_of(mixed, split(mixed)), hashes_of(more, split(more))
    ash_and_cedar = {mixed.pixel_sha256[i] for i in [*range(20), 34, 35, 36]}
    for name in NAMES:
        assert before[name] & ash_and_cedar == after[name] & ash_and_cedar
    assert split(more).hash != split(mixed).hash


def lighter(image, by):
    return np.minimum(image, 215) + np.uint8(by)


def test_near_copies_always_stay_together(tiny_dataset):
    images = np.concatenate([tiny_dataset.images, np.uint8(0.85 * tiny_dataset.images)])
    doubled = Dataset(
        images, np.tile(tiny_dataset.labels, 2), tiny_dataset.class_names, tiny_dataset.names * 2, "doubled"
    )
    for seed in range(5):
        names = name_of(split(doubled, seed))
        assert [names[i] for i in range(30)] == [names[i + 30] for i in range(30)]


def test_a_group_larger_than_the_test_split_goes_to_training():
    birches = [noise("b", i) for i in range(10)]
    images = [noise("a", i) for i in range(10)] + [lighter(noise("a", 0), by) for by in range(1, 5)]
    for seed in range(10):
        names = name_of(split(dataset_of({"ash": images, "birch": birches}), seed))
        assert {names[i] for i in (0, 10, 11, 12, 13)} == {"training"}


def test_an_image_that_two_classes_hold_is_in_one_split_only():
    images = [noise("a", i) for i in range(10)]
    twice = dataset_of({"ash": images, "birch": [noise("b", i) for i in range(9)] + images[:1]})
    for seed in range(10):
        names = name_of(split(twice, seed))
        assert names[0] == names[19]


def test_an_image_of_two_classes_counts_for_the_first_whatever_the_order():
    images = [noise("a", i) for i in range(10)]
    twice = dataset_of({"ash": images, "birch": [noise("b", i) for i in range(9)] + images[:1]})
    for seed in range(10):
        assert split(twice.subset(range(19, -1, -1)), seed).hash == split(twice, seed).hash


def test_near_copies_queue_with_the_smallest_of_their_hashes():
    images = [noise("a", i) for i in range(10)] + [lighter(noise("a", 0), 9)]  # so 2 are held out
    copies = dataset_of({"ash": images, "birch": [noise("b", i) for i in range(3)]})
    shas = [*copies.pixel_sha256[1:10], min(copies.pixel_sha256[0], copies.pixel_sha256[10])]
    for seed in range(20):
        first = min(shas, key=lambda sha: hashlib.sha256(f"{seed}/{sha}".encode()).hexdigest())
        # Two places are free: for the pair if it comes first, else for two others.
        assert (name_of(split(copies, seed))[0] == "held_out") == (first == shas[-1])


@pytest.mark.parametrize("count", [1, 2])
def test_a_class_of_fewer_than_three_images_is_refused(count):
    message = (
        rf"test images: class birch has too few images to split \({count}\); expected at least 3 "
        "that are no near-copies of each other: add images or remove the class"
    )
    with pytest.raises(InputError, match=message):
        split(noise_classes(ash=10, birch=count))


def test_a_class_of_near_copies_only_is_refused():
    copies = [lighter(noise("b"), by) for by in range(6)]
    with pytest.raises(InputError, match=r"class birch has too few images to split \(6\)"):
        split(dataset_of({"ash": [noise("a", i) for i in range(10)], "birch": copies}))


def test_the_refusal_names_the_file_that_was_read(class_folders):
    for number in range(2, 10):
        (class_folders / "moss" / f"0000{number}.png").unlink()
    with pytest.raises(InputError, match=r"^tiny: class moss has too few images to split \(2\)"):
        split(load(class_folders))


def test_without_holdout_trains_on_every_image_of_any_class():
    lone = noise_classes(ash=4, birch=1)
    fixed = without_holdout(lone, seed=3)
    assert fixed.training.tolist() == [0, 1, 2, 3, 4]
    assert fixed.validation.tolist() == fixed.held_out.tolist() == []
    assert fixed.seed == 3
    assert fixed.hash != without_holdout(noise_classes(ash=4, birch=2)).hash


def test_a_saved_png_keeps_an_image_where_it_was(tmp_path, mixed):
    for name, image in zip(mixed.names, mixed.images, strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    assert split(load(tmp_path)).hash == split(mixed).hash


def test_the_contests_images_are_split_2106_452_452(contest_dataset):
    fixed = split(contest_dataset)
    assert [len(getattr(fixed, name)) for name in NAMES] == [2106, 452, 452]
    # 15 % of 158, 452, 438, 434, 451, 189, 456 and 432, rounded
    expected = [24, 68, 66, 65, 68, 28, 68, 65]
    assert np.bincount(contest_dataset.labels[fixed.held_out]).tolist() == expected
    assert np.bincount(contest_dataset.labels[fixed.validation]).tolist() == expected


def test_the_contests_near_copies_stay_together_under_any_seed(contest_dataset):
    pairs = [
        ("Species4/00314.jpg", "Species4/00416.jpg"),
        ("Species7/00006.jpg", "Species7/00291.jpg"),
        ("Species7/00508.jpg", "Species7/00531.jpg"),
    ]
    places = [tuple(map(contest_dataset.names.index, pair)) for pair in pairs]
    for seed in range(5):
        names = name_of(split(contest_dataset, seed))
        assert all(names[one] == names[other] for one, other in places)


def test_near_copies_are_looked_for_once_for_all_splits_of_a_dataset(tiny_dataset, monkeypatch):
    fresh, searches = dataclasses.replace(tiny_dataset), []
    search = fingerprints.near_duplicate_groups
    monkeypatch.setattr(
        fingerprints, "near_duplicate_groups", lambda *images: searches.append(1) or search(*images)
    )
    fixed = split(fresh)
    split_into_folds(fresh, fixed, 2)
    split(fresh, 1)
    assert len(searches) == 1
