"""A frozen backbone sees each image once: its features stand for the images while the head learns."""

import keras

from plants.nets import build
from plants.recipes.recipe import Phase


def are_fixed(phase: Phase) -> bool:
    """Whether all epochs of a phase feed its head the same: nothing below it learns or varies."""
    return phase.trainable == "none" and not phase.augmented


def split(net: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The net in two, with the same layers and weights: images -> features (n, d), and features -> logits."""
    pool = net.get_layer("pool")
    features = x = keras.Input(pool.output.shape[1:], name="features")
    for layer in net.layers[net.layers.index(pool) + 1 :]:
        x = layer(x)
    body = keras.Model(net.input, pool.output, name="features")
    body.jit_compile = build.use_xla()
    return body, keras.Model(features, x, name="head")
