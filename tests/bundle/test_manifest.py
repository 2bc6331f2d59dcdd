"""manifest.json: what the zip says of itself."""

import hashlib
import json
import platform
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from plants import files
from plants.bundle import manifest
from plants.contests.contest import Contest
from plants.errors import InputError

MEADOW = Contest(
    name="meadow",
    title="Two plants",
    classes=("Fern", "Moss"),
    image_side=64,
    profile="codabench-2024",
    state="open",
    upload="the zip to the meadow",
    links=("https://example.org/meadow",),
    data=(Path("/home/somebody/photos"),),
)


def member(folder, *, validation=None, images=("a",), weights="imagenet", seed=0):
    """A run as far as the manifest looks at it; `validation` is (keys, labels, probabilities)."""
    folder.mkdir()
    record = {
        "recipe": {"name": "tiny", "weights": weights},
        "seed": seed,
        "split": {"hash": "5" * 64, "seed": 3, "holdout": 0.15, "n_training": 7},
        "validation": None,
    }
    listed = {"pixel_sha256": list(images), "perceptual_hash": [f"hash of {image}" for image in images]}
    files.write_json(folder / "training_images.json", listed)
    if validation:
        keys, labels, probabilities = validation
        record["validation"] = {"n": len(labels), "accuracy": 0.0}
        np.savez(
            folder / "validation.npz", pixel_sha256=keys, labels=labels, probabilities=np.array(probabilities)
        )
    return SimpleNamespace(path=folder, record=record, class_names=("Fern", "Moss"), image_side=64)


def test_holds_exactly_what_the_referee_reads_and_no_time_or_path(tmp_path):
    run = member(tmp_path / "run", images=("b", "a"), weights="/home/someone/backbone.bin", seed=4)
    (tmp_path / "zip" / "SubmissionModel").mkdir(parents=True)
    (tmp_path / "zip" / "metadata").touch()
    (tmp_path / "zip" / "SubmissionModel" / "saved_model.pb").write_bytes(b"graph")
    made = manifest.make([run], MEADOW, tmp_path / "zip")
    versions = made.pop("versions")
    assert made == {
        "format": 1,
        "class_names": ["Fern", "Moss"],
        "image_shape": [64, 64, 3],
        "contest": {
            "name": "meadow",
            "title": "Two plants",
            "classes": ["Fern", "Moss"],
            "image_side": 64,
            "profile": "codabench-2024",
            "state": "open",
            "upload": "the zip to the meadow",
            "links": ["https://example.org/meadow"],
        },
        "files": {
            "SubmissionModel/saved_model.pb": hashlib.sha256(b"graph").hexdigest(),
            "metadata": hashlib.sha256(b"").hexdigest(),
        },
        "runs": [{"recipe": {"name": "tiny", "weights": "backbone.bin"}, "seed": 4}],
        "split": {"hash": "5" * 64, "seed": 3, "holdout": 0.15},
        "training_images": {"pixel_sha256": ["a", "b"], "perceptual_hash": ["hash of a", "hash of b"]},
        "scores": {"validation": None, "held_out": None},
    }
    assert versions["python"] == platform.python_version()
    assert (versions["tensorflow"], versions["keras"]) == (tf.__version__, keras.__version__)
    assert str(tmp_path) not in json.dumps(made)


def test_names_each_image_once_that_any_run_was_trained_on(tmp_path):
    runs = [member(tmp_path / "one", images=("c", "a")), member(tmp_path / "two", images=("b", "c"))]
    listed = manifest.training_images(runs)
    assert listed["pixel_sha256"] == ["a", "b", "c"]
    assert listed["perceptual_hash"] == ["hash of a", "hash of b", "hash of c"]


def test_runs_of_one_split_are_validated_by_the_mean_of_their_probabilities(tmp_path):
    keys, labels = ["x", "y"], [0, 1]
    first = member(tmp_path / "one", validation=(keys, labels, [[0.9, 0.1], [0.6, 0.4]]))
    second = member(tmp_path / "two", validation=(keys, labels, [[0.4, 0.6], [0.3, 0.7]]))
    assert manifest.validation([first]) == {"n": 2, "accuracy": 0.5}  # y is taken for 0
    assert manifest.validation([second]) == {"n": 2, "accuracy": 0.5}  # x is taken for 1
    assert manifest.validation([first, second]) == {"n": 2, "accuracy": 1.0}  # 0.65 0.35; 0.45 0.55


def test_folds_are_validated_each_by_the_run_that_did_not_learn_from_it(tmp_path):
    part = ["x", "y", "z"], [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [1, 0]]
    first = member(tmp_path / "one", validation=part)
    second = member(tmp_path / "two", validation=(["w"], [1], [[0.2, 0.8]]))
    everything = member(tmp_path / "three")  # trained on all of them: cannot tell
    assert manifest.validation([first, second, everything]) == {"n": 4, "accuracy": 0.75}


def test_a_fold_is_named_beside_its_recipe_and_seed(tmp_path):
    runs = [member(tmp_path / "one", seed=2), member(tmp_path / "two", seed=2)]
    for index, run in enumerate(runs):
        run.record["fold"] = {"index": index, "count": 2}
    recipe = {"name": "tiny", "weights": "imagenet"}
    assert manifest.make(runs, MEADOW, tmp_path)["runs"] == [
        {"recipe": recipe, "seed": 2, "fold": {"index": 0, "count": 2}},
        {"recipe": recipe, "seed": 2, "fold": {"index": 1, "count": 2}},
    ]


def test_without_any_validation_there_is_no_score(tmp_path):
    assert manifest.validation([member(tmp_path / "one")]) is None


@pytest.mark.parametrize("name", ["training_images.json", "validation.npz"])
@pytest.mark.parametrize("kept", [0, 0.5])  # share of the file
def test_a_broken_file_of_a_run_is_named_with_the_remedy(tmp_path, name, kept):
    run = member(tmp_path / "run", validation=(["x"], [0], [[1.0, 0.0]]))
    whole = (tmp_path / "run" / name).read_bytes()
    (tmp_path / "run" / name).write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(InputError, match=rf"run/{name}: missing or not readable .*; train again"):
        manifest.make([run], MEADOW, tmp_path)
