"""Reasons not to believe a score: warnings that leave it standing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from plants.harness.checks.read_manifest import Manifest
from plants.harness.faults import Fault, fault

if TYPE_CHECKING:  # its import takes a second, which `score.py --check` does not have
    from plants.data.dataset import Dataset

COLLAPSE_SHARE = 0.8  # of the answers, for one class
COLLAPSE_IMAGES = 20  # fewer say nothing about a collapse


def collapse(
    labels: npt.NDArray[np.int64], answers: npt.NDArray[np.int64], class_names: Sequence[str]
) -> list[Fault]:
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


def overlap(dataset: "Dataset", manifest: Manifest | None, known: "Dataset") -> list[Fault]:
    """SEM04 if images of `dataset` were trained on, by their pixels, or are near-copies of such.

    Where `known` holds the image trained on, both pictures are compared as a split compares them; of others
    there is only the perceptual hash of the manifest to go by.
    """
    if not manifest:
        return []
    exact = sum(sha in manifest.training_images for sha in dataset.pixel_sha256)
    near = len(_near_copies(dataset, manifest.training_images, known))
    if not exact and not near:
        return []
    counts = {"were trained on": exact, "are near-copies of images trained on": near}
    known_ones = " and ".join(f"{count} {what}" for what, count in counts.items() if count)
    message = f"Of {len(dataset)} scored images {known_ones}: the score is not an estimate."
    return [fault("SEM04", message, file="manifest.json")]


def _near_copies(dataset: "Dataset", training_images: dict[str, str], known: "Dataset") -> set[int]:
    """The indices of the images that are near-copies of others that were trained on, not these themselves."""
    hashed = {sha: near for sha, near in training_images.items() if near}
    new = [index for index, sha in enumerate(dataset.pixel_sha256) if sha not in training_images]
    if not hashed or not new:
        return set()
    from plants.data import fingerprints  # SciPy and scikit-learn take a second to import

    hashes = [dataset.perceptual_hashes[index] for index in new]
    place = {sha: index for index, sha in enumerate(known.pixel_sha256) if sha in hashed}
    pairs = fingerprints.near_copies_between(
        [dataset.images[index] for index in new],
        hashes,
        [known.images[index] for index in place.values()],
        [hashed[sha] for sha in place],
    )
    unseen = fingerprints.near_hashes(hashes, [near for sha, near in hashed.items() if sha not in place])
    by_hash = [index for index, near in zip(new, unseen, strict=True) if len(near)]
    told = {index for index in by_hash if not _has_lookalikes(dataset, index, known)}
    return told | {new[index] for index in pairs[:, 0]}


def _has_lookalikes(dataset: "Dataset", index: int, known: "Dataset") -> bool:
    """Whether other pictures have about the hash of an image: then it does not tell which was trained on."""
    from plants.data import fingerprints

    (near,) = fingerprints.near_hashes([dataset.perceptual_hashes[index]], known.perceptual_hashes)
    return not all(fingerprints.look_alike(dataset.images[index], known.images[other]) for other in near)
