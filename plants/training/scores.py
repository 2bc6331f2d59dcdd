"""How good a net is on validation images, and which of two epochs is the better one."""

import functools
from collections.abc import Iterable, Sequence

import keras
import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from plants.pixels import pad
from plants.recipes.recipe import Phase
from plants.runs.run_folder import EpochLine
from plants.training import memory
from plants.training.batches import Inputs

# Images in a step when nothing is learned: so many, or as have so many pixels in the backbone.
PREDICT_BATCH, PREDICT_PIXELS = 64, 64 * 224**2
# Monitor -> the entry of an epoch's line, and its sign where more is better. With one-hot labels
# Keras's "accuracy" and "categorical_accuracy" are one and the same number.
MONITORS = {
    "accuracy": ("validation_accuracy", 1),
    "categorical_accuracy": ("validation_accuracy", 1),
    "auc": ("validation_auc", 1),
    "loss": ("validation_loss", -1),
}


def predict(net: keras.Model, inputs: Inputs, *, image_size: int, views: int = 1) -> npt.NDArray[np.float32]:
    """Outputs of a net for n images, n = 0 too; of a head for their features.

    Images smaller than the net's input are padded to it. In its backbone are `views` of each image, of
    `image_size`: the more pixels, the fewer images at once, and fewer still if the memory is full.
    Raises InputError if it is too small for one.
    """
    batch = max(1, min(PREDICT_BATCH, PREDICT_PIXELS // (views * image_size**2)))
    return memory.retry_with_smaller_batch(functools.partial(_predict, net, inputs), batch)


def _predict(net: keras.Model, inputs: Inputs, batch: int) -> npt.NDArray[np.float32]:
    side, starts = net.input_shape[1], range(0, len(inputs), batch)
    logits = [net.predict_on_batch(pad(inputs[i : i + batch], side).astype("float32")) for i in starts]
    return np.concatenate(logits) if logits else np.zeros((0, net.output_shape[-1]), "float32")


def validation_scores(logits: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Accuracy, mean cross-entropy in nats and area under the ROC curve of logits (n, k), n > 0."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.arange(logits.shape[1]) == labels[:, None]
    # Over all pairs of image and class at once, as Keras's AUC takes one-hot labels.
    finite = np.isfinite(log_probabilities).all()
    auc = roc_auc_score(right.ravel(), np.exp(log_probabilities).ravel()) if finite else np.nan
    return {
        "validation_loss": float(-np.mean(log_probabilities[right])),
        "validation_accuracy": float(np.mean(logits.argmax(axis=1) == labels)),
        "validation_auc": float(auc),
    }


def best(lines: Iterable[EpochLine], phases: Sequence[Phase]) -> EpochLine | None:
    """The best of a history's lines, the earliest of equals; None of none."""
    best_line = None
    for line in lines:
        if is_better(line, best_line, phases):
            best_line = line
    return best_line


def is_no_worse(line: EpochLine, other: EpochLine | None, phase: Phase) -> bool:
    """Whether a line is as good as another by the monitor, or better; without another or validation it is."""
    entry, sign = MONITORS[phase.monitor]
    return other is None or entry not in line or bool(sign * line[entry] >= sign * other[entry])


def is_better(line: EpochLine, best: EpochLine | None, phases: Sequence[Phase]) -> bool:
    """Whether an epoch beats the best so far, by its phase's monitor; without validation the last one counts.

    Epochs at different image sizes are not compared: those of the later phase count.
    """
    phase = phases[line["phase"]]
    entry, sign = MONITORS[phase.monitor]
    if best is None or entry not in line or phases[best["phase"]].image_size != phase.image_size:
        return True
    return sign * line[entry] > sign * best[entry] or bool(np.isnan(best[entry]))
