"""Run folders as train.py leaves them, made in a second: ImageNet features at 32 pixels, and a
last layer of random weights that tells the images below apart."""

import functools
import hashlib
import tempfile
from pathlib import Path

import numpy as np
from tiny_nets import SCALE, colour_net, colours

from plants import files
from plants.recipes.recipe import Phase, Recipe, to_dict
from plants.runs import provenance, run_folder

RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 32),), image_size=32)
CLASS_NAMES = tuple(f"Species{number}" for number in range(1, 9))


def photos(count, seed=0):
    """`count` smooth pictures of random colours and stripes, uint8 (count, 96, 96, 3)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:96, :96] / 96
    pictures = np.empty((count, 96, 96, 3))
    for picture in pictures:
        waves, angle = rng.uniform(1, 20), rng.uniform(0, np.pi)
        stripes = np.sin(2 * np.pi * waves * (np.cos(angle) * rows + np.sin(angle) * columns))
        picture[:] = 128 + 60 * stripes[..., None] * rng.uniform(-1, 1, 3) + rng.uniform(-68, 68, 3)
    return pictures.round().astype("uint8")


@functools.cache
def trained(seed):
    """A predictor of 8 classes, its net, and what it says of `photos(20)`."""
    import keras

    from plants.bundle import parity
    from plants.nets import build

    keras.utils.set_random_seed(seed)
    net = build.build(RECIPE, len(CLASS_NAMES), input_side=96)
    logits = net.get_layer("logits")
    kernel = np.random.default_rng(seed).normal(0, 0.1, logits.kernel.shape)
    logits.set_weights([kernel, np.zeros(len(CLASS_NAMES))])
    predictor = build.predictor(net, RECIPE.views)
    probabilities = parity.predict(predictor, photos(20))
    # A bias that makes the classes about equally likely, so that a test of labels can fail.
    logits.set_weights([kernel, -np.log(probabilities).mean(axis=0)])
    return predictor, net, parity.predict(predictor, photos(20))


def make_run(folder, *, seed=0, **changes):
    """Writes a finished run into `folder`; `changes` replace entries of its run.json."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    images, (_, net, probabilities) = photos(20), trained(seed)
    labels = probabilities.argmax(axis=1)
    labels[:5] = (labels[:5] + 1) % 8  # so the accuracy is 15 of 20
    hashes = sorted(hashlib.sha256(image.tobytes()).hexdigest() for image in images)
    net.save_weights(folder / run_folder.WEIGHTS)
    np.savez(folder / run_folder.PARITY, images=images, probabilities=probabilities)
    validation = {"labels": labels, "probabilities": probabilities, "pixel_sha256": np.array(hashes)}
    np.savez(folder / run_folder.VALIDATION, **validation)
    listed = {"pixel_sha256": ["a" * 64, "c" * 64], "perceptual_hash": ["1" * 16, "3" * 16]}
    files.write_json(folder / run_folder.TRAINING_IMAGES, listed)
    files.write_json(folder / run_folder.RUN, record(seed) | changes)
    return folder


def make_quick_run(folder, scale=SCALE, **changes):
    """A run of which `load_quick` makes a net in no time: `colour_net(scale)`, three classes."""
    folder.mkdir(parents=True)
    (folder / run_folder.WEIGHTS).write_text(str(scale))
    from plants.bundle import parity

    images = colours("rgbbgr")
    probabilities = parity.predict(colour_net(scale), images)
    np.savez(folder / run_folder.PARITY, images=images, probabilities=probabilities)
    files.write_json(folder / run_folder.TRAINING_IMAGES, {"pixel_sha256": [], "perceptual_hash": []})
    unscored = {"validation": None, "class_names": ["Blood", "Leaf", "Sky"]}
    files.write_json(folder / run_folder.RUN, record(seed=0) | unscored | changes)
    return folder


def load_quick(run):
    """Stands in for `load_factors` where a test is about files, not about nets."""
    return [colour_net(float((net.path / run_folder.WEIGHTS).read_text())) for net in run.nets]


def record(seed):
    """A run.json as `make_run` writes it."""
    return {
        "format": run_folder.FORMAT,
        "status": run_folder.FINISHED,
        "recipe": to_dict(RECIPE),
        "seed": seed,
        "command": ["train.py", "--data", "my photos", "--recipe", "tiny"],
        "versions": provenance.versions(),
        "split": {"hash": "5" * 64, "seed": 0, "holdout": 0.15},
        "class_names": list(CLASS_NAMES),
        "validation": {"n": 20, "accuracy": 0.75},
    }


@functools.cache
def built():
    """A folder with the run in `run/` and its zip `submission.zip`, made once for all tests."""
    from plants.bundle import build_zip, members

    keep = tempfile.TemporaryDirectory(prefix="tiny-run-")
    built.keep = keep  # removed when the tests end
    folder = Path(keep.name)
    make_run(folder / "run")
    build_zip.build(members.open_members([folder / "run"]), folder / "submission.zip")
    return folder
