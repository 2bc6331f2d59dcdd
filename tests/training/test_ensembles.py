"""Runs of nets that differ and are averaged: what they hold, their answers, what a stop leaves, bad input."""

import dataclasses

import composing
import numpy as np
import pytest
from composing import RECIPE, train
from single_runs import names
from stopping import Killed, stop_in_epoch

from plants.bundle import members
from plants.data import splits
from plants.errors import InputError
from plants.runs import load_net, run_folder
from plants.training.plan import plan_training

pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")
TWO = dataclasses.replace(RECIPE, ensemble="dropout=0.1; views=1 label_smoothing=0.2")
IN_FOLDS = dataclasses.replace(TWO, folds=2)


@pytest.fixture(scope="module", autouse=True)
def quick():
    with composing.quick():
        yield


@pytest.fixture(scope="module")
def two(tiny_dataset, tmp_path_factory):
    """A finished ensemble of two nets; nothing may be written into it."""
    return train(tiny_dataset, tmp_path_factory.mktemp("runs") / "two", TWO)


def plan(dataset, ensemble, **changes):
    recipe = dataclasses.replace(RECIPE, ensemble=ensemble, **changes)
    return plan_training(recipe, dataset, "never made", seed=0, command=["train.py"])


def test_each_net_has_its_own_changes_and_the_rest_of_the_recipe(two):
    assert names(two.path) == {"run.json", "validation.npz", "training_images.json", "net0", "net1"}
    assert two.record["members"] == ["net0", "net1"] and two.recipe == TWO
    first, second = (net.recipe for net in two.members)
    alone = dataclasses.replace(TWO, ensemble="")
    assert first == dataclasses.replace(alone, dropout=0.1)
    assert second == dataclasses.replace(alone, views=1, label_smoothing=0.2)


def test_its_answer_is_the_mean_of_its_nets(tiny_dataset, two):
    validated = tiny_dataset.subset(splits.split(tiny_dataset).validation)
    images = validated.images.astype("float32")
    expected = np.mean(
        [load_net.load_predictor(net).predict(images, verbose=0) for net in two.members], axis=0
    )
    answered, order = run_folder.read_answers(two), np.argsort(validated.pixel_sha256)
    np.testing.assert_allclose(answered["probabilities"], expected[order], atol=1e-5)
    np.testing.assert_array_equal(answered["labels"], validated.labels[order])
    right = np.mean(expected.argmax(axis=1) == validated.labels)
    assert two.record["validation"] == {"n": 6, "accuracy": pytest.approx(right)}


def test_a_zip_is_made_of_all_its_nets(two):
    assert {run.path for run in members.open_members([two.path])} == {net.path for net in two.members}


def test_in_folds_each_fold_is_an_ensemble_and_out_of_fold_answers_are_its_means(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run", IN_FOLDS)
    assert [run.record["members"], run.members[0].record["members"]] == [["fold0", "fold1"], ["net0", "net1"]]
    answered = run_folder.read_answers(run)
    assert len(answered["labels"]) == 24
    for index, fold in enumerate(run.members):
        nets = [run_folder.read_answers(net)["probabilities"] for net in fold.members]
        mine = answered["probabilities"][answered["fold"] == index]
        np.testing.assert_allclose(mine, np.mean(nets, axis=0), atol=1e-6)
    assert len(members.open_members([run.path])) == 4


def test_a_killed_ensemble_repeats_no_finished_net(tiny_dataset, tmp_path, monkeypatch, two):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 3, Killed())  # the second epoch of the second net
        with pytest.raises(Killed):
            train(tiny_dataset, tmp_path / "run", TWO)
    before = (tmp_path / "run" / "net0" / "best.weights.h5").stat().st_mtime_ns
    again = train(tiny_dataset, tmp_path / "run", TWO)
    assert (tmp_path / "run" / "net0" / "best.weights.h5").stat().st_mtime_ns == before
    for key, values in run_folder.read_answers(two).items():
        np.testing.assert_array_equal(run_folder.read_answers(again)[key], values)


def test_ctrl_c_keeps_the_nets_that_have_an_epoch_as_a_usable_run(tiny_dataset, tmp_path, monkeypatch):
    said = []
    stop_in_epoch(monkeypatch, 2, KeyboardInterrupt())  # the first epoch of the second net
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run", TWO, say=said.append)
    run = run_folder.open_run(tmp_path / "run")
    assert run.interrupted and run.record["members"] == ["net0"]
    assert run.record["validation"] == run.members[0].record["validation"]
    assert any("Ctrl-C keeps the nets with an epoch at least, and the same" in line for line in said)


def test_for_the_final_upload_there_is_nothing_to_score(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run", dataclasses.replace(TWO, holdout=0.0))
    assert names(run.path) == {"run.json", "training_images.json", "net0", "net1"}
    assert run.record["validation"] is None


def test_each_net_is_announced_by_what_it_changes(tiny_dataset, tmp_path):
    said = []
    train(tiny_dataset, tmp_path / "run", TWO, say=said.append)
    assert "\nnet1 (2 of 2): views=1 label_smoothing=0.2" in said


def test_the_recipes_of_all_nets_are_known_before_the_training(tiny_dataset):
    planned = plan(tiny_dataset, "backbone=lite0; backbone=lite2", folds=2)
    assert {recipe.backbone for recipe in planned.net_recipes} == {"lite0", "lite2"}
    assert len(planned.net_recipes) == 2  # the folds have the same


@pytest.mark.parametrize(
    ("ensemble", "told"),
    [
        ("views=1", "ensemble='views=1': expected two nets or more, 'views=4; backbone=lite1'"),
        ("views=1;", "ensemble='views=1;': expected two nets or more"),
        ("views=1; fit=cut", "--set fit=cut: Recipe field 'fit': got 'cut', expected one of resize, pad"),
        ("views=1; split_seed=3", "'split_seed=3' changes split_seed, which its nets have in common"),
        ("views=1; views=4; views=1", "'views=1' makes the net of another one again; let each differ"),
    ],
)
def test_nets_that_cannot_be_are_bad_input(tiny_dataset, ensemble, told):
    with pytest.raises(InputError) as caught:
        plan(tiny_dataset, ensemble)
    assert told in str(caught.value)


def test_an_ensemble_of_compositions_is_refused():
    with pytest.raises(
        InputError, match="'ensemble': got 'views=1; views=2', expected none in a composition"
    ):
        dataclasses.replace(composing.ONE_VS_REST, ensemble="views=1; views=2")


def test_a_net_that_would_crop_the_images_is_refused(tiny_dataset):
    ensemble = "views=1; fit=pad interpolation=bicubic image_size=64 phases.0.image_size=64"
    with pytest.raises(InputError, match="'resize' below 96 pixels, which the images have"):
        plan(tiny_dataset, ensemble)
