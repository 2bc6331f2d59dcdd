"""Weights and copies for rare classes."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from plants.training import imbalance

LABELS = np.repeat([0, 1, 2], [6, 3, 1])


def test_balanced_weights_are_scikit_learns():
    weights = imbalance.balanced_weights(LABELS, 3)
    np.testing.assert_allclose(weights, [10 / 18, 10 / 9, 10 / 3])  # n / (k * n_c)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_array_equal(weights, expected)


def test_a_class_without_images_weighs_nothing():
    np.testing.assert_allclose(imbalance.balanced_weights(np.array([0, 2, 2]), 4), [3 / 2, 0, 3 / 4, 0])


def test_own_weights_are_square_roots_with_a_mean_of_1_over_the_images():
    weights = imbalance.own_weights(LABELS, 3)
    # The roots of 5/9, 10/9 and 30/9 stand as 1 : sqrt 2 : sqrt 6.
    np.testing.assert_allclose(weights / weights[0], [1, 2**0.5, 6**0.5])
    assert weights[LABELS].mean() == pytest.approx(1)
    # 10 / (6 + 3 sqrt 2 + sqrt 6)
    assert weights[0] == pytest.approx(10 / (6 + 3 * 2**0.5 + 6**0.5))


def test_a_mixed_label_weighs_by_all_of_its_classes_not_the_largest_alone():
    targets = np.array([[0.6, 0.4, 0], [0, 0, 1], [0.5, 0.25, 0.25]], "float32")
    weighed = imbalance.sample_weights(targets, np.array([1.0, 2.0, 4.0]))
    assert weighed.dtype == np.float32
    # Their largest entries alone would give 1, 4 and 1.
    np.testing.assert_allclose(weighed, [0.6 + 0.8, 4, 0.5 + 0.5 + 1])


def test_every_class_is_drawn_as_often_as_the_largest():
    chosen = imbalance.oversampled(LABELS, np.random.default_rng(0))
    assert np.bincount(LABELS[chosen]).tolist() == [6, 6, 6]
    # Each of the largest once, each of three twice, the only one six times.
    assert np.bincount(chosen).tolist() == [1] * 6 + [2] * 3 + [6]


@pytest.mark.parametrize("seed", range(5))
def test_no_image_is_copied_again_before_all_of_its_class_are(seed):
    labels = np.repeat([0, 1], [8, 3])
    counts = np.bincount(imbalance.oversampled(labels, np.random.default_rng(seed)))[8:]
    assert sorted(counts) == [2, 3, 3]  # 8 places for 3 images


def test_which_images_are_copied_changes_with_the_generator():
    labels = np.repeat([0, 1], [8, 3])
    drawn = {tuple(np.bincount(imbalance.oversampled(labels, np.random.default_rng(s)))) for s in range(20)}
    assert len(drawn) == 3


def test_a_class_without_images_stays_without():
    chosen = imbalance.oversampled(np.array([0, 2, 2]), np.random.default_rng(0))
    assert sorted(chosen) == [0, 0, 1, 2]
