"""How far the images of an epoch are changed at random: the recipe, the phase and the epoch say it."""

import dataclasses

import numpy as np
import numpy.typing as npt

from plants.recipes.recipe import Augmentation, Phase, Recipe
from plants.training import augment, mixing

Floats = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Variation:
    """What may happen to the images of an epoch and to their labels."""

    ranges: Augmentation
    mixing: str  # "none", "mixup", "cutmix", or "either" per batch
    mixing_alpha: float  # the share of the second image comes from Beta(alpha, alpha)
    mixing_share: float  # chance of a batch to be mixed


def of_epoch(recipe: Recipe, phase: Phase, epoch: int) -> Variation | None:
    """The changes of a phase's epoch, counted from 0; None where its images stay as they are."""
    if not phase.augmented:
        return None
    is_mixed = phase.mixed_epochs < 0 or epoch < phase.mixed_epochs
    return Variation(
        ranges=recipe.augmentation.scaled(phase.strength),
        mixing=recipe.mixing if is_mixed else "none",
        mixing_alpha=recipe.mixing_alpha,
        mixing_share=recipe.mixing_share,
    )


def vary(
    images: npt.NDArray[np.uint8] | Floats, targets: Floats, rng: np.random.Generator, variation: Variation
) -> tuple[Floats, Floats]:
    """A batch changed and mixed at random: images (m, side, side, 3) 0..255, targets (m, k).

    Neither is modified.
    """
    side = images.shape[1]
    changed = augment.apply(images, augment.draw(rng, len(images), variation.ranges, side=side))
    # A share of 1 takes no draw, so that recipes without one get the batches that they always got.
    left_out = variation.mixing_share < 1 and rng.random() >= variation.mixing_share
    if variation.mixing == "none" or left_out:
        return changed, targets
    mixed = mixing.draw(rng, len(images), variation.mixing, variation.mixing_alpha, side=side)
    return mixing.apply_to_images(changed, mixed), mixing.apply_to_labels(targets, mixed)
