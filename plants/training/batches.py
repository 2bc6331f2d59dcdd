"""Batches of augmented images and one-hot labels, the same ones for the same seed."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from plants.pixels import pad
from plants.recipes.recipe import Recipe
from plants.training import imbalance
from plants.training.variation import Variation, vary


def epoch_rng(seed: int, phase: int, epoch: int) -> np.random.Generator:
    """The generator of one epoch: it depends on nothing before it, so a resumed run repeats it."""
    return np.random.default_rng([seed, phase, epoch])


def num_batches(n: int, batch_size: int) -> int:
    """Batches an epoch: as few as keep each at `batch_size` or below."""
    return -(-n // batch_size)


def epoch_size(labels: npt.NDArray[np.int64], recipe: Recipe) -> int:
    """Images of one epoch: each one once, or as many as oversampling makes of them."""
    counts = np.bincount(labels)
    if recipe.imbalance != "oversampling":
        return len(labels)
    return int(np.count_nonzero(counts) * counts.max())


def one_hot(labels: npt.NDArray[np.int64], num_classes: int) -> npt.NDArray[np.float32]:
    """(n, num_classes) from labels (n,)."""
    return np.eye(num_classes, dtype="float32")[labels]


Inputs = npt.NDArray[np.uint8] | npt.NDArray[np.float32]  # images (n, side, side, 3), or features (n, d)
Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]  # images 0..255, targets (m, num_classes)


def ahead(batches: Iterator[Batch]) -> Generator[Batch, None, None]:
    """The same batches, each made in a thread while the one before it is learned from."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = maker.submit(next, batches, None)
            yield batch


def of_epoch(
    inputs: Inputs,
    labels: npt.NDArray[np.int64],
    rng: np.random.Generator,
    *,
    recipe: Recipe,
    num_classes: int,
    canvas: int | None = None,
    variation: Variation | None = None,
) -> Iterator[Batch]:
    """Yields batches of one shuffled epoch: images 0..255, targets (m, num_classes), changed by `variation`.

    With `canvas` the images are padded to that side first, so the changes act on the padded ones; features,
    for which it is their number, stay as they are. The sizes of the batches differ by one at most: a last
    batch of a few images would upset the batch statistics of BatchNormalization.
    """
    targets = one_hot(labels, num_classes)
    side = canvas or inputs.shape[1]
    for chosen in _shuffled(labels, rng, recipe):
        batch, wanted = pad(inputs[chosen], side), targets[chosen]
        yield vary(batch, wanted, rng, variation) if variation else (batch.astype("float32"), wanted)


def _shuffled(
    labels: npt.NDArray[np.int64], rng: np.random.Generator, recipe: Recipe
) -> list[npt.NDArray[np.int64]]:
    """The indices of each batch of an epoch."""
    order = np.arange(len(labels))
    if recipe.imbalance == "oversampling":
        order = imbalance.oversampled(labels, rng)
    order = rng.permutation(order)
    return np.array_split(order, num_batches(len(order), recipe.batch_size))
