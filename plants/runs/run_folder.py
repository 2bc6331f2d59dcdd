"""What a run folder holds, and how others read it.

run.json              recipe, seed, command, versions, data and split hash, status, scores
metrics.jsonl         one line per epoch
best.weights.h5       the net's weights at the best epoch
training_images.json  pixel sha256 and perceptual hash of each image trained on
validation.npz        labels, probabilities and pixel sha256 of the validation images
parity.npz            some real images and the probabilities the trained net gave them
curves.png            accuracy and loss of all phases
augmentation.png      augmented variants of one image
checkpoint.npz        only while the training is not finished
soup/                 weights of single epochs, only until the mean of them has been tried

A run of folds, of an ensemble or of a composition holds a run folder for each member instead of weights and
figures, an ensemble no parity.npz, and with folds, instead of validation.npz and the files for the export:
out_of_fold.npz       as validation.npz for all images that are not held out, and their fold
"""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plants import files
from plants.class_names import canonical
from plants.contests import contest as contests
from plants.contests.contest import Contest
from plants.errors import InputError
from plants.recipes import recipe as recipes
from plants.recipes.recipe import Recipe

RUN, METRICS, WEIGHTS = "run.json", "metrics.jsonl", "best.weights.h5"
TRAINING_IMAGES, VALIDATION, PARITY = "training_images.json", "validation.npz", "parity.npz"
OUT_OF_FOLD = "out_of_fold.npz"
CURVES, AUGMENTATION, CHECKPOINT, SOUP = "curves.png", "augmentation.png", "checkpoint.npz", "soup"
RUNNING, INTERRUPTED, FINISHED = "running", "interrupted", "finished"
FORMAT = 2
SUMMED = ("seconds", "cpu_seconds", "parameters")  # in run.json; of a composed run the sums of its members

Record = dict[str, Any]  # run.json
EpochLine = dict[str, Any]  # a line of metrics.jsonl


@dataclasses.dataclass(frozen=True)
class Run:
    """A run folder that has ended, as `build_submission.py` reads it."""

    path: Path
    record: Record

    @property
    def recipe(self) -> Recipe:
        """It was trained with this one. InputError if that is of another version."""
        try:
            return recipes.from_dict(self.record["recipe"])
        except InputError as error:
            raise InputError(
                f"the run in {self.path} is of another version of this code ({error}): use it with that one, "
                "or train again"
            ) from error

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the labels."""
        return tuple(map(canonical, self.record["class_names"]))

    @property
    def contest(self) -> Contest:
        """It was trained for this one; an2dl-2022 in runs from before there were others."""
        if "contest" not in self.record:
            return contests.default()
        try:
            return contests.from_dict(self.record["contest"])
        except InputError as error:
            raise InputError(f"{self.path / RUN}: contest: {error}; train again") from error

    @property
    def image_side(self) -> int:
        """Pixels of a side of the images it was trained on."""
        shape = self.record.get("image_shape")
        return shape[0] if shape else contests.default().image_side

    @property
    def split_hash(self) -> str:
        """Of how the images were split: see `splits.Split`."""
        return self.record["split"]["hash"]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or a loss that is not finite ended it early."""
        return self.record["status"] == INTERRUPTED

    @property
    def members(self) -> list["Run"]:
        """The runs that it is the mean of: itself, its folds or an ensemble's nets, those that are kept."""
        return self._inner("members")

    @property
    def averaged(self) -> list["Run"]:
        """The runs of single nets, or of compositions, whose answers are averaged: of its members, theirs."""
        if "members" not in self.record:
            return [self]
        return [run for member in self.members for run in member.averaged]

    @property
    def nets(self) -> list["Run"]:
        """The runs of single nets whose answers are multiplied: itself, or those of a composition."""
        return self._inner("nets")

    def _inner(self, kind: str) -> list["Run"]:
        return [open_run(self.path / name) for name in self.record.get(kind, [])] or [self]


def open_run(path: str | Path) -> Run:
    """The run in a folder. InputError if there is none, or it has not ended."""
    path = Path(path)
    record = read_record(path)
    if record is None:
        raise InputError(f"{path} is not a run folder: no readable {RUN} in it; name one made by train.py")
    if record["status"] == RUNNING:
        raise InputError(f"the run in {path} has not ended: give the same train.py command again to go on")
    return Run(path, record)


def read_record(path: str | Path) -> Record | None:
    """run.json of a folder, or None where there is none that can be read."""
    try:
        record = files.read_json(Path(path) / RUN)
        return record if record["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear(folder: Path) -> None:
    """Removes what a training leaves before its first epoch has ended; whatever else lies there stays."""
    for name in (RUN, METRICS, WEIGHTS, TRAINING_IMAGES, AUGMENTATION, CHECKPOINT):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / SOUP, ignore_errors=True)


def read_arrays(run: Run, name: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays of one of a run's npz files. InputError if it is missing or not readable."""
    path = run.path / name
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except files.UNREADABLE as error:
        raise InputError(f"{path}: missing or not readable ({error}); train again") from error


def read_answers(run: Run) -> dict[str, npt.NDArray[Any]]:
    """Labels, probabilities (n, k) and pixel_sha256 of images that a run did not train on.

    Those of all folds where there are any (then `fold` too), else of the validation split.
    """
    return read_arrays(run, OUT_OF_FOLD if run.record.get("out_of_fold") else VALIDATION)
