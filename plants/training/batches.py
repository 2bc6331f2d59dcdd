"""Batches of augmented images and one-hot labels, the same ones for the same seed."""

import numpy as np

from plants.pixels import pad
from plants.training import augment, imbalance, mixing


def epoch_rng(seed, phase, epoch):
    """The generator of one epoch: it depends on nothing before it, so a resumed run repeats it."""
    return np.random.default_rng([seed, phase, epoch])


def num_batches(n, batch_size):
    """Batches an epoch: as few as keep each at `batch_size` or below."""
    return -(-n // batch_size)


def epoch_size(labels, recipe):
    """Images of one epoch: each one once, or as many as oversampling makes of them."""
    counts = np.bincount(labels)
    return np.count_nonzero(counts) * counts.max() if recipe.imbalance == "oversampling" else len(labels)


def one_hot(labels, num_classes):
    """(n, num_classes) float32 from labels (n,)."""
    return np.eye(num_classes, dtype="float32")[labels]


def augmented(images, labels, rng, *, recipe, num_classes, canvas=None):
    """Yields (images float32 0..255, targets (m, num_classes)) batches of one shuffled epoch.

    With `canvas` the images are padded to that side first, so the changes act on the padded ones.
    The sizes of the batches differ by one at most: a last batch of a few images would upset
    the batch statistics of BatchNormalization.
    """
    order = np.arange(len(images))
    if recipe.imbalance == "oversampling":
        order = imbalance.oversampled(labels, rng)
    order = rng.permutation(order)
    targets = one_hot(labels, num_classes)
    side = canvas or images.shape[1]
    for chosen in np.array_split(order, num_batches(len(order), recipe.batch_size)):
        drawn = augment.draw(rng, len(chosen), recipe.augmentation, side=side)
        batch = augment.apply(pad(images[chosen], side), drawn)
        wanted = targets[chosen]
        if recipe.mixing != "none":
            mixed = mixing.draw(rng, len(chosen), recipe.mixing, recipe.mixing_alpha, side=side)
            batch, wanted = mixing.apply_to_images(batch, mixed), mixing.apply_to_labels(wanted, mixed)
        yield batch, wanted
