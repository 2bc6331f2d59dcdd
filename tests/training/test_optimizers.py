"""What of a net learns in a phase, how fast, and what of it decays."""

import dataclasses

import keras
import numpy as np
import pytest
from tiny_recipe import RECIPE

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


def learn(made, phase):
    """One step of the phase on six images."""
    optimizers.set_trainable(made, phase)
    made.compile(keras.optimizers.SGD(0.5), keras.losses.CategoricalCrossentropy(from_logits=True))
    images = np.random.default_rng(0).uniform(0, 1, (6, 8, 8, 3)).astype("float32")
    made.train_on_batch(images, np.eye(2)[[0, 1] * 3])


def learned_in(made, phase):
    """Names of the layers, of backbone and head, whose weights a step of the phase changes."""
    layers = [*made.get_layer("backbone").layers, *made.layers]
    layers = [layer for layer in layers if layer.weights and layer.name != "backbone"]
    before = [layer.get_weights() for layer in layers]
    learn(made, phase)
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


NORMS = dataclasses.replace(PHASE, trainable="norms", batch_norm="trained")


def test_where_norms_learn_no_convolution_does_and_the_head_does():
    assert learned_in(net(), NORMS) == {"first_norm", "second_norm", "hidden0", "logits"}


def test_of_the_norms_scale_and_shift_and_statistics_change():
    made = net()
    norm = made.get_layer("backbone").get_layer("first_norm")
    before = norm.get_weights()
    learn(made, NORMS)
    # gamma, beta, moving mean and moving variance, in this order
    assert [(old != new).any() for old, new in zip(before, norm.get_weights(), strict=True)] == [True] * 4


def test_a_layer_normalization_is_a_norm_too():
    body = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.LayerNormalization()])
    (norm,) = optimizers.learning_layers(body, NORMS)
    assert isinstance(norm, keras.layers.LayerNormalization)


def test_norms_of_a_backbone_without_any_are_bad_input():
    body = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    message = "^Phase field 'trainable': got 'norms', but the backbone has no normalization: name another"
    with pytest.raises(InputError, match=message):
        optimizers.learning_layers(body, NORMS)


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


@pytest.mark.parametrize("batch_norm, follow", [("frozen", False), ("trained", True)])
def test_moving_statistics_follow_only_where_the_norms_are_trained(batch_norm, follow):
    made = net()
    norm = made.get_layer("backbone").get_layer("first_norm")
    before = norm.get_weights()[2:]  # moving mean, moving variance
    learn(made, dataclasses.replace(PHASE, batch_norm=batch_norm))
    assert [(old != new).any() for old, new in zip(before, norm.get_weights()[2:], strict=True)] == [
        follow
    ] * 2


# 3 epochs of 4 steps: 4 steps of warm-up to 0.01, then a half cosine over 8 steps
COSINE = Phase("all", 3, 0.01, 32, optimizer="adamw", weight_decay=0.01, schedule="cosine", warmup_epochs=1.0)


@pytest.mark.parametrize("step, expected", [(0, 0.0), (2, 0.005), (4, 0.01), (8, 0.005), (12, 0.0)])
def test_learning_rate_warms_up_linearly_then_falls_on_a_half_cosine(step, expected):
    assert float(optimizers.learning_rate(COSINE, 4)(step)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("step, expected", [(0, 0.0), (2, 0.005), (4, 0.01), (11, 0.01)])
def test_a_constant_learning_rate_stays_after_the_warm_up(step, expected):
    constant = dataclasses.replace(COSINE, schedule="constant")
    assert float(optimizers.learning_rate(constant, 4)(step)) == pytest.approx(expected, abs=1e-9)


def test_weight_decay_spares_norms_and_biases():
    variables = net().trainable_variables
    made = optimizers.optimizer(COSINE, RECIPE, 4)
    made.build(variables)
    decayed = {variable.path.split("/")[-1] for variable in variables if made._use_weight_decay(variable)}
    assert decayed == {"kernel"}
