"""Backbones from keras.applications: flat, and scaled alike wherever their weights come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from plants.errors import InputError
from plants.nets import keras_file

MAKERS = {
    "vgg16": keras.applications.VGG16,
    "vgg19": keras.applications.VGG19,
    "efficientnetb0": keras.applications.EfficientNetB0,
    "efficientnetb7": keras.applications.EfficientNetB7,
    "efficientnetv2b0": keras.applications.EfficientNetV2B0,
    "efficientnetv2l": keras.applications.EfficientNetV2L,
    "convnextlarge": keras.applications.ConvNeXtLarge,
}
REBUILT = ("efficientnetb0", "efficientnetb7", "convnextlarge")  # with layers of `_own_layer`

VGG_MEANS = np.array([103.939, 116.779, 123.68], "float32")  # blue, green, red of ImageNet, 0..255
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], "float32")  # red, green, blue, 0..1
IMAGENET_STD = np.array([0.229, 0.224, 0.225], "float32")


class Normalization(keras.layers.Layer):
    """EfficientNet's scaling of pixels 0..1: (x - mean) / sqrt(variance) / sqrt(std of ImageNet).

    Mean and variance belong to the weights. In Keras's files the variance is, by an old slip, the
    standard deviation, which the second root makes good (tensorflow#49930); Keras itself adds it
    for the literal weights="imagenet" only, and its layer of this name keeps the old values after
    `set_weights`. Name and weights are those of that layer, so that its files fit.
    """

    def build(self, input_shape: Any) -> None:
        self.mean = self._constant("mean", IMAGENET_MEAN)
        self.variance = self._constant("variance", IMAGENET_STD)
        self.count = self._constant("count", np.array(0, "int32"))  # in the files, used by nobody

    def _constant(self, name: str, value: npt.NDArray[Any]) -> Any:
        return self.add_weight(
            name=name,
            shape=value.shape,
            dtype=str(value.dtype),
            initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(value, dtype),
            trainable=False,
        )

    def call(self, x: Any) -> Any:
        return (x - self.mean) / (keras.ops.sqrt(self.variance) * np.sqrt(IMAGENET_STD))


def make(name: str, image_size: int) -> keras.Model:
    """A net without its classifier, random weights.

    Input (n, image_size, image_size, 3) float32, raw RGB 0..255; output feature maps. All layers
    lie in the model itself, so that each can be frozen. EfficientNets drop residual branches in
    training at a rate of their own, rising towards 0.2 at the last; a recipe's `drop_path` is of Lite.
    """
    images = keras.Input((image_size, image_size, 3), name="images")
    maps = MAKERS[name](include_top=False, weights=None, input_tensor=_scaled(name, images)).output
    net = keras.Model(images, maps, name="backbone")
    if name in REBUILT:
        net = keras.models.clone_model(net, images, clone_function=_own_layer, call_function=_call)
    return net


def _scaled(name: str, images: Any) -> Any:
    """What Keras's nets want to see; all but VGG scale raw pixels themselves."""
    return keras.ops.flip(images, axis=-1) - VGG_MEANS if name.startswith("vgg") else images


def _own_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer that stands for one of Keras's."""
    if isinstance(layer, keras.Sequential):
        return layer  # _call copies what is in it
    if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None:
        return Normalization(name="normalization")
    # ConvNeXt's: on a CPU, Keras runs grouped convolutions through XLA, and dense layers on maps
    # copy their kernels at each call, also in an exported graph.
    if isinstance(layer, keras.layers.Conv2D) and layer.groups == layer.filters:
        return keras.layers.DepthwiseConv2D(layer.kernel_size, padding=layer.padding, name=layer.name)
    if isinstance(layer, keras.layers.Dense):
        return keras.layers.Conv2D(layer.units, 1, name=layer.name)
    return _copy(layer)


def _call(layer: keras.layers.Layer, *inputs: Any, **options: Any) -> Any:
    """Calls a layer; of a Sequential, copies of its layers one by one."""
    if not isinstance(layer, keras.Sequential):
        return layer(*inputs, **options)
    (x,) = inputs
    for inner in layer.layers:
        x = _copy(inner)(x)
    return x


def _copy(layer: keras.layers.Layer) -> keras.layers.Layer:
    return layer.__class__.from_config(layer.get_config())


def load(model: keras.Model, name: str, path: str | Path) -> None:
    """Puts a weights file of Keras into a net from `make`, in place.

    The file may be of the net with or without its classifier, or one of `model.save_weights`.
    Raises InputError if it is missing, damaged or of another net; the model is then as before.
    """
    keras_file.require(path)
    try:
        keras_file.load(model, path)
        return
    except InputError:  # it may hold a classifier, or layers that we have rebuilt
        original = _original(name, keras_file.classes(path))
        keras_file.load(original, path)
    # Beyond the layers of `model`, the original may have those of a classifier.
    for mine, theirs in zip(_weighted(model), _weighted(original), strict=False):
        mine.set_weights(_fitted(mine, theirs))


def _original(name: str, classes: int | None) -> keras.Model:
    """Keras's own net; without a classifier if `classes` is None."""
    if classes is None:
        return MAKERS[name](include_top=False, weights=None)
    return MAKERS[name](weights=None, classes=classes)


def _weighted(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers that hold weights, in order, those of inner models among them."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _weighted(layer)
        elif layer.weights:
            yield layer


def _fitted(mine: keras.layers.Layer, theirs: keras.layers.Layer) -> list[npt.NDArray[Any]]:
    """The weights of one of Keras's layers as ours takes them."""
    weights = theirs.get_weights()
    if type(mine) is type(theirs) or isinstance(mine, Normalization):
        return weights
    kernel, *others = weights
    if isinstance(mine, keras.layers.DepthwiseConv2D):
        return [kernel.transpose(0, 1, 3, 2), *others]  # (h, w, channels, 1)
    return [kernel[None, None], *others]  # a dense layer's, as that of a 1 x 1 convolution
