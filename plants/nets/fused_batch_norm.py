"""Batch normalization in one operation of TensorFlow's: a training step in two thirds of the time.

The only module of the training core that names a backend; `batch_norm.py` takes it under TensorFlow.
"""

from typing import Any

import keras
import tensorflow as tf


class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer for maps (n, h, w, c) float32, with the same answers, gradients and statistics.

    While it learns, mean, variance and the normalised maps come from one operation, and so do their
    gradients. It bears the name of Keras's layer, because the paths in a weights file are made of it.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The normalised maps, shaped as `inputs`; while it learns, the moving statistics follow theirs."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, unbiased = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) // inputs.shape[-1], unbiased.dtype)
        self._follow(self.moving_mean, mean)
        self._follow(self.moving_variance, unbiased * (count - 1) / count)  # Keras keeps the biased one
        return outputs

    def _follow(self, moving: Any, of_batch: Any) -> None:
        moving.assign(moving * self.momentum + of_batch * (1 - self.momentum))
