"""Runs made of others: folds, one-vs-rest, hierarchies; what they hold, and what a stop leaves."""

import dataclasses
import json

import composing
import numpy as np
import pytest
from composing import FOLDS, HIERARCHY, ONE_VS_REST, train
from single_runs import names
from stopping import Killed, stop_in_epoch

from plants import files
from plants.data import splits
from plants.errors import InputError
from plants.runs import jobs, load_net, run_folder

# Of tf.data, which Keras uses to predict: it says that it is traced all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with composing.quick():
        yield


@pytest.fixture(scope="module")
def folds(tiny_dataset, tmp_path_factory):
    """A finished run of three folds; nothing may be written into it."""
    return train(tiny_dataset, tmp_path_factory.mktemp("runs") / "folds", FOLDS)


@pytest.fixture
def trainings(monkeypatch):
    """Names of the members that are trained, in order."""
    begun, original = [], jobs.submit

    def noting(job):
        begun.append(job.folder.name)
        return original(job)

    monkeypatch.setattr(jobs, "submit", noting)
    return begun


def development(dataset):
    parts = splits.split(dataset)
    return sorted(dataset.pixel_sha256[index] for index in [*parts.training, *parts.validation])


def trained_on(folder):
    return set(json.loads((folder / run_folder.TRAINING_IMAGES).read_text())["pixel_sha256"])


def test_a_run_of_folds_holds_a_run_for_each_and_their_answers(folds):
    assert names(folds.path) == {"run.json", "out_of_fold.npz", "fold0", "fold1", "fold2"}
    record = json.loads((folds.path / "run.json").read_text())
    assert record == folds.record
    assert (record["status"], record["members"]) == ("finished", ["fold0", "fold1", "fold2"])
    assert "nets" not in record
    for index, member in enumerate(folds.members):
        assert member.record["fold"] == {"index": index, "count": 3}
        assert member.record["status"] == "finished"
        assert member.split_hash == folds.split_hash
    for name in ("seconds", "cpu_seconds", "parameters"):
        assert record[name] == pytest.approx(sum(member.record[name] for member in folds.members), abs=0.1)


def test_out_of_fold_holds_each_development_image_once_answered_by_who_did_not_learn_it(tiny_dataset, folds):
    answered = run_folder.read_answers(folds)
    assert answered["pixel_sha256"].tolist() == development(tiny_dataset)
    places = [tiny_dataset.pixel_sha256.index(sha) for sha in answered["pixel_sha256"]]
    np.testing.assert_array_equal(answered["labels"], tiny_dataset.labels[places])
    assert answered["probabilities"].dtype == np.float32
    for index, member in enumerate(folds.members):
        mine = answered["fold"] == index
        assert mine.sum() == 8
        assert not set(answered["pixel_sha256"][mine]) & trained_on(member.path)
        assert trained_on(member.path) == set(answered["pixel_sha256"][~mine])
        own = run_folder.read_answers(member)
        np.testing.assert_array_equal(answered["probabilities"][mine], own["probabilities"])


def test_no_fold_sees_a_held_out_image(tiny_dataset, folds):
    held_out = {tiny_dataset.pixel_sha256[index] for index in splits.split(tiny_dataset).held_out}
    assert len(held_out) == 6
    for member in folds.members:
        assert not held_out & trained_on(member.path)


def test_folds_for_the_final_upload_leave_no_image_out(tiny_dataset, tmp_path):
    said = []
    recipe = dataclasses.replace(FOLDS, holdout=0.0)
    run = train(tiny_dataset, tmp_path / "run", recipe, say=said.append)
    assert said[0] == "tiny test images: 30 images of 3 classes; 30 in 3 folds, 0 held out"
    assert sorted(run_folder.read_answers(run)["pixel_sha256"]) == sorted(tiny_dataset.pixel_sha256)
    for member in run.members:
        answered = set(run_folder.read_answers(member)["pixel_sha256"])
        assert len(answered) == 10 and trained_on(member.path) == set(tiny_dataset.pixel_sha256) - answered
    assert run.record["out_of_fold"]["n"] == 30 and not run.record["split"]["holdout"]


def test_a_fold_learns_the_same_whatever_was_trained_before_it(tiny_dataset, tmp_path, folds, trainings):
    # Without the folds before it, as after a kill that left two finished ones.
    train(tiny_dataset, tmp_path / "whole", FOLDS)
    for name in ("fold0", "fold1"):
        files.shutil.rmtree(tmp_path / "whole" / name)
    record = files.read_json(tmp_path / "whole" / "run.json") | {"status": "running"}
    files.write_json(tmp_path / "whole" / "run.json", record)
    trainings.clear()
    again = train(tiny_dataset, tmp_path / "whole", FOLDS)
    assert trainings == ["fold0", "fold1"]
    for key, values in run_folder.read_answers(folds).items():
        np.testing.assert_array_equal(run_folder.read_answers(again)[key], values)


def test_a_killed_run_goes_on_and_repeats_no_finished_member(
    tiny_dataset, tmp_path, monkeypatch, folds, trainings
):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 3, Killed())  # the second epoch of the second fold
        with pytest.raises(Killed):
            train(tiny_dataset, tmp_path / "run", FOLDS)
    with pytest.raises(InputError, match="has not ended: give the same train.py command again"):
        run_folder.open_run(tmp_path / "run")
    trainings.clear()
    again = train(tiny_dataset, tmp_path / "run", FOLDS)
    assert trainings == ["fold1", "fold2"]
    for key, values in run_folder.read_answers(folds).items():
        np.testing.assert_array_equal(run_folder.read_answers(again)[key], values)


def test_ctrl_c_keeps_the_folds_that_have_ended_as_a_usable_run(
    tiny_dataset, tmp_path, monkeypatch, trainings
):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 2, KeyboardInterrupt())  # the first epoch of the second fold
        with pytest.raises(KeyboardInterrupt):
            train(tiny_dataset, tmp_path / "run", FOLDS)
    run = run_folder.open_run(tmp_path / "run")
    assert run.interrupted and run.record["members"] == ["fold0"]
    assert run.record["out_of_fold"]["n"] == 8
    trainings.clear()
    again = train(tiny_dataset, tmp_path / "run", FOLDS)
    assert trainings == ["fold1", "fold2"]
    assert (again.record["status"], again.record["out_of_fold"]["n"]) == ("finished", 24)


def test_a_fold_that_was_stopped_after_an_epoch_counts_with_its_best(tiny_dataset, tmp_path, monkeypatch):
    stop_in_epoch(monkeypatch, 3, KeyboardInterrupt())  # the second epoch of the second fold
    with pytest.raises(KeyboardInterrupt):
        train(tiny_dataset, tmp_path / "run", FOLDS)
    run = run_folder.open_run(tmp_path / "run")
    assert run.record["members"] == ["fold0", "fold1"]
    assert [member.interrupted for member in run.members] == [False, True]
    assert run.record["out_of_fold"]["n"] == 16


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InputError("the loss is nan")])
@pytest.mark.parametrize("recipe", [FOLDS, HIERARCHY, dataclasses.replace(HIERARCHY, folds=2)])
def test_what_ends_before_the_first_epoch_leaves_nothing(tiny_dataset, tmp_path, monkeypatch, recipe, error):
    stop_in_epoch(monkeypatch, 0, error)
    with pytest.raises(type(error), match=str(error) or None):
        train(tiny_dataset, tmp_path / "run", recipe)
    assert not list(tmp_path.iterdir())


def test_a_composition_without_all_of_its_nets_is_no_usable_run(
    tiny_dataset, tmp_path, monkeypatch, trainings
):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 3, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            train(tiny_dataset, tmp_path / "run", ONE_VS_REST)
    with pytest.raises(InputError, match="has not ended"):
        run_folder.open_run(tmp_path / "run")
    trainings.clear()
    assert train(tiny_dataset, tmp_path / "run", ONE_VS_REST).record["nets"] == ["class0", "class1", "class2"]
    assert trainings == ["class1", "class2"]


def test_a_finished_run_of_folds_is_refused_as_a_folder_to_train_in(tiny_dataset, folds):
    with pytest.raises(InputError, match="holds a finished run: choose another --out"):
        train(tiny_dataset, folds.path, FOLDS)


def test_an_unfinished_run_of_other_folds_is_refused(tiny_dataset, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 2, Killed())
        with pytest.raises(Killed):
            train(tiny_dataset, tmp_path / "run", FOLDS)
    with pytest.raises(
        InputError, match=r"holds an unfinished run that differs in folds \(3, now 2\): choose"
    ):
        train(tiny_dataset, tmp_path / "run", dataclasses.replace(FOLDS, folds=2))


def test_the_first_fold_alone_is_the_first_of_all(tiny_dataset, tmp_path, folds):
    run = train(tiny_dataset, tmp_path / "run", dataclasses.replace(FOLDS, first_fold_only=True))
    assert run.record["members"] == ["fold0"]
    alone, all_of_them = run_folder.read_answers(run), run_folder.read_answers(folds)
    assert run.record["out_of_fold"]["n"] == len(alone["labels"]) == 8
    first = all_of_them["fold"] == 0
    np.testing.assert_array_equal(alone["pixel_sha256"], all_of_them["pixel_sha256"][first])
    np.testing.assert_array_equal(alone["probabilities"], all_of_them["probabilities"][first])


def answers_of(net, images):
    return build_answers(load_net._load_net(net), images)


def build_answers(predictor, images):
    return predictor.predict(images.astype("float32"), verbose=0).astype("float64")


WHOLE = {"run.json", "validation.npz", "parity.npz", "training_images.json"}


def test_one_vs_rest_is_the_product_of_its_binary_nets(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run", ONE_VS_REST)
    assert names(run.path) == WHOLE | {"class0", "class1", "class2"}
    assert [net.class_names for net in run.nets][1] == ("fern", "daisy+moss")
    parts = splits.split(tiny_dataset)
    validated = tiny_dataset.subset(parts.validation)
    odds = []
    for net in run.nets:
        this, others = answers_of(net, validated.images).T
        odds.append(this / others)
    expected = np.array(odds).T / np.sum(odds, axis=0)[:, None]
    answered = run_folder.read_answers(run)
    order = np.argsort(validated.pixel_sha256)
    np.testing.assert_allclose(answered["probabilities"], expected[order], atol=1e-5)
    np.testing.assert_array_equal(answered["labels"], validated.labels[order])
    right = np.mean(expected.argmax(axis=1) == validated.labels)
    assert run.record["validation"] == {"n": 6, "accuracy": pytest.approx(right)}
    assert trained_on(run.path) == {tiny_dataset.pixel_sha256[index] for index in parts.training}


def test_a_hierarchy_is_the_bundle_times_the_class_within(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run", HIERARCHY)
    assert names(run.path) == WHOLE | {"bundles", "bundle0"}
    assert [net.class_names for net in run.nets] == [("daisy+moss", "fern"), ("daisy", "moss")]
    assert run.nets[1].record["validation"]["n"] == 4  # two of each class in it
    images = tiny_dataset.images[::7]
    outer, inner = (answers_of(net, images) for net in run.nets)
    expected = np.stack([outer[:, 0] * inner[:, 0], outer[:, 1], outer[:, 0] * inner[:, 1]], axis=1)
    np.testing.assert_allclose(build_answers(load_net.load_predictor(run), images), expected, atol=1e-5)


def test_bundles_that_do_not_partition_the_classes_leave_no_folder(tiny_dataset, tmp_path):
    recipe = dataclasses.replace(HIERARCHY, bundles="daisy+moss/daisy")
    with pytest.raises(InputError, match=r"do not partition the classes \(missing: fern\)"):
        train(tiny_dataset, tmp_path / "run", recipe)
    assert not (tmp_path / "run").exists()


def test_the_bundles_that_were_found_are_on_record(tiny_dataset, tmp_path, folds):
    recipe = dataclasses.replace(HIERARCHY, bundles="", bundles_from=str(folds.path), bundle_count=2)
    run = train(tiny_dataset, tmp_path / "run", recipe)
    assert run.recipe.bundles_from == "" and run.recipe.bundles.count("/") == 1
    assert sorted(run.recipe.bundles.replace("/", "+").split("+")) == ["daisy", "fern", "moss"]


def test_folds_of_a_composition_are_compositions_that_pool_their_answers(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run", dataclasses.replace(HIERARCHY, folds=2))
    assert names(run.path / "fold0") == WHOLE | {"bundles", "bundle0"}
    assert [len(member.nets) for member in run.members] == [2, 2]
    answered = run_folder.read_answers(run)
    assert answered["pixel_sha256"].tolist() == development(tiny_dataset)
    assert answered["probabilities"].shape == (24, 3)


def test_each_member_is_announced_with_its_place(tiny_dataset, tmp_path):
    said = []
    train(tiny_dataset, tmp_path / "run", HIERARCHY, say=said.append)
    assert "\nbundles (1 of 2): daisy+moss against fern" in said
    assert "\nbundle0 (2 of 2): daisy against moss" in said


def test_more_folds_than_images_of_a_class_are_bad_input(tiny_dataset, tmp_path):
    with pytest.raises(InputError, match="9 folds, but class daisy has only 8 images"):
        train(tiny_dataset, tmp_path / "run", dataclasses.replace(FOLDS, folds=9))
    assert not (tmp_path / "run").exists()
