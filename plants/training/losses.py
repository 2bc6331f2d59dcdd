"""What a training makes small."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from plants.recipes.recipe import Recipe


def of_recipe(recipe: Recipe, labels: npt.NDArray[np.int64], num_classes: int) -> keras.losses.Loss:
    """The cross-entropy of logits (m, num_classes); `labels` (n,) are those of the images to learn from."""
    smoothed: dict[str, Any] = {"from_logits": True, "label_smoothing": recipe.label_smoothing}
    if not recipe.logit_adjustment:
        return keras.losses.CategoricalCrossentropy(**smoothed)
    return AdjustedCrossentropy(recipe.logit_adjustment * log_frequencies(labels, num_classes), **smoothed)


def log_frequencies(labels: npt.NDArray[np.int64], num_classes: int) -> npt.NDArray[np.float32]:
    """Natural logarithms (num_classes,) of the classes' shares of the images.

    A class without images counts as one of them, since the logarithm of none is no number to learn with.
    """
    counts = np.maximum(np.bincount(labels, minlength=num_classes), 1)
    return np.log(counts / counts.sum()).astype("float32")


class AdjustedCrossentropy(keras.losses.CategoricalCrossentropy):
    """Keras's loss of the logits with `added` (k,) to them.

    With the classes' log frequencies, what is frequent need not be learned any more, and the logits alone
    answer as if all classes were alike (Menon et al., arXiv 2007.07314, equation 10).
    """

    def __init__(self, added: npt.NDArray[np.float32], *, from_logits: bool, label_smoothing: float) -> None:
        super().__init__(from_logits=from_logits, label_smoothing=label_smoothing)
        self.added = added

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """The loss of each image (m,), of targets and logits (m, k)."""
        return super().call(y_true, y_pred + self.added)
