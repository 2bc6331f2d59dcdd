"""Paired comparison of two zips: figures by hand, flips by name, and what is called noise."""

import dataclasses

import numpy as np
import pytest
from submissions import making

from plants.harness import comparison
from plants.harness.answered import Answered


def answered(answers, dataset=None, class_names=making.CLASS_NAMES):
    dataset = making.dataset() if dataset is None else dataset
    labels = np.array([class_names.index(name) for name in making.CLASS_NAMES])[dataset.labels]
    return Answered(dataset, labels, np.asarray(answers), class_names)


def right_but(*wrong):
    """The labels of the 30 test images, the next class instead for those in `wrong`."""
    answers = making.dataset().labels.copy()
    answers[list(wrong)] = (answers[list(wrong)] + 1) % 3
    return answers


@pytest.mark.parametrize(
    "gained, lost, p",
    [
        (0, 0, 1.0),
        (3, 3, 1.0),
        (5, 0, 2 / 32),  # both tails of five coins that fall alike
        (0, 6, 2 / 64),
        (7, 1, 2 * (1 + 8) / 256),
    ],
)
def test_p_is_that_of_coins_thrown_for_the_flips(gained, lost, p):
    assert comparison.mcnemar(gained, lost) == pytest.approx(p)


def test_interval_is_bonett_and_prices():
    # n = 98, 9 gained, 3 lost: up 10/100, down 4/100; 0.06 +- 1.959964 sqrt((0.14 - 0.0036) / 100).
    assert comparison.interval(9, 3, 98) == pytest.approx((0.06 - 0.0723869, 0.06 + 0.0723869), abs=1e-6)


def test_interval_without_flips_is_no_point():
    # up = down = 1/100: +- 1.959964 sqrt(0.02 / 100).
    assert comparison.interval(0, 0, 98) == pytest.approx((-0.0277181, 0.0277181), abs=1e-6)


def test_flips_name_image_class_and_both_answers():
    found = comparison.compare(answered(right_but(4)), answered(right_but(3)), "old.zip")
    assert (found.n, found.gained, found.lost, found.difference) == (30, 1, 1, 0.0)
    assert [dataclasses.astuple(flip) for flip in found.flips] == [
        ("Ash/00003.jpg", "Ash", "Ash", "Birch"),
        ("Birch/00004.jpg", "Birch", "Cedar", "Birch"),
    ]


def test_flip_between_two_wrong_answers_is_listed_but_neither_gained_nor_lost():
    other = right_but(4)
    other[4] = 0
    found = comparison.compare(answered(right_but(4)), answered(other), "old.zip")
    assert (found.gained, found.lost, found.p) == (0, 0, 1.0)
    assert [flip.image for flip in found.flips] == ["Birch/00004.jpg"]


def test_images_are_matched_by_pixels_and_classes_by_name():
    """The other zip was scored on 20 of the images in another order, and knows its classes in another."""
    chosen = making.dataset().subset(np.arange(29, 9, -1))
    names = ("Cedar", "Oak", "Ash", "Birch")
    answers = np.array([names.index(making.CLASS_NAMES[label]) for label in chosen.labels])
    found = comparison.compare(answered(right_but(0, 10)), answered(answers, chosen, names), "old.zip")
    assert (found.n, found.gained, found.lost) == (20, 0, 1)
    assert [flip.image for flip in found.flips] == ["Birch/00010.jpg"]


def test_zips_without_a_common_image_are_not_compared():
    dataset = making.dataset()
    ours = answered(np.zeros(10, int), dataset.subset(np.arange(10)))
    assert (
        comparison.compare(ours, answered(np.zeros(20, int), dataset.subset(np.arange(10, 30))), "b") is None
    )


def test_small_difference_is_called_noise_with_its_figures():
    found = comparison.compare(answered(right_but(0)), answered(right_but(0, 1, 2)), "old.zip")
    (fault,) = comparison.faults_of(found)
    # Two coins fall alike: p = 0.5. up 3/32, down 1/32: 6.25 pp +- 1.959964 sqrt(0.12109 / 32).
    assert (fault.code, fault.level) == ("CMP01", "warning")
    assert fault.message == (
        "+6.7 pp against old.zip, p=0.5: within noise "
        "(95 % CI -5.8..+18.3, 2 answers gained and 0 lost of 30)."
    )
    assert "within noise" in comparison.line(found)


def test_clear_gain_is_no_fault_and_the_same_loss_is_one():
    better, worse = answered(right_but()), answered(right_but(*range(6)))  # p = 2 / 64
    found = comparison.compare(better, worse, "old.zip")
    assert comparison.faults_of(found) == [] and not found.within_noise
    assert comparison.line(found).endswith("6 gained, 0 lost, p=0.031: more than noise")
    (fault,) = comparison.faults_of(comparison.compare(worse, better, "old.zip"))
    assert fault.message.startswith("-20.0 pp against old.zip, p=0.031: worse (95 % CI")
    assert fault.remedy == "Keep the other zip."


def test_record_is_plain_json():
    found = comparison.compare(answered(right_but(0)), answered(right_but(1)), "old.zip").to_dict()
    assert found["within_noise"] is True and isinstance(found["ci95"], list)
    assert found["flips"][0] == {
        "image": "Ash/00000.jpg",
        "label": "Ash",
        "answer": "Birch",
        "reference": "Ash",
    }


def test_interpreters_that_do_not_agree_are_named_with_how_many_answers():
    answers = {"3.11": np.array([0, 1, 2]), "3.9": np.array([0, 1, 2]), "3.8": np.array([0, 2, 1])}
    (found,) = comparison.between(answers)
    assert (found.code, found.message) == ("DET04", "2 of 3 answers flip between 3.11 and 3.8.")
    del answers["3.8"]
    assert comparison.between(answers) == []
