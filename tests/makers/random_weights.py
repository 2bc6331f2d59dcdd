"""Weights files as keras.applications has them, but with random weights in which every layer counts."""

import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format

from plants.nets import applications

# Of EfficientNet's normalization: the values of Keras's files, ImageNet's mean and, by an old slip
# of theirs, its standard deviation for a variance.
FIXED = {"mean": (0.485, 0.456, 0.406), "variance": (0.229, 0.224, 0.225), "count": 0}


def original(name, **options):
    """Keras's own net of a backbone, without classifier unless asked for, every weight drawn anew.

    It is there to be saved: its EfficientNets normalize with what they were made with.
    """
    net = applications.MAKERS[name](**({"include_top": False, "weights": None} | options))
    draw(net)
    return net


def draw(net):
    """Draws every weight so that what differs between images stays alive through all layers."""
    rng = np.random.default_rng(0)
    for weight in net.weights:
        weight.assign(drawn(rng, weight.name, tuple(weight.shape)))


def drawn(rng, name, shape):
    if name in FIXED:
        return FIXED[name]
    if name in ("bias", "beta", "moving_mean"):
        return rng.normal(0, 0.1, shape)
    if len(shape) < 2:  # factors and variances
        return rng.uniform(0.5, 1.5, shape)
    depthwise = shape[-1] == 1
    return rng.normal(0, np.sqrt(2 / np.prod(shape[: 2 if depthwise else -1])), shape)


def save_as_keras_2(net, path):
    """Writes the weights as Keras's downloads have them (`save_weights` of Keras 3 does not)."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, net)
    return path


def pictures(n=4):
    """Pictures of large spots, the next always brighter: (n, 96, 96, 3) float32."""
    coarse = np.random.default_rng(1).uniform(0, 100, (n, 6, 6, 3)).astype("float32")
    coarse += np.linspace(0, 155, n, dtype="float32")[:, None, None, None]
    return np.repeat(np.repeat(coarse, 16, axis=1), 16, axis=2)


def make_answers_differ(net, images):
    """Draws all weights, then fits the norms and the last layer to the images."""
    draw(net)
    for layer in [*net.get_layer("backbone").layers, *net.layers]:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable, layer.momentum = True, 0.0  # the moving statistics become those of the batch
            layer.gamma.assign(layer.gamma / 2)  # or the 55 blocks of a B7 would blow rounding up past 1e-3
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0  # with branches dropped, the statistics would be of another net
    net(images, training=True)
    last = net.get_layer("logits")
    kernel = last.get_weights()[0]
    last.set_weights([kernel, np.zeros(kernel.shape[1])])
    logits = keras.ops.convert_to_numpy(net(images, training=False))
    middle = logits.mean(axis=0)
    spread = (logits - middle).std()
    last.set_weights([kernel / spread, -middle / spread])
