"""Rare classes: weights of the loss, or more copies in an epoch. Of the training split only."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_class_weight

from plants.recipes.recipe import Recipe


def balanced_weights(labels: npt.NDArray[np.int64], num_classes: int) -> npt.NDArray[np.float64]:
    """scikit-learn's balanced class weights n / (k * n_c): (num_classes,), 0 for a missing class."""
    weights = np.zeros(num_classes)
    present = np.unique(labels)
    weights[present] = compute_class_weight("balanced", classes=present, y=labels)
    return weights


def own_weights(labels: npt.NDArray[np.int64], num_classes: int) -> npt.NDArray[np.float64]:
    """Square roots of the balanced weights, scaled to a mean of 1 over the images: (num_classes,).

    The root weighs rare classes up by less than their rarity (Mahajan et al. 2018, arXiv
    1805.00932, sample by it); the mean of 1 leaves the learning rate its meaning.
    """
    weights = np.sqrt(balanced_weights(labels, num_classes))
    return weights / weights[labels].mean()


def sample_weights(
    targets: npt.NDArray[np.float32], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Weight of each image from its label distribution (n, k): label . weights, (n,).

    Keras's class_weight takes the largest entry of a label alone, which is wrong for mixed ones.
    """
    return (targets @ weights).astype("float32")


def weighting(
    recipe: Recipe, labels: npt.NDArray[np.int64], num_classes: int
) -> Callable[[npt.NDArray[np.float32]], dict[str, Any]]:
    """How Keras's `train_on_batch` is to weigh images: from their targets (m, k) to its arguments."""
    if recipe.imbalance == "class-weight":
        weights = dict(enumerate(balanced_weights(labels, num_classes)))
        return lambda targets: {"class_weight": weights}
    if recipe.imbalance == "own-weight":
        own = own_weights(labels, num_classes)
        return lambda targets: {"sample_weight": sample_weights(targets, own)}
    return lambda targets: {}


def oversampled(labels: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Indices (m,) in which every class appears as often as the largest one.

    Every image is there; the copies that a class lacks are drawn without repeating one before
    all of the class have been drawn.
    """
    counts = np.bincount(labels)
    chosen = []
    for label in np.flatnonzero(counts):
        own, missing = np.flatnonzero(labels == label), counts.max() - counts[label]
        rounds = -(-missing // len(own))
        copies = [rng.permutation(own) for _ in range(rounds)]
        chosen.append(np.concatenate([own, *copies])[: counts.max()])
    return np.concatenate(chosen)
