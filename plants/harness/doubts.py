"""Reasons not to believe a score: warnings that leave it standing."""

import numpy as np

from plants.harness.faults import fault

COLLAPSE_SHARE = 0.8  # of the answers, for one class
COLLAPSE_IMAGES = 20  # fewer say nothing about a collapse


def collapse(labels, answers, class_names):
    """SEM03 if nearly all (n,) answers are one class, though the (n,) labels are not."""
    counts = np.bincount(answers, minlength=len(class_names))
    top = int(counts.argmax())
    share, true_share = counts[top] / len(answers), np.mean(labels == top)
    if len(answers) < COLLAPSE_IMAGES or share < COLLAPSE_SHARE or share < 1.5 * true_share:
        return []
    return [
        fault(
            "SEM03",
            f"{share:.0%} predicted as {class_names[top]} (class {top}), {true_share:.0%} of the images are.",
        )
    ]


def overlap(pixel_sha256, manifest):
    """SEM04 if images to score, known by their pixels' sha256, were trained on."""
    seen = sum(sha in manifest.training_images for sha in pixel_sha256) if manifest else 0
    if not seen:
        return []
    return [
        fault(
            "SEM04",
            f"{seen} of {len(pixel_sha256)} scored images were trained on: the score is not an estimate.",
            file="manifest.json",
        )
    ]
