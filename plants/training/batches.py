"""Batches of augmented images and one-hot labels, the same ones for the same seed."""

import numpy as np

from plants.training import augment


def epoch_rng(seed, phase, epoch):
    """The generator of one epoch: it depends on nothing before it, so a resumed run repeats it."""
    return np.random.default_rng([seed, phase, epoch])


def num_batches(n, batch_size):
    """Batches an epoch: as few as keep each at `batch_size` or below."""
    return -(-n // batch_size)


def one_hot(labels, num_classes):
    """(n, num_classes) float32 from labels (n,)."""
    return np.eye(num_classes, dtype="float32")[labels]


def augmented(images, targets, rng, *, ranges, batch_size):
    """Yields (images float32 0..255, targets) batches of one shuffled epoch.

    The sizes of the batches differ by one at most: a last batch of a few images would upset
    the batch statistics of BatchNormalization.
    """
    order = rng.permutation(len(images))
    for chosen in np.array_split(order, num_batches(len(images), batch_size)):
        drawn = augment.draw(rng, len(chosen), ranges, side=images.shape[1])
        yield augment.apply(images[chosen], drawn), targets[chosen]
