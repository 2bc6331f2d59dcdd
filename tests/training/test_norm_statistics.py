"""Statistics of norms, found anew from batches, worked out by hand."""

import keras
import numpy as np
import pytest

from plants.nets.batch_norm import batch_normalization
from plants.training import norm_statistics

# Means 2 and 7, variances 1 and 4, so on average 4.5 and 2.5.
BATCHES = [np.array([[1.0], [3.0]], "float32"), np.array([[5.0], [9.0]], "float32")]


def normed(norm, *, shape=(1,)):
    inputs = keras.Input(shape)
    return keras.Model(inputs, norm(inputs))


def statistics(norm):
    return [norm.moving_mean.numpy().item(), norm.moving_variance.numpy().item()]


def test_they_are_the_means_over_the_batches_whatever_was_there_before():
    norm = keras.layers.BatchNormalization(momentum=0.99)
    model = normed(norm)
    norm.moving_mean.assign([100.0])
    norm_statistics.find(model, iter(BATCHES))
    assert statistics(norm) == pytest.approx([4.5, 2.5])
    assert norm.momentum == 0.99


def test_each_of_three_batches_weighs_a_third():
    norm = keras.layers.BatchNormalization()
    third = np.array([[0.0], [0.0]], "float32")  # mean 0, variance 0
    norm_statistics.find(normed(norm), [*BATCHES, third])
    assert statistics(norm) == pytest.approx([9 / 3, 5 / 3])


def test_the_norm_of_our_nets_and_one_within_a_backbone_get_them_too():
    norm = batch_normalization(momentum=0.97, epsilon=1e-3, name="norm")
    body = normed(norm, shape=(1, 1, 1))
    images = keras.Input((1, 1, 1))
    maps = [batch.reshape(2, 1, 1, 1) for batch in BATCHES]
    norm_statistics.find(keras.Model(images, body(images)), maps)
    assert statistics(norm) == pytest.approx([4.5, 2.5], rel=1e-5)


def test_a_frozen_norm_keeps_its_own_and_costs_no_pass():
    norm = keras.layers.BatchNormalization()
    model = normed(norm)
    norm.trainable = False

    def none():
        raise AssertionError("a batch is asked for")
        yield

    norm_statistics.find(model, none())
    assert statistics(norm) == [0.0, 1.0]


def test_a_stop_in_between_leaves_the_momentum_as_it_was():
    norm = keras.layers.BatchNormalization(momentum=0.97)

    def stopped():
        yield BATCHES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        norm_statistics.find(normed(norm), stopped())
    assert norm.momentum == 0.97
