"""The nets and images that the parts share: those of `default`, with ImageNet weights."""

import dataclasses
import unittest.mock
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.recipes import catalog
from plants.recipes.recipe import Recipe

CLASSES = 8
IMAGE_SIDE = 96  # pixels of a photo
SIDE = 160  # pixels, as `default` ends
VIEWS = 4
BATCH = 32


def recipe_at(size: int) -> Recipe:
    """`default`, but only its last phase, at `size` pixels."""
    default = catalog.RECIPES["default"]
    return dataclasses.replace(
        default, phases=(dataclasses.replace(default.phases[-1], image_size=size),), image_size=size
    )


def photos(count: int) -> npt.NDArray[np.uint8]:
    """(count, 96, 96, 3) noise: no step depends on what a picture shows."""
    shape = (count, IMAGE_SIDE, IMAGE_SIDE, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def keras_normalization() -> Any:
    """A context in which Lite nets get keras.layers.BatchNormalization."""
    import keras

    return unittest.mock.patch("plants.nets.lite.batch_normalization", keras.layers.BatchNormalization)


def predictor() -> Any:
    """The keras.Model of `default`'s predictions: 4 views at 160 pixels."""
    import keras

    from plants.nets import build

    keras.utils.set_random_seed(0)  # the head is random, and the same in every process
    return build.predictor(build.build(recipe_at(SIDE), CLASSES, input_side=IMAGE_SIDE), VIEWS)


def export(folder: Path) -> None:
    """Writes `predictor` into a folder: as a submission, model.py and SubmissionModel/, and as net.keras."""
    import shutil

    from plants.bundle import export as exporting
    from plants.bundle.build_zip import MODEL_CLASS

    exporting.export([[predictor()]], folder / "SubmissionModel")
    with keras_normalization():  # as participants have it; the same answers
        predictor().save(folder / "net.keras")
    shutil.copyfile(MODEL_CLASS, folder / "model.py")
