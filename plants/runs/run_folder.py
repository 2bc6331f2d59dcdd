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

A run of folds or of a composition holds a run folder for each member instead of weights and
figures, and with folds, instead of validation.npz and the files for the export:
out_of_fold.npz       as validation.npz for all images that are not held out, and their fold
"""

import contextlib
import dataclasses
import functools
import json
import os
import platform
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

from plants import files
from plants.errors import InputError
from plants.recipes import recipe as recipes

RUN, METRICS, WEIGHTS = "run.json", "metrics.jsonl", "best.weights.h5"
TRAINING_IMAGES, VALIDATION, PARITY = "training_images.json", "validation.npz", "parity.npz"
OUT_OF_FOLD = "out_of_fold.npz"
CURVES, AUGMENTATION, CHECKPOINT = "curves.png", "augmentation.png", "checkpoint.npz"
ROOT = Path(__file__).parents[2]
RUNNING, INTERRUPTED, FINISHED = "running", "interrupted", "finished"
FORMAT = 2
SUMMED = ("seconds", "cpu_seconds", "parameters")  # in run.json; of a composed run the sums of its members
PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "pillow", "scikit-learn")


@dataclasses.dataclass(frozen=True)
class Run:
    """A run folder that has ended, as `build_submission.py` reads it."""

    path: Path
    record: dict  # run.json

    @property
    def recipe(self):
        """The Recipe it was trained with. InputError if that is of another version."""
        try:
            return recipes.from_dict(self.record["recipe"])
        except InputError as error:
            raise InputError(
                f"the run in {self.path} is of another version of this code ({error}): use it with that one, "
                "or train again"
            ) from error

    @property
    def class_names(self):
        """In the order of the labels."""
        return tuple(self.record["class_names"])

    @property
    def split_hash(self):
        """Of which image lies in which part: see `splits.Split`."""
        return self.record["split"]["hash"]

    @property
    def interrupted(self):
        """Whether Ctrl-C or a loss that is not finite ended it early."""
        return self.record["status"] == INTERRUPTED

    @property
    def members(self):
        """The runs whose answers are averaged: itself, or its folds, those that are kept."""
        return self._inner("members")

    @property
    def nets(self):
        """The runs of single nets whose answers are multiplied: itself, or those of a composition."""
        return self._inner("nets")

    def _inner(self, kind):
        return [open_run(self.path / name) for name in self.record.get(kind, [])] or [self]


def open_run(path):
    """The run in a folder. InputError if there is none, or it has not ended."""
    path = Path(path)
    record = read_record(path)
    if record is None:
        raise InputError(f"{path} is not a run folder: no readable {RUN} in it; name one made by train.py")
    if record["status"] == RUNNING:
        raise InputError(f"the run in {path} has not ended: give the same train.py command again to go on")
    return Run(path, record)


def read_record(path):
    """run.json of a folder, or None where there is none that can be read."""
    try:
        record = files.read_json(Path(path) / RUN)
        return record if record["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear(folder):
    """Removes what a training leaves before its first epoch has ended; whatever else lies there stays."""
    for name in (RUN, METRICS, WEIGHTS, TRAINING_IMAGES, AUGMENTATION, CHECKPOINT):
        (folder / name).unlink(missing_ok=True)


def versions():
    """Versions of Python and of the installed packages that decide the weights."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def commit(root=ROOT):
    """The last commit of the code in `root`, "-dirty" after it if that was changed since; None outside git.

    What is written into docs/ and results/, or committed there, does not change the code.
    """
    git, code = ["git", "-C", str(root)], ["--", ".", ":(exclude)docs", ":(exclude)results"]
    name = [*git, "log", "-1", "--format=%h", "--abbrev=12", *code]
    try:
        named = subprocess.run(name, capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", *code], capture_output=True).returncode
    except (OSError, subprocess.CalledProcessError):
        return None
    return named + ("-dirty" if changed else "")


def save_weights(folder, net):
    """Writes the net's weights as the run's best, whole or not at all."""
    # In a folder of its own, since Keras insists on the ending of the name.
    box = tempfile.TemporaryDirectory(suffix=files.PARTIAL, dir=folder)
    with files.whole_file(folder / WEIGHTS) as partial, box:
        net.save_weights(Path(box.name) / WEIGHTS)
        os.replace(Path(box.name) / WEIGHTS, partial)


def write_metrics(folder, history):
    """Writes metrics.jsonl: one JSON object per epoch."""
    with files.whole_file(folder / METRICS) as partial:
        partial.write_text("".join(json.dumps(line) + "\n" for line in history), encoding="utf-8")


def content_order(part):
    """Indices that sort a dataset by its images' content: the same order whatever the files were called."""
    return np.argsort(part.pixel_sha256)


def write_parity(folder, part, probabilities, *, keep):
    """Writes parity.npz: `keep` images of a dataset with their probabilities (n, k)."""
    chosen = content_order(part)[:keep]
    with _whole_npz(folder / PARITY) as save:
        save(images=part.images[chosen], probabilities=probabilities[chosen])


def read_arrays(run, name):
    """The arrays of one of a run's npz files. InputError if it is missing or not readable."""
    path = run.path / name
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except files.UNREADABLE as error:
        raise InputError(f"{path}: missing or not readable ({error}); train again") from error


def read_answers(run):
    """Labels, probabilities (n, k) and pixel sha256 of images that a run did not train on, as a dict.

    Those of all folds where there are any (then `fold` too), else of the validation part.
    """
    return read_arrays(run, OUT_OF_FOLD if run.record.get("out_of_fold") else VALIDATION)


def write_out_of_fold(folder, answered):
    """Writes out_of_fold.npz of the `read_answers` of each fold, in the order of the folds."""
    joined = {name: np.concatenate([part[name] for part in answered]) for name in answered[0]}
    joined["fold"] = np.repeat(np.arange(len(answered)), [len(part["labels"]) for part in answered])
    order = np.argsort(joined["pixel_sha256"])
    with _whole_npz(folder / OUT_OF_FOLD) as save:
        save(**{name: values[order] for name, values in joined.items()})


def write_training_images(folder, part):
    """Writes training_images.json of a dataset, in the order of the pixels' sha256."""
    images = sorted(zip(part.pixel_sha256, part.perceptual_hashes, strict=True))
    files.write_json(
        folder / TRAINING_IMAGES,
        {"pixel_sha256": [sha for sha, _ in images], "perceptual_hash": [code for _, code in images]},
    )


def write_validation(folder, part, probabilities):
    """Writes validation.npz: labels, probabilities (n, k) and pixel sha256 of a dataset."""
    order = content_order(part)
    with _whole_npz(folder / VALIDATION) as save:
        save(
            labels=part.labels[order],
            probabilities=probabilities[order],
            pixel_sha256=np.array(part.pixel_sha256)[order],
        )


@contextlib.contextmanager
def _whole_npz(path):
    with files.whole_file(path) as partial, open(partial, "wb") as file:
        yield functools.partial(np.savez_compressed, file)
