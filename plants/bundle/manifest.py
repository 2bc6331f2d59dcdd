"""What the zip says of itself: manifest.json. It names no time and no path."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from plants import files
from plants.bundle import zip_file
from plants.contests.contest import Contest
from plants.errors import InputError
from plants.runs import provenance, run_folder
from plants.runs.run_folder import Run

MANIFEST = "manifest.json"
FORMAT = 1


def make(members: Sequence[Run], contest: Contest, folder: Path) -> dict[str, Any]:
    """The manifest of the submission to `contest` in `folder`, made of the runs `members`.

    The score on the test split is null: it is known only after this zip has been scored.

    Raises InputError if a file of a run is missing or not readable.
    """
    first = members[0]
    return {
        "format": FORMAT,
        "contest": contest.to_dict(),
        "class_names": list(first.class_names),
        "image_shape": [first.image_side, first.image_side, 3],
        "files": {name: zip_file.sha256(path) for name, path in zip_file.list_files(folder).items()},
        "versions": provenance.versions() | {"tensorflow": tf.__version__},
        "runs": [_run(member) for member in members],
        "split": _split(first.record["split"]),
        "training_images": training_images(members),
        "scores": {"validation": validation(members), "held_out": None},
    }


def _split(split: dict[str, Any]) -> dict[str, Any]:
    """What `score.py` needs to make the split again; runs of old say nothing of near-copies."""
    return {key: split[key] for key in ("hash", "seed", "holdout", "near_copies") if key in split}


def _run(member: Run) -> dict[str, Any]:
    fold = {"fold": member.record["fold"]} if "fold" in member.record else {}
    return {"recipe": recipe(member), "seed": member.record["seed"], **fold}


def recipe(member: Run) -> dict[str, Any]:
    """The recipe as in run.json, but of a file with weights the name alone: no path of this machine."""
    values = member.record["recipe"]
    return values | {"weights": Path(values["weights"]).name}


def training_images(members: Sequence[Run]) -> dict[str, list[str]]:
    """The images that any of the runs was trained on, in the order of the pixels' sha256."""
    hashes: dict[str, str] = {}  # perceptual ones, by the pixels' sha256
    for member in members:
        path = member.path / run_folder.TRAINING_IMAGES
        try:
            listed = files.read_json(path)
        except files.UNREADABLE as error:
            raise InputError(f"{path}: missing or not readable ({error}); train again") from error
        hashes.update(zip(listed["pixel_sha256"], listed["perceptual_hash"], strict=True))
    return {"pixel_sha256": sorted(hashes), "perceptual_hash": [hashes[key] for key in sorted(hashes)]}


def validation(members: Sequence[Run]) -> dict[str, Any] | None:
    """Number of validation images and accuracy on them, or None where there are none.

    An image counts once, with the mean of those members' probabilities that validated on it: with one
    split that is all members, with folds the one not trained on it.
    """
    labels: dict[str, int] = {}
    probabilities: dict[str, npt.NDArray[np.float32]] = {}
    for member in members:
        if not member.record["validation"]:  # trained on everything
            continue
        part = run_folder.read_arrays(member, run_folder.VALIDATION)
        for key, label, row in zip(part["pixel_sha256"], part["labels"], part["probabilities"], strict=True):
            labels[key] = label
            probabilities[key] = probabilities[key] + row if key in probabilities else row
    if not labels:
        return None
    right = sum(np.argmax(probabilities[key]) == labels[key] for key in labels)
    return {"n": len(labels), "accuracy": float(right / len(labels))}
