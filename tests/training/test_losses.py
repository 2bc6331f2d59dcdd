"""The loss of logits, adjusted for the classes' frequencies or not, worked out by hand."""

import dataclasses

import keras
import numpy as np
import pytest
from phase_runs import FROZEN, RECIPE, VALIDATION, colour_images, training

from plants.recipes.recipe import Augmentation
from plants.training import losses

LABELS = np.array([0, 0, 0, 1])  # shares 3/4 and 1/4


def loss_of(logits, targets, *, labels=LABELS, **changes):
    made = losses.of_recipe(dataclasses.replace(RECIPE, **changes), labels, 2)
    return float(made(np.array(targets, "float32"), np.array(logits, "float32")))


def test_log_frequencies_by_hand():
    np.testing.assert_allclose(losses.log_frequencies(LABELS, 2), np.log([0.75, 0.25]), rtol=1e-6)


def test_a_class_without_images_counts_as_one_of_them():
    found = losses.log_frequencies(LABELS, 3)
    np.testing.assert_allclose(found, np.log([3 / 5, 1 / 5, 1 / 5]), rtol=1e-6)


def test_without_an_adjustment_the_loss_is_kerass_own():
    assert type(losses.of_recipe(RECIPE, LABELS, 2)) is keras.losses.CategoricalCrossentropy
    assert loss_of([[np.log(3), 0]], [[1, 0]]) == pytest.approx(np.log(4 / 3))


@pytest.mark.parametrize(
    "tau, target, expected",
    [
        # Equal logits: with tau 1 the probabilities are the shares themselves, 3/4 and 1/4.
        (1.0, [1, 0], np.log(4 / 3)),
        (1.0, [0, 1], np.log(4)),
        # With tau 2 they are as 9 to 1.
        (2.0, [1, 0], np.log(10 / 9)),
        (2.0, [0, 1], np.log(10)),
        # With tau 1/2 as the root of 3 to 1.
        (0.5, [0, 1], np.log(1 + 3**0.5)),
        # A mixed label takes from both.
        (1.0, [0.5, 0.5], (np.log(4 / 3) + np.log(4)) / 2),
    ],
)
def test_the_adjusted_loss_of_equal_logits_is_that_of_the_shares(tau, target, expected):
    assert loss_of([[2.0, 2.0]], [target], logit_adjustment=tau) == pytest.approx(expected, rel=1e-5)


def test_logits_that_make_up_for_the_shares_lose_as_little_for_both_classes():
    # 1/3 of the frequent one: with the shares, both have a probability of 1/2.
    even = [[-np.log(3), 0.0]]
    for target in ([1, 0], [0, 1]):
        assert loss_of(even, [target], logit_adjustment=1.0) == pytest.approx(np.log(2), rel=1e-5)


def test_smoothed_labels_are_adjusted_too():
    # The label (1, 0) smoothed by 0.2 is (0.9, 0.1).
    expected = 0.9 * np.log(4 / 3) + 0.1 * np.log(4)
    found = loss_of([[0.0, 0.0]], [[1, 0]], logit_adjustment=1.0, label_smoothing=0.2)
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_training_with_it_learns_from_the_shares_of_its_own_training_images(tmp_path, tiny_nets):
    uneven = colour_images(20, seed=4).subset([*range(0, 20, 2), 1, 3])  # ten of one class, two of the other
    phase = dataclasses.replace(FROZEN, epochs=1, learning_rate=1e-12)
    still = dataclasses.replace(RECIPE, phases=(phase,), dropout=0.0, augmentation=Augmentation())
    shown = {}
    for tau in (0.0, 1.0):
        run = training(
            tmp_path / f"tau{tau}",
            dataclasses.replace(still, logit_adjustment=tau),
            datasets=(uneven, VALIDATION),
        )
        learner = run.prepare(phase)
        logits = learner.model.predict_on_batch(uneven.images.astype("float32"))
        run.run()
        shown[tau] = run.state.best
    added = np.log([10 / 12, 2 / 12])
    odds = np.exp(logits + added)
    by_hand = -np.log((odds / odds.sum(axis=1, keepdims=True))[np.arange(12), uneven.labels]).mean()
    assert shown[1.0]["loss"] == pytest.approx(by_hand, rel=1e-4)
    # What is measured on validation, and the accuracy of both, is of the logits as they are.
    assert shown[1.0]["validation_loss"] == pytest.approx(shown[0.0]["validation_loss"], rel=1e-6)
    assert shown[1.0]["accuracy"] == shown[0.0]["accuracy"]
