"""How far the images of an epoch are changed: by recipe, phase and epoch, worked out by hand."""

import dataclasses

import numpy as np
import pytest

from plants.recipes.recipe import Augmentation, Phase, Recipe
from plants.training import augment, batches, mixing, variation

PHASE = Phase("only", 4, 1e-3, 96)
RANGES = Augmentation(zoom_in=0.2, rotation=30.0, flips="both", quarter_turns=True, brightness=0.1, noise=4.0)
RECIPE = Recipe("tiny", "for tests", 1.0, (PHASE,), image_size=96, augmentation=RANGES)
PLAIN = variation.Variation(RANGES, "none", 1.0, 1.0)


def of(epoch=0, *, phase=PHASE, **changes):
    return variation.of_epoch(dataclasses.replace(RECIPE, **changes), phase, epoch)


def test_without_more_said_a_phase_has_the_recipes_own_changes_in_all_epochs():
    assert [of(epoch) for epoch in range(4)] == [PLAIN] * 4
    assert of(3, mixing="mixup", mixing_alpha=0.4).mixing == "mixup"
    assert of(3, mixing="mixup", mixing_alpha=0.4).mixing_alpha == 0.4


def test_a_phase_that_does_not_augment_has_none():
    assert of(phase=dataclasses.replace(PHASE, augmented=False)) is None


@pytest.mark.parametrize(
    "strength, zoom_in, rotation, brightness, noise",
    [(0.0, 0.0, 0.0, 0.0, 0.0), (0.5, 0.1, 15.0, 0.05, 2.0), (2.0, 0.4, 60.0, 0.2, 8.0)],
)
def test_strength_widens_every_range_and_leaves_flips_and_turns(
    strength, zoom_in, rotation, brightness, noise
):
    ranges = of(phase=dataclasses.replace(PHASE, strength=strength)).ranges
    expected = dict(zoom_in=zoom_in, rotation=rotation, brightness=brightness, noise=noise)
    assert ranges == Augmentation(flips="both", quarter_turns=True, **expected)


def test_every_range_of_the_augmentation_is_widened():
    ranges = {name: 0.25 for name in Augmentation().ranges}
    assert len(ranges) == 10  # all fields but flips and quarter turns
    assert Augmentation(**ranges).scaled(0.5).ranges == {name: 0.125 for name in ranges}


@pytest.mark.parametrize(
    "mixed_epochs, kinds",
    [
        (-1, ["cutmix", "cutmix", "cutmix", "cutmix"]),
        (3, ["cutmix", "cutmix", "cutmix", "none"]),
        (1, ["cutmix", "none", "none", "none"]),
        (0, ["none", "none", "none", "none"]),
    ],
)
def test_mixing_ends_after_so_many_epochs_of_the_phase(mixed_epochs, kinds):
    phase = dataclasses.replace(PHASE, mixed_epochs=mixed_epochs)
    # Another phase mixes as well, so that no epochs of this one are a setting too.
    changes = {"phases": (phase, PHASE), "mixing": "cutmix"}
    assert [of(epoch, phase=phase, **changes).mixing for epoch in range(4)] == kinds


def flat(n=2):
    """n images of one value each, and their targets."""
    images = np.tile(np.arange(0, 100 * n, 100, dtype="uint8")[:, None, None, None], (1, 8, 8, 3))
    return images, np.eye(n, dtype="float32")


@pytest.mark.parametrize("share, mixed", [(1.0, 300), (0.5, 150), (0.1, 30)])
def test_about_the_share_of_the_batches_is_mixed(share, mixed):
    varied = variation.Variation(Augmentation(), "mixup", 1.0, share)
    counted = 0
    for seed in range(300):
        images, targets = variation.vary(*flat(), np.random.default_rng(seed), varied)
        is_mixed = bool((targets != np.eye(2)).any())
        # Where the partner is the image itself nothing shows: that is so in half of the batches of two.
        counted += is_mixed
        np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), targets @ [0, 100], atol=1e-4)
    assert counted == pytest.approx(mixed / 2, abs=25)


class Drawn:
    """A generator whose next number between 0 and 1 is known; all else is drawn."""

    def __init__(self, number):
        self.number, self.rng = number, np.random.default_rng(0)

    def random(self, *size):
        return self.rng.random(*size) if size else self.number

    def __getattr__(self, name):
        return getattr(self.rng, name)


@pytest.mark.parametrize("number, mixed", [(0.0, True), (0.49, True), (0.5, False), (0.99, False)])
def test_a_batch_is_mixed_whole_or_not_at_all(monkeypatch, number, mixed):
    asked = []
    monkeypatch.setattr(mixing, "draw", lambda *args, **given: asked.append(1) or identity_mix())
    varied = variation.Variation(Augmentation(), "mixup", 1.0, 0.5)
    variation.vary(*flat(), Drawn(number), varied)
    assert bool(asked) is mixed


def identity_mix():
    return mixing.MixDraw(np.arange(2), np.ones(2), None)


def test_with_a_share_of_one_the_batches_are_those_drawn_without_one():
    # The recipes before there was a share drew the augmentation, then the mixing, and nothing between.
    rng = batches.epoch_rng(0, 0, 0)
    images, targets = flat()
    changed = augment.apply(images, augment.draw(rng, 2, RANGES, side=8))
    mixed = mixing.draw(rng, 2, "either", 0.4, side=8)
    by_hand = mixing.apply_to_images(changed, mixed), mixing.apply_to_labels(targets, mixed)
    varied = variation.Variation(RANGES, "either", 0.4, 1.0)
    for one, other in zip(
        variation.vary(images, targets, batches.epoch_rng(0, 0, 0), varied), by_hand, strict=True
    ):
        np.testing.assert_array_equal(one, other)
