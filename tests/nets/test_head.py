"""Between the backbone's maps and the logits: pooling, noise, dropout, hidden layers."""

import dataclasses

import keras
import numpy as np
import pytest

from plants.nets import backbones, build
from plants.recipes.recipe import Dense, Phase, Recipe

RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 96),), image_size=96, weights="none")
EPSILON = 1e-3  # BatchNormalization adds it to the variance


@pytest.fixture(autouse=True)
def bare_backbone(monkeypatch):
    """A backbone whose maps are the image itself, 0..1, in 3 by 3 tiles."""

    def make(recipe, image_size):
        images = keras.Input((image_size, image_size, 3))
        tiles = keras.layers.AveragePooling2D(image_size // 3)(images / 255.0)
        return keras.Model(images, tiles, name="backbone")

    monkeypatch.setattr(backbones, "make", make)


def built(**changes):
    return build.build(dataclasses.replace(RECIPE, **changes), 2, input_side=96)


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def head_of(net):
    """Names of the layers after the backbone."""
    names = [layer.name for layer in net.layers]
    return names[names.index("backbone") + 1 :]


def photo(*colour):
    """One (1, 96, 96, 3) image of one colour, given in shares of 255."""
    return np.full((1, 96, 96, 3), 255 * np.array(colour), "float32")


def test_without_any_settings_the_pooled_features_go_to_the_logits():
    net = built()
    assert head_of(net) == ["pool", "logits"]
    net.get_layer("logits").set_weights([np.array([[1, 0], [0, 2], [4, 0]]), np.array([0, 1])])
    np.testing.assert_allclose(numpy(net(photo(0.5, 0.25, 1))), [[4.5, 1.5]], rtol=1e-5)


def test_the_layers_come_in_the_order_the_recipe_says():
    head = (
        Dense(5, batch_norm=True, dropout=0.4),
        Dense(4, activation="gelu", dropout=0.3),
        Dense(3, batch_norm=True),
    )
    net = built(feature_noise=0.1, dropout=0.2, head=head)
    assert head_of(net) == [
        *("pool", "noise", "dropout"),
        *("hidden0", "hidden0_norm", "hidden0_activation", "hidden0_dropout"),
        *("hidden1", "hidden1_activation", "hidden1_dropout"),
        *("hidden2", "hidden2_norm", "hidden2_activation"),
        "logits",
    ]
    assert [net.get_layer(f"hidden{index}").units for index in range(3)] == [5, 4, 3]
    rates = [net.get_layer(name).rate for name in ("dropout", "hidden0_dropout", "hidden1_dropout")]
    assert rates == [0.2, 0.4, 0.3]
    assert net.get_layer("noise").stddev == 0.1


def test_the_final_model_of_the_report_has_its_three_dense_layers():
    from plants.recipes import catalog

    head = catalog.by_name("efficientnetv2l").head
    assert [layer.units for layer in head] == [512, 256, 128]
    assert {(layer.batch_norm, layer.dropout) for layer in head} == {(True, 0.4)}


@pytest.mark.parametrize(
    "activation, expected",
    [
        ("relu", [0.5, 0.0]),
        ("elu", [0.5, np.exp(-1) - 1]),
        ("swish", [0.5 / (1 + np.exp(-0.5)), -1 / (1 + np.exp(1))]),
        # x times the normal distribution up to x
        ("gelu", [0.5 * 0.691462, -1 * 0.158655]),
    ],
)
def test_a_hidden_layer_is_dense_then_norm_then_activation(activation, expected):
    net = built(head=(Dense(2, activation=activation, batch_norm=True),))
    net.get_layer("hidden0").set_weights([np.array([[1, -1], [2, 0], [0, 0]]), np.zeros(2)])
    mean, variance = np.array([1.0, 0.0]), np.array([4.0, 1.0]) - EPSILON
    net.get_layer("hidden0_norm").set_weights([np.ones(2), np.zeros(2), mean, variance])
    net.get_layer("logits").set_weights([np.eye(2), np.zeros(2)])
    # Dense: (1 + 2 * 0.5, -1) = (2, -1); norm: ((2 - 1) / 2, -1 / 1) = (0.5, -1)
    np.testing.assert_allclose(numpy(net(photo(1, 0.5, 0))), [expected], atol=1e-5)


@pytest.mark.parametrize(
    "initializer, spread",
    # Of 3 inputs and 3000 units: Glorot's limit is sqrt(6 / 3003), He's sqrt(6 / 3) and sqrt(2 / 3).
    [("glorot_uniform", 0.0447), ("he_uniform", 1.4142), ("he_normal", None)],
)
def test_the_kernel_is_drawn_by_its_initializer(initializer, spread):
    keras.utils.set_random_seed(0)
    net = built(head=(Dense(3000, initializer=initializer),))
    kernel = net.get_layer("hidden0").get_weights()[0]
    if spread is None:
        assert kernel.std() == pytest.approx((2 / 3) ** 0.5, rel=0.03)
        assert np.abs(kernel).max() > 1.5  # a uniform one of this deviation ends at 1.414
    else:
        assert np.abs(kernel).max() == pytest.approx(spread, rel=0.01)


def test_l1_and_l2_of_the_kernel_are_part_of_the_loss():
    net = built(head=(Dense(1, l1=0.1, l2=0.01), Dense(2)))
    net.get_layer("hidden0").set_weights([np.array([[1.0], [-2.0], [3.0]]), np.array([9.0])])
    net.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    assert [float(loss) for loss in net.losses] == [pytest.approx(0.1 * 6 + 0.01 * 14)]
    images, target = photo(1, 0.5, 0), np.array([[1.0, 0.0]])
    logits = numpy(net(images)).astype("float64")[0]
    plain = np.log(np.exp(logits).sum()) - logits[0]
    net.reset_metrics()
    assert float(net.test_on_batch(images, target)) == pytest.approx(plain + 0.74, rel=1e-5)
    net.reset_metrics()
    assert float(net.train_on_batch(images, target)) == pytest.approx(plain + 0.74, rel=1e-5)


def test_without_l1_and_l2_nothing_is_added_to_the_loss():
    assert built(head=(Dense(4), Dense(2))).losses == []


def test_noise_on_the_features_acts_in_training_only():
    net = built(feature_noise=0.5)
    layer, features = net.get_layer("noise"), np.ones((100, 100), "float32")
    np.testing.assert_array_equal(numpy(layer(features, training=False)), features)
    added = numpy(layer(features, training=True)) - 1
    assert (added.mean(), added.std()) == (pytest.approx(0, abs=0.03), pytest.approx(0.5, rel=0.05))
    images = photo(0.5, 0.25, 1)
    np.testing.assert_array_equal(numpy(net(images)), numpy(net(images, training=False)))
    assert np.abs(numpy(net(images, training=True)) - numpy(net(images))).max() > 1e-3


def test_flattened_maps_keep_the_place_of_a_colour():
    image = photo(0, 0, 0)
    image[0, 32:64, 64:, 1] = 255  # the middle row of tiles, the last of its three: tile 5
    net = built(pooling="flatten")
    assert net.get_layer("pool").output.shape == (None, 27)
    flattened = numpy(keras.Model(net.input, net.get_layer("pool").output)(image))
    assert np.flatnonzero(flattened[0]).tolist() == [5 * 3 + 1]
    averaged = built()
    pooled = numpy(keras.Model(averaged.input, averaged.get_layer("pool").output)(image))
    np.testing.assert_allclose(pooled, [[0, 1 / 9, 0]], atol=1e-6)
