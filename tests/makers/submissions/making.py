"""What the builders share: the one good submission, and the register of bad ones.

A builder is registered by `@bad(code, ...)` with what the harness has to say of it. All use the
one good model.py below, changed where the fault lies, and images whose answer is their first pixel.
"""

import dataclasses
import json
import zipfile
from collections.abc import Callable

import numpy as np

from plants.data.dataset import Dataset

CLASS_NAMES = ("Ash", "Birch", "Cedar")
# The answer to each image stands in its first pixel, so that the score is known by hand.
MODEL = """\
import numpy as np


class model:
    def __init__(self, path):
        self.path = path

    def predict(self, X):
        return np.asarray(X)[:, 0, 0, 0].astype(int)
"""
RETURN = "return np.asarray(X)[:, 0, 0, 0].astype(int)"


@dataclasses.dataclass(frozen=True)
class Case:
    """A bad zip and what has to be said of it: regular expressions for `says` and `remedy`.

    `cause` is one, too, where it is more special than the catalogue's; None is the catalogue's own.
    `limits` are fields of the profile, so low that a small zip passes them. `judged` is set where the
    fault is not the zip's alone: called as judging.judge is, it gives the Verdict that has the fault.
    """

    code: str
    build: Callable
    file: str | None
    line: int | None  # unittest.mock.ANY where several are right
    says: str
    remedy: str
    limits: dict
    judged: Callable | None = None
    cause: str | None = None

    def __str__(self):
        return f"{self.code}-{self.build.__name__}"


CASES = []


def bad(code, *, says, remedy, file=None, line=None, judged=None, cause=None, **limits):
    """Registers a builder: called with the path to write, it makes a zip with the fault `code`.

    `limits` are fields of the profile it is judged by, where they matter; `judged` and `cause` are as in
    Case.
    """

    def register(build):
        where = dict(file=file, line=line, limits=limits, judged=judged, cause=cause)
        CASES.append(Case(code=code, build=build, says=says, remedy=remedy, **where))
        return build

    return register


def write_zip(path, files):
    """Writes a zip of {name: text or bytes}; a name that ends in a slash makes a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def good(path, **changes):
    """A submission that is right; `changes` replaces or adds files, None leaves one out.

    Names that are given as keywords have `__` for `.`: model__py=...
    """
    files = {"model.py": MODEL, "metadata": "", "SubmissionModel/weights.txt": "1 2 3"}
    for name, content in changes.items():
        files[name.replace("__", ".") if name.isidentifier() else name] = content
    return write_zip(path, {name: content for name, content in files.items() if content is not None})


def predicting(path, body):
    """A submission whose predict(self, X) has this body."""
    indented = body.replace("\n", "\n        ")
    return good(path, model__py=MODEL.replace(RETURN, indented))


def images_and_labels():
    """30 images (30, 4, 4, 3) uint8 and labels: the first pixel is the label in all but 3 of them."""
    labels = np.arange(30) % 3
    images = np.full((30, 4, 4, 3), 100, np.uint8)
    images[:, 0, 0, 0] = labels
    images[:, 1, 1, 1] = np.arange(30)  # no two alike
    images[[0, 1, 2], 0, 0, 0] = [1, 2, 0]
    return images, labels


def dataset(class_names=CLASS_NAMES):
    """The images and labels as a Dataset."""
    images, labels = images_and_labels()
    names = tuple(f"{class_names[label]}/{number:05d}.jpg" for number, label in enumerate(labels))
    return Dataset(images=images, labels=labels, class_names=class_names, names=names, source="test images")


def manifest(dataset, *, class_names=CLASS_NAMES, trained_on=(), seed=0, holdout=0.15, split_hash="0" * 64):
    return json.dumps(
        {
            "format": 1,
            "class_names": list(class_names),
            "split": {"hash": split_hash, "seed": seed, "holdout": holdout},
            "training_images": {"pixel_sha256": [dataset.pixel_sha256[index] for index in trained_on]},
        }
    )
