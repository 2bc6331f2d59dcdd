"""Every recipe of the catalogue through the three commands: trained, built, scored.

At 32 pixels, or the image's own 96 where it is padded, from random weights, an epoch a phase. The
three nets that take gigabytes have a small one of their family in their place; in full they are
among the slow tests.
"""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from jobs_here import do_jobs_here
from PIL import Image

import build_submission
import score
import train
from plants import commandline
from plants.nets import applications
from plants.recipes import catalog

pytestmark = pytest.mark.rest

SMALL = {
    "efficientnetb7": keras.applications.EfficientNetB0,
    "efficientnetv2l": keras.applications.EfficientNetV2B0,
    "convnextlarge": keras.applications.ConvNeXtTiny,
}
LARGE = [name for name, recipe in catalog.RECIPES.items() if recipe.backbone in SMALL]


@pytest.fixture(scope="module")
def photos(tiny_dataset, tmp_path_factory):
    """Five images of each of three classes in class folders."""
    root = tmp_path_factory.mktemp("photos")
    for name, image in zip(tiny_dataset.names, tiny_dataset.images, strict=True):
        if int(name[-9:-4]) < 5:
            (root / name).parent.mkdir(exist_ok=True)
            Image.fromarray(image).save(root / name)
    return root


def small(recipe):
    """What --set makes of a recipe to be done soon."""
    size = 96 if recipe.fit == "pad" else 32
    yield from ("weights=none", f"image_size={size}", "batch_size=9", f"views={min(recipe.views, 2)}")
    for index in range(len(recipe.phases)):
        yield from (f"phases.{index}.image_size={size}", f"phases.{index}.epochs=1")
        yield f"phases.{index}.warmup_epochs=0"
    if recipe.folds:
        yield "folds=2"
    if recipe.bundles:
        yield "bundles=daisy+moss/fern"


def call(main, *arguments):
    assert commandline.run(main, [str(argument) for argument in arguments]) == 0


def go_through(name, photos, folder, *changes):
    """Trains, builds and scores a recipe in `folder`; its run.json and its verdict."""
    run, out, verdict = folder / "run", folder / "submission.zip", folder / "score.json"
    assignments = [*small(catalog.by_name(name)), *changes]
    call(train.main, "--recipe", name, "--data", photos, "--out", run, "--set", *assignments)
    call(build_submission.main, run, "--out", out)
    call(score.main, out, "--data", photos, "--json", verdict)
    return json.loads((run / "run.json").read_text()), json.loads(verdict.read_text())


def require_whole(name, record, verdict):
    assert (record["status"], record["recipe"]["name"]) == ("finished", name)
    assert verdict["verdict"] == "accepted", verdict
    # 15 % of 5, rounded: one of each class
    assert verdict["n"] == 3
    validated = 12 if record["recipe"]["folds"] else 3
    assert record["validation"]["n"] == validated
    assert 0 < record["parameters"] and np.isfinite(record["validation"]["accuracy"])


@pytest.fixture
def untraced():
    """To trace a graph takes longer than the two steps it is for."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


# Of tf.data, which Keras uses to predict: it says that it is traced all the same.
@pytest.mark.filterwarnings("ignore:Even though the:UserWarning")
@pytest.mark.parametrize("name", catalog.RECIPES)
def test_a_recipe_trains_builds_and_scores(name, photos, tmp_path, monkeypatch, untraced):
    monkeypatch.setattr(applications, "MAKERS", applications.MAKERS | SMALL)
    do_jobs_here(monkeypatch)
    require_whole(name, *go_through(name, photos, tmp_path))


@pytest.mark.filterwarnings("ignore:Even though the:UserWarning")
@pytest.mark.parametrize("name", ["kfold", "hierarchical"])
def test_what_stands_on_lite0_stands_on_another_backbone_too(name, photos, tmp_path, monkeypatch, untraced):
    do_jobs_here(monkeypatch)
    record, verdict = go_through(name, photos, tmp_path, "backbone=efficientnetb0")
    require_whole(name, record, verdict)
    members = [json.loads(path.read_text()) for path in (tmp_path / "run").glob("*/run.json")]
    assert [each["recipe"]["backbone"] for each in [record, *members]] == ["efficientnetb0"] * 3


@pytest.mark.parametrize(
    "changes", [("folds=2",), ("composition=hierarchical", "bundles=daisy+moss/fern")], ids=lambda c: c[0]
)
def test_members_train_in_processes_of_their_own(changes, photos, tmp_path):
    require_whole("smoke", *go_through("smoke", photos, tmp_path, *changes))


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_recipe_of_a_large_net_trains_builds_and_scores(name, photos, tmp_path):
    require_whole(name, *go_through(name, photos, tmp_path))
