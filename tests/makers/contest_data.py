"""Data in the forms of the contests, of synthetic images whose tint tells the class."""

import itertools
import zipfile

import numpy as np
from drawn_images import blotches
from PIL import Image

# One for each of eight classes: no two channels of two of them are alike.
TINTS = tuple(itertools.product((1.0, 0.4), repeat=3))
MEADOW = """\
title = "Three plants of a meadow"
classes = ["moss", "fern", "daisy"]  # not in sorted order
image_side = 64
profile = "codabench-2024"
state = "open"
upload = "the zip as it is, to the meadow's own page"
links = ["https://example.org/meadow"]
data = ["photos"]
"""


def pictures(num_classes, *, each=8, side=96, seed=0):
    """(images (n, side, side, 3), labels (n,)), the classes in turn."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num_classes * each) % num_classes
    return np.stack([blotches(rng, TINTS[label], side) for label in labels]), labels


def write_2022(folder):
    """The contest's zip of class folders; returns its path."""
    path = folder / "training_data_final.zip"
    images, labels = pictures(8)
    with zipfile.ZipFile(path, "w") as archive:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            with archive.open(f"training_data_final/Species{label + 1}/{number:05d}.jpg", "w") as file:
                Image.fromarray(image).save(file, "JPEG", quality=95)
    return path


def write_2023(folder):
    """`data` and the two words in an object array."""
    images, labels = pictures(2, each=20)
    words = np.array(["healthy", "unhealthy"], object)[labels]
    np.savez(folder / "public_data.npz", data=images, labels=words)
    return folder / "public_data.npz"


def write_2024(folder):
    """`images` and numbers in a column."""
    images, labels = pictures(8)
    np.savez(folder / "training_set.npz", images=images, labels=labels[:, None])
    return folder / "training_set.npz"


def write_meadow(folder):
    """A contest of one's own with its images beside it, 64 pixels a side; returns the path of its file."""
    images, labels = pictures(3, each=10, side=64)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = folder / "photos" / ("moss", "fern", "daisy")[label] / f"{number:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    (folder / "meadow.toml").write_text(MEADOW, encoding="utf-8")
    return folder / "meadow.toml"
