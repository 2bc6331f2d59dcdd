"""Statistics of a net's norms, found anew for weights that have none of their own, such as a mean of nets."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras


def find(model: keras.Model, batches: Iterable[Any]) -> None:
    """Gives each norm that learns the mean of what the batches of inputs have for mean and variance there.

    The model is called as in a training step, its drop rates included. Without batches nothing changes.
    """
    norms = [layer for layer in _layers(model.layers) if _follows(layer)]
    momenta = [norm.momentum for norm in norms]
    try:
        for count, inputs in enumerate(batches if norms else ()):
            for norm in norms:
                norm.momentum = count / (count + 1)  # so that each of the batches so far weighs as much
            model(inputs, training=True)  # not compiled: there the first momentum would stay
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _layers(layers: Sequence[keras.Layer]) -> Iterator[keras.Layer]:
    """All layers, those of models among them in their place."""
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer.layers)
        else:
            yield layer


def _follows(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
