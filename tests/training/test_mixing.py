"""MixUp and CutMix: labels are mixed as the pixels are."""

import numpy as np
import pytest

from plants.training import mixing


class Fixed:
    """A generator that draws what it was given."""

    def __init__(self, *, partner, share, centres=None, kind=0.0):
        self.partner, self.share, self.centres, self.kind = partner, share, centres, kind

    def random(self):
        return self.kind

    def permutation(self, n):
        return np.array(self.partner)

    def beta(self, a, b, n):
        assert (a, b, n) == (0.4, 0.4, len(self.share))
        return np.array(self.share)

    def uniform(self, low, high, shape):
        assert (low, high, shape) == (0, 96, (2, len(self.share)))
        return np.array(self.centres).T


def flat(*values, side=96):
    """One image of one value each, float32 (n, side, side, 3)."""
    return np.tile(np.array(values, "float32")[:, None, None, None], (1, side, side, 3))


def test_mixup_blends_images_and_labels_by_the_same_share():
    drawn = mixing.draw(Fixed(partner=[1, 0], share=[0.75, 0.5]), 2, "mixup", 0.4, side=96)
    mixed = mixing.apply_to_images(flat(100, 200), drawn)
    np.testing.assert_array_equal(mixed, flat(125, 150))  # 0.75 * 100 + 0.25 * 200; the mean
    labels = mixing.apply_to_labels(np.eye(2, dtype="float32"), drawn)
    np.testing.assert_array_equal(labels, [[0.75, 0.25], [0.5, 0.5]])


def test_cutmix_puts_a_box_of_the_second_image_into_the_first():
    # Half of the box's side is sqrt(1 - 0.75) * 96 / 2 = 24 pixels.
    rng = Fixed(partner=[1, 0], share=[0.75, 0.75], centres=[(48, 40), (24, 72)])
    drawn = mixing.draw(rng, 2, "cutmix", 0.4, side=96)
    np.testing.assert_array_equal(drawn.box, [[24, 72, 16, 64], [0, 48, 48, 96]])
    expected = flat(100, 200)
    expected[0, 24:72, 16:64], expected[1, 0:48, 48:96] = 200, 100
    np.testing.assert_array_equal(mixing.apply_to_images(flat(100, 200), drawn), expected)
    labels = mixing.apply_to_labels(np.eye(2, dtype="float32"), drawn)
    np.testing.assert_array_equal(labels, [[0.75, 0.25], [0.25, 0.75]])  # 48 * 48 of 96 * 96


def test_what_the_border_cuts_off_the_box_counts_for_the_first_image():
    rng = Fixed(partner=[1, 0], share=[0.75, 0.75], centres=[(48, 10), (0, 96)])
    drawn = mixing.draw(rng, 2, "cutmix", 0.4, side=96)
    np.testing.assert_array_equal(drawn.box, [[24, 72, 0, 34], [0, 24, 72, 96]])
    np.testing.assert_allclose(drawn.share, [1 - 48 * 34 / 9216, 1 - 24 * 24 / 9216])


@pytest.mark.parametrize("kind", ["mixup", "cutmix", "either"])
def test_a_mixed_label_says_how_much_of_each_image_there_is(kind):
    rng, n = np.random.default_rng(0), 8
    targets, images = np.eye(n, dtype="float32"), flat(*range(0, 10 * n, 10))
    for _ in range(10):
        drawn = mixing.draw(rng, n, kind, 1.0, side=96)
        labels = mixing.apply_to_labels(targets, drawn)
        mixed = mixing.apply_to_images(images, drawn)
        assert labels.dtype == mixed.dtype == np.float32
        np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
        np.testing.assert_allclose(
            mixed.mean(axis=(1, 2, 3)), labels @ (10 * np.arange(n)), rtol=1e-4, atol=1e-3
        )
    np.testing.assert_array_equal(images, flat(*range(0, 10 * n, 10)))  # never modified


@pytest.mark.parametrize("number, kind", [(0.0, "mixup"), (0.49, "mixup"), (0.5, "cutmix"), (0.99, "cutmix")])
def test_either_is_settled_once_for_the_batch(number, kind):
    def fixed():
        return Fixed(partner=[1, 0], share=[0.75, 0.5], centres=[(48, 48), (48, 48)], kind=number)

    either = mixing.draw(fixed(), 2, "either", 0.4, side=96)
    named = mixing.draw(fixed(), 2, kind, 0.4, side=96)
    assert (either.box is None) == (kind == "mixup")
    np.testing.assert_array_equal(either.share, named.share)
    np.testing.assert_array_equal(either.box, named.box)


def test_either_gives_both_about_alike():
    kinds = [mixing.draw(np.random.default_rng(seed), 4, "either", 1.0, side=96).box for seed in range(200)]
    assert 70 < sum(box is None for box in kinds) < 130
