"""Folds and compositions behind one `predict`: the zip answers as the run does."""

import json
import runpy
import zipfile

import composing
import numpy as np
import pytest
from composing import FOLDS, HIERARCHY, ONE_VS_REST, train
from fresh_process import unpack

from plants.bundle import build_zip, export
from plants.bundle.members import open_members
from plants.runs import load_net, run_folder

# Of tf.data, which Keras uses to predict: it says that it is traced all the same.
pytestmark = [pytest.mark.rest, pytest.mark.filterwarnings("ignore:Even though the:UserWarning")]


@pytest.fixture(scope="module", autouse=True)
def quick():
    with composing.quick():
        yield


@pytest.fixture(scope="module")
def runs(tiny_dataset, tmp_path_factory):
    """Finished runs of folds and of compositions, by name."""
    folder = tmp_path_factory.mktemp("runs")
    recipes = {"folds": FOLDS, "one-vs-rest": ONE_VS_REST, "hierarchy": HIERARCHY}
    return {name: train(tiny_dataset, folder / name, recipe) for name, recipe in recipes.items()}


def built(runs, out):
    """The zip of these runs: its manifest, names and probabilities as a function of images."""
    build_zip.build(open_members([run.path for run in runs]), out)
    host = unpack(out, out.with_suffix(""))
    with zipfile.ZipFile(out) as archive:
        graphs = {name for name in archive.namelist() if name.endswith("saved_model.pb")}
    entry = runpy.run_path(str(host / "model.py"))["Model"](str(host))
    manifest = json.loads((host / "manifest.json").read_text())
    return manifest, graphs, lambda images: entry.probabilities(images).numpy()


def answer(run, images):
    """What a run without folds says of uint8 images."""
    return load_net.load_predictor(run).predict(images.astype("float32"), verbose=0)


def test_a_zip_of_folds_answers_with_their_mean(tiny_dataset, runs, tmp_path):
    images = tiny_dataset.images[::5]
    _, graphs, probabilities = built([runs["folds"]], tmp_path / "a.zip")
    assert graphs == {"SubmissionModel/saved_model.pb"}
    each = [answer(fold, images) for fold in runs["folds"].members]
    assert np.abs(each[0] - each[1]).max() > 1e-3  # they differ, so this can fail
    np.testing.assert_allclose(probabilities(images), np.mean(each, axis=0), atol=1e-5)


def test_the_manifest_of_folds_names_each_and_all_they_learned_from(tiny_dataset, runs, tmp_path):
    manifest, _, _ = built([runs["folds"]], tmp_path / "a.zip")
    places = sorted(run["fold"]["index"] for run in manifest["runs"])
    assert (places, {run["fold"]["count"] for run in manifest["runs"]}) == ([0, 1, 2], {3})
    assert {run["recipe"]["folds"] for run in manifest["runs"]} == {0}
    # Every image of the development part was learned by two folds and validated by the third.
    answered = run_folder.read_answers(runs["folds"])
    assert manifest["training_images"]["pixel_sha256"] == answered["pixel_sha256"].tolist()
    assert manifest["scores"]["validation"] == runs["folds"].record["validation"]


@pytest.mark.parametrize("name", ["one-vs-rest", "hierarchy"])
def test_a_zip_of_a_composition_answers_as_the_run(name, tiny_dataset, runs, tmp_path):
    manifest, graphs, probabilities = built([runs[name]], tmp_path / "a.zip")
    assert graphs == {"SubmissionModel/saved_model.pb"}
    np.testing.assert_allclose(
        probabilities(tiny_dataset.images), answer(runs[name], tiny_dataset.images), atol=1e-5
    )
    (run,) = manifest["runs"]
    assert run["recipe"]["composition"] == runs[name].recipe.composition
    assert manifest["class_names"] == list(tiny_dataset.class_names)
    assert manifest["scores"]["validation"] == runs[name].record["validation"]


@pytest.mark.parametrize(
    "name, folders", [("one-vs-rest", ["000-00", "000-01", "000-02"]), ("hierarchy", ["000-00", "000-01"])]
)
def test_beyond_one_graph_the_nets_of_a_composition_answer_as_one(
    name, folders, tiny_dataset, runs, tmp_path, monkeypatch
):
    # A net of three groups takes 4 * (108 + 16 + 4 * 3 + 3) bytes.
    monkeypatch.setattr(export, "LARGEST_GRAPH", 560)
    _, graphs, probabilities = built([runs[name]], tmp_path / "a.zip")
    assert graphs == {f"SubmissionModel/{folder}/saved_model.pb" for folder in folders}
    np.testing.assert_allclose(
        probabilities(tiny_dataset.images), answer(runs[name], tiny_dataset.images), atol=1e-5
    )


@pytest.mark.parametrize("limit, count", [(1_500_000_000, 1), (560, 5)])
def test_compositions_are_averaged_as_wholes(limit, count, tiny_dataset, runs, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_GRAPH", limit)
    both = [runs["one-vs-rest"], runs["hierarchy"]]
    _, graphs, probabilities = built(both, tmp_path / "a.zip")
    assert len(graphs) == count
    images = tiny_dataset.images[::3]
    expected = (answer(both[0], images) + answer(both[1], images)) / 2
    np.testing.assert_allclose(probabilities(images), expected, atol=1e-5)
