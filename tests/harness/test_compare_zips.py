"""Paired comparison of two zips: figures by hand, flips by name, and what is called noise."""

import dataclasses

import numpy as np
from submissions import making

from plants.harness import compare_zips
from plants.harness.examples import Answered


def answered(answers, dataset=None, class_names=making.CLASS_NAMES):
    dataset = making.dataset() if dataset is None else dataset
    labels = np.array([class_names.index(name) for name in making.CLASS_NAMES])[dataset.labels]
    return Answered(dataset, labels, np.asarray(answers), class_names)


def right_but(*wrong):
    """The labels of the 30 test images, the next class instead for those in `wrong`."""
    answers = making.dataset().labels.copy()
    answers[list(wrong)] = (answers[list(wrong)] + 1) % 3
    return answers


def test_flips_name_image_class_and_both_answers():
    found = compare_zips.compare(answered(right_but(4)), answered(right_but(3)), "old.zip")
    assert (found.n, found.gained, found.lost, found.difference) == (30, 1, 1, 0.0)
    assert [dataclasses.astuple(flip) for flip in found.flips] == [
        ("Ash/00003.jpg", "Ash", "Ash", "Birch"),
        ("Birch/00004.jpg", "Birch", "Cedar", "Birch"),
    ]


def test_flip_between_two_wrong_answers_is_listed_but_neither_gained_nor_lost():
    other = right_but(4)
    other[4] = 0
    found = compare_zips.compare(answered(right_but(4)), answered(other), "old.zip")
    assert (found.gained, found.lost, found.p) == (0, 0, 1.0)
    assert [flip.image for flip in found.flips] == ["Birch/00004.jpg"]


def test_images_are_matched_by_pixels_and_classes_by_name():
    """The other zip was scored on 20 of the images in another order, and knows its classes in another."""
    chosen = making.dataset().subset(np.arange(29, 9, -1))
    names = ("Cedar", "Oak", "Ash", "Birch")
    answers = np.array([names.index(making.CLASS_NAMES[label]) for label in chosen.labels])
    found = compare_zips.compare(answered(right_but(0, 10)), answered(answers, chosen, names), "old.zip")
    assert (found.n, found.gained, found.lost) == (20, 0, 1)
    assert [flip.image for flip in found.flips] == ["Birch/00010.jpg"]


def test_zips_without_a_common_image_are_not_compared():
    dataset = making.dataset()
    ours = answered(np.zeros(10, int), dataset.subset(np.arange(10)))
    assert (
        compare_zips.compare(ours, answered(np.zeros(20, int), dataset.subset(np.arange(10, 30))), "b")
        is None
    )


def test_small_difference_is_called_noise_with_its_figures():
    found = compare_zips.compare(answered(right_but(0)), answered(right_but(0, 1, 2)), "old.zip")
    (fault,) = compare_zips.faults_of(found)
    # Two coins fall alike: p = 0.5. Wilson: 29 of 30 is 0.8333 to 0.9941, 27 of 30 is 0.7438 to 0.9654;
    # phi = (27 * 1 - 30 / 2) / sqrt(29 * 1 * 27 * 3) = 0.2476. Below 0.0667 reach
    # sqrt(0.1333^2 - 2 * 0.2476 * 0.1333 * 0.0654 + 0.0654^2) = 0.1332, above it
    # sqrt(0.0274^2 - 2 * 0.2476 * 0.0274 * 0.1562 + 0.1562^2) = 0.1517.
    assert (fault.code, fault.level) == ("CMP01", "warning")
    assert fault.message == (
        "+6.7 pp against old.zip, p=0.5: within noise "
        "(95 % CI -6.7..+21.8, 2 answers gained and 0 lost of 30)."
    )
    assert "within noise" in compare_zips.line(found)


def test_clear_gain_is_no_fault_and_the_same_loss_is_one():
    better, worse = answered(right_but()), answered(right_but(*range(6)))  # p = 2 / 64
    found = compare_zips.compare(better, worse, "old.zip")
    assert compare_zips.faults_of(found) == [] and not found.within_noise
    assert compare_zips.line(found).endswith("6 gained, 0 lost, p=0.031: more than noise")
    (fault,) = compare_zips.faults_of(compare_zips.compare(worse, better, "old.zip"))
    assert fault.message.startswith("-20.0 pp against old.zip, p=0.031: worse (95 % CI")
    assert fault.remedy == "Keep the other zip."


def test_record_is_plain_json():
    found = compare_zips.compare(answered(right_but(0)), answered(right_but(1)), "old.zip").to_dict()
    assert found["within_noise"] is True and isinstance(found["ci95"], list)
    assert found["flips"][0] == {
        "image": "Ash/00000.jpg",
        "label": "Ash",
        "answer": "Birch",
        "reference": "Ash",
    }


def test_interpreters_that_do_not_agree_are_named_with_how_many_answers():
    answers = {"3.11": np.array([0, 1, 2]), "3.9": np.array([0, 1, 2]), "3.8": np.array([0, 2, 1])}
    (found,) = compare_zips.between(answers)
    assert (found.code, found.message) == ("DET04", "2 of 3 answers flip between 3.11 and 3.8.")
    del answers["3.8"]
    assert compare_zips.between(answers) == []
