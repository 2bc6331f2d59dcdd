"""How good a net is on validation images, and which of two epochs is the better one."""

import numpy as np
from sklearn.metrics import roc_auc_score

from plants.pixels import pad

PREDICT_BATCH = 64  # images a step when nothing is learned
# Monitor -> the entry of an epoch's line, and its sign where more is better. With one-hot labels
# Keras's "accuracy" and "categorical_accuracy" are one and the same number.
MONITORS = {
    "accuracy": ("validation_accuracy", 1),
    "categorical_accuracy": ("validation_accuracy", 1),
    "auc": ("validation_auc", 1),
    "loss": ("validation_loss", -1),
}


def predict(net, images):
    """Outputs of a net for uint8 or float images (n, side, side, 3), n = 0 too; float32.

    Images smaller than the net's input are padded to it.
    """
    side, starts = net.input_shape[1], range(0, len(images), PREDICT_BATCH)
    parts = [net.predict_on_batch(pad(images[i : i + PREDICT_BATCH], side).astype("float32")) for i in starts]
    return np.concatenate(parts) if parts else np.zeros((0, net.output_shape[-1]), "float32")


def validation_scores(logits, labels):
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


def is_better(line, best, monitor):
    """Whether an epoch beats the best so far of its phase; without validation the last one counts.

    Epochs of different phases are not compared: they may have seen images of different sizes.
    """
    entry, sign = MONITORS[monitor]
    if best is None or best["phase"] != line["phase"] or entry not in line:
        return True
    return sign * line[entry] > sign * best[entry] or bool(np.isnan(best[entry]))
