"""The fused batch normalization answers, learns and remembers as Keras's own layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from plants.nets import lite
from plants.nets.batch_norm import batch_normalization
from plants.nets.fused_batch_norm import BatchNormalization

MOMENTUM, EPSILON = 0.9, 1e-3


def layers():
    """(Keras's, ours) with the same weights, for 4 channels."""
    made = keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON), ours()
    for layer in made:
        layer.build((None, None, None, 4))
        layer.set_weights(
            [np.array(part, "float32") for part in ([1, 2, 3, 4], [5, 6, 7, 8], [0, 1, 2, 3], [4, 3, 2, 1])]
        )
    return made


def ours():
    return batch_normalization(momentum=MOMENTUM, epsilon=EPSILON, name="norm")


@pytest.fixture
def maps():
    return np.random.default_rng(0).normal(3, 2, (5, 7, 6, 4)).astype("float32")


def learn(layer, maps):
    """Outputs and gradients of a training step with a loss that weighs all outputs differently."""
    weights = np.random.default_rng(1).normal(size=maps.shape).astype("float32")
    inputs = tf.constant(maps)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
        loss = tf.reduce_mean(outputs * weights + outputs**2)
    return [outputs, *tape.gradient(loss, [inputs, layer.gamma.value, layer.beta.value])]


def test_under_tensorflow_the_fused_layer_is_taken_and_bears_kerass_name():
    assert type(ours()) is BatchNormalization
    assert type(ours()).__name__ == "BatchNormalization"  # of which paths in weights files are made


def test_on_another_backend_it_is_kerass_own(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    assert type(ours()) is keras.layers.BatchNormalization


def test_outputs_and_gradients_of_a_step_are_kerass(maps):
    theirs, mine = (learn(layer, maps) for layer in layers())
    for expected, actual in zip(theirs, mine, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_moving_statistics_after_a_step_are_kerass(maps):
    theirs, mine = layers()
    learn(theirs, maps), learn(mine, maps)
    np.testing.assert_allclose(mine.moving_mean, theirs.moving_mean, rtol=1e-6)
    np.testing.assert_allclose(mine.moving_variance, theirs.moving_variance, rtol=1e-6)


def test_in_a_graph_that_knows_no_batch_size_it_is_the_same_step_after_step(maps):
    theirs, mine = layers()
    step = tf.function(
        lambda images: mine(images, training=True), input_signature=[tf.TensorSpec([None, 7, 6, 4])]
    )
    for part in (maps, maps[:2] * 3):
        np.testing.assert_allclose(step(tf.constant(part)), theirs(part, training=True), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mine.moving_mean, theirs.moving_mean, rtol=1e-5)
    np.testing.assert_allclose(mine.moving_variance, theirs.moving_variance, rtol=1e-5)


def test_the_moving_variance_follows_the_biased_one_of_the_batch():
    layer = ours()
    layer.build((None, None, None, 1))  # moving mean 0, moving variance 1
    layer(np.array([1, 3], "float32").reshape(2, 1, 1, 1), training=True)  # mean 2, variance 1, unbiased 2
    assert float(layer.moving_mean[0]) == pytest.approx(0.9 * 0 + 0.1 * 2)
    assert float(layer.moving_variance[0]) == pytest.approx(0.9 * 1 + 0.1 * 1)


def test_maps_of_one_pixel_leave_no_nan():
    layer = ours()
    layer.build((None, None, None, 1))
    layer(np.full((1, 1, 1, 1), 5, "float32"), training=True)
    assert float(layer.moving_variance[0]) == pytest.approx(0.9)  # of one value it is 0


@pytest.mark.parametrize("trainable, training", [(True, False), (False, True)])
def test_predicting_and_frozen_it_uses_the_moving_statistics_and_keeps_them(trainable, training, maps):
    theirs, mine = layers()
    mine.trainable = trainable
    expected = (maps - [0, 1, 2, 3]) / np.sqrt(np.array([4, 3, 2, 1]) + EPSILON) * [1, 2, 3, 4] + [5, 6, 7, 8]
    np.testing.assert_allclose(mine(maps, training=training), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(mine.moving_mean, [0, 1, 2, 3])


def test_weights_that_a_net_with_kerass_layer_saved_are_loaded(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(lite, "batch_normalization", keras.layers.BatchNormalization)
        saved = lite.backbone("lite0", 32)
    saved.get_layer("stem_norm").gamma.assign(np.arange(32))
    saved.save_weights(tmp_path / "old.weights.h5")
    loaded = lite.backbone("lite0", 32)
    loaded.load_weights(tmp_path / "old.weights.h5")
    for expected, actual in zip(saved.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)
