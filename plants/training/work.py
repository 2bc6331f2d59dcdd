"""Work of a training, as its progress and its outlook count it."""

from plants.recipes.recipe import Phase, Recipe
from plants.training import frozen_features

# Of an epoch with a frozen backbone, against one that trains it: going forward is about a third of
# going forward and back. Where only its norms learn, the gradients still go through all of it, but no
# convolution gets one of its own (estimated from multiply-adds).
FROZEN_COST, NORMS_COST = 0.35, 0.7


def epoch_work(phase: Phase, n: int) -> float:
    """Work of an epoch of n images, in pixels that go forward and back through the backbone."""
    if frozen_features.are_fixed(phase):  # the backbone has no part in its epochs
        return 0.0
    share = {"none": FROZEN_COST, "norms": NORMS_COST}.get(phase.trainable, 1.0)
    return share * phase.image_size**2 * n


def features_work(phase: Phase, n: int) -> float:
    """Work before a phase's epochs: n images once through the backbone, if their features are fixed."""
    return FROZEN_COST * phase.image_size**2 * n if frozen_features.are_fixed(phase) else 0.0


def work(recipe: Recipe, n: int) -> float:
    """Work of all phases on n images, if none ends early."""
    return sum(features_work(phase, n) + epoch_work(phase, n) * phase.epochs for phase in recipe.phases)
