"""An exponential moving average of a net's weights over the steps of a phase, steadier than its last step.

Keras's own, `use_ema` of its optimizers, leaves out the statistics of the norms, which then belong to
other weights. Here all weights have an average. A step weighs `decay` times as much as the one after it, from
the first one on: the weights that the phase began with are not in it.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from plants.nets import build
from plants.training import weight_values


def decay_at(step: int, decay: float) -> float:
    """What the average keeps of itself in a step, counted from 1: nothing at first, in the end `decay`."""
    return decay * (1 - decay ** (step - 1)) / (1 - decay**step)


class MovingAverage:
    """The average of a net's weights; it begins as they are when it is made."""

    def __init__(self, net: keras.Model, decay: float) -> None:
        """`decay` is what it keeps of itself in a step, between 0 and 1."""
        self.decay = decay
        self._weights = weight_values.averageable(net)
        follower = _Follower(self._weights)
        share = keras.Input((1,), name="share")
        self._model = keras.Model(share, follower(share), name="moving_average")
        self._model.jit_compile = build.use_xla()
        self.variables: list[keras.Variable] = follower.averages  # for the checkpoint

    def follow(self, step: int) -> None:
        """Takes in the weights as they are after that step of the phase, counted from 1."""
        share = 1 - decay_at(step, self.decay)
        self._model.predict_on_batch(np.array([[share]], "float32"))

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """While the block runs, the net has the averages for weights."""
        with weight_values.put_back(self._weights):
            weight_values.put(self._weights, weight_values.of(self.variables))
            yield


class _Follower(keras.layers.Layer):
    """Moves averages by a share of the way to the weights; a layer, so that the backend compiles it."""

    def __init__(self, weights: Sequence[keras.Variable]) -> None:
        super().__init__(trainable=False, name="follower")
        self.followed = list(weights)
        self.averages = [
            keras.Variable(value, dtype=weight.dtype, trainable=False, name=f"average{index}")
            for index, (weight, value) in enumerate(zip(weights, weight_values.of(weights), strict=True))
        ]

    def call(self, share: Any) -> Any:
        """Takes the share as (1, 1), and gives it back: a layer has to answer something."""
        for average, weight in zip(self.averages, self.followed, strict=True):
            average.assign(average + share[0, 0] * (weight - average))
        return share
