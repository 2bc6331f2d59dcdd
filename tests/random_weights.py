"""Weights files as keras.applications has them, but with random weights in which every layer counts."""

import h5py
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
