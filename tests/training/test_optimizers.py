"""What of a net learns in a phase: none, all, or the last layers of the backbone."""

import dataclasses

import keras
import numpy as np
import pytest

from plants.errors import InputError
from plants.recipes.recipe import Phase
from plants.training import optimizers

PHASE = Phase("tuned", 1, 0.1, 32, batch_norm="frozen")
LAYERS = ["first", "first_norm", "second", "second_norm", "third"]  # those with weights


def net():
    """A backbone of three convolutions and two norms, with layers between that hold no weights."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(3, 1, name="first")(inputs)
    x = keras.layers.Activation("swish")(keras.layers.BatchNormalization(name="first_norm")(x))
    x = keras.layers.Conv2D(3, 1, name="second")(x)
    x = keras.layers.Activation("swish")(keras.layers.BatchNormalization(name="second_norm")(x))
    x = keras.layers.Activation("swish")(keras.layers.Conv2D(3, 1, name="third")(x))
    body = keras.Model(inputs, x, name="backbone")
    images = keras.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(body(images))
    hidden = keras.layers.Dense(4, activation="swish", name="hidden0")(pooled)
    return keras.Model(images, keras.layers.Dense(2, name="logits")(hidden))


def learned_in(made, phase):
    """Names of the layers, of backbone and head, whose weights a step of the phase changes."""
    optimizers.set_trainable(made, phase)
    made.compile(keras.optimizers.SGD(0.5), keras.losses.CategoricalCrossentropy(from_logits=True))
    layers = [*made.get_layer("backbone").layers, *made.layers]
    layers = [layer for layer in layers if layer.weights and layer.name != "backbone"]
    before = [layer.get_weights() for layer in layers]
    images = np.random.default_rng(0).uniform(0, 1, (6, 8, 8, 3)).astype("float32")
    made.train_on_batch(images, np.eye(2)[[0, 1] * 3])
    return {
        layer.name
        for layer, old in zip(layers, before, strict=True)
        if any((a != b).any() for a, b in zip(old, layer.get_weights(), strict=True))
    }


@pytest.mark.parametrize(
    "trainable, learning",
    [
        ("none", []),
        ("last-1", ["third"]),
        ("last-2", ["third"]),  # the second is a norm, and norms are frozen
        ("last-3", ["second", "third"]),
        ("last-5", ["first", "second", "third"]),
        ("all", ["first", "second", "third"]),
    ],
)
def test_the_last_layers_with_weights_learn_and_the_head_always_does(trainable, learning):
    phase = dataclasses.replace(PHASE, trainable=trainable)
    assert learned_in(net(), phase) == {*learning, "hidden0", "logits"}


def test_norms_among_the_last_layers_learn_where_they_are_trained():
    phase = dataclasses.replace(PHASE, trainable="last-2", batch_norm="trained")
    assert learned_in(net(), phase) == {"second_norm", "third", "hidden0", "logits"}


def test_a_later_phase_thaws_what_an_earlier_one_froze():
    made = net()
    assert learned_in(made, dataclasses.replace(PHASE, trainable="none")) == {"hidden0", "logits"}
    everything = dataclasses.replace(PHASE, batch_norm="trained")
    assert learned_in(made, everything) == {*LAYERS, "hidden0", "logits"}


def test_more_layers_than_there_are_is_bad_input():
    message = (
        "^Phase field 'trainable': got 'last-6', but the backbone has 5 layers with weights; "
        "name at most last-5, or all$"
    )
    with pytest.raises(InputError, match=message):
        optimizers.set_trainable(net(), dataclasses.replace(PHASE, trainable="last-6"))
