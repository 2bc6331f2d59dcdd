"""The run folder: what lies in it when, who may use it, and what is said of it."""

import dataclasses
import errno
import json
import os

import numpy as np
import pytest
import single_runs
from single_runs import RECIPE, WHOLE, names, train

from plants import files
from plants.errors import InputError
from plants.runs import load_net, run_folder
from plants.runs.changes import record_changes
from plants.training import phases, scores

# Of tf.data, which Keras uses to predict: it says that it is traced all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with single_runs.quick():
        yield


def test_a_finished_run_holds_exactly_its_files_and_a_full_record(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run")
    assert names(tmp_path / "run") == WHOLE
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record == run.record
    assert record["status"] == "finished"
    assert record["recipe"]["name"] == "smoke" and record["seed"] == 0
    assert record["command"] == ["train.py", "--seed", "0"]
    assert {"python", "keras", "numpy", "pillow", "scikit-learn"} < set(record["versions"])
    assert {"tensorflow", "tensorflow-cpu"} & set(record["versions"])
    assert record["data"]["content_hash"] == tiny_dataset.content_hash
    assert record["class_names"] == list(tiny_dataset.class_names)
    parts = record["split"]
    assert parts["n_training"] + parts["n_validation"] + parts["n_held_out"] == len(tiny_dataset)


def test_the_validation_score_in_the_record_is_that_of_the_kept_answers(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run")
    with np.load(run.path / "validation.npz") as answers:
        right = answers["probabilities"].argmax(axis=1) == answers["labels"]
        places = [tiny_dataset.pixel_sha256.index(sha) for sha in answers["pixel_sha256"]]
    assert run.record["validation"] == {"n": len(right), "accuracy": pytest.approx(right.mean())}
    np.testing.assert_array_equal(tiny_dataset.labels[places], np.load(run.path / "validation.npz")["labels"])


def test_the_training_images_listed_are_neither_validated_on_nor_held_out(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run")
    listed = json.loads((run.path / "training_images.json").read_text())
    validated = set(np.load(run.path / "validation.npz")["pixel_sha256"].tolist())
    assert len(listed["pixel_sha256"]) == len(listed["perceptual_hash"]) == run.record["split"]["n_training"]
    assert listed["pixel_sha256"] == sorted(listed["pixel_sha256"])
    assert not validated & set(listed["pixel_sha256"])


def test_parity_images_are_real_ones_with_the_trained_nets_probabilities(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run")
    with np.load(run.path / "parity.npz") as parity:
        images, probabilities = parity["images"], parity["probabilities"]
    assert all((tiny_dataset.images == image).all(axis=(1, 2, 3)).any() for image in images)
    predictor = load_net.load_predictor(run)
    np.testing.assert_allclose(scores.predict(predictor, images, image_size=96), probabilities, atol=1e-6)


def test_training_on_everything_holds_nothing_back(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "run", dataclasses.replace(RECIPE, holdout=0.0))
    assert names(run.path) == WHOLE - {"validation.npz"}
    assert run.record["validation"] is None
    listed = json.loads((run.path / "training_images.json").read_text())["pixel_sha256"]
    assert sorted(listed) == sorted(tiny_dataset.pixel_sha256)


def test_a_finished_run_is_refused_as_a_folder_to_train_in(tiny_dataset, tmp_path):
    train(tiny_dataset, tmp_path / "run")
    with pytest.raises(
        InputError, match=r"run holds a finished run: choose another --out, or delete it first"
    ):
        train(tiny_dataset, tmp_path / "run")


def test_a_folder_of_other_things_is_refused(tiny_dataset, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").touch()
    with pytest.raises(InputError, match="run exists and is not a run folder: choose another --out"):
        train(tiny_dataset, tmp_path / "run")
    assert names(tmp_path / "run") == {"thesis.tex"}


def test_two_trainings_in_one_folder_are_refused(tiny_dataset, tmp_path, monkeypatch):
    def start_another(training, net, phase):
        train(tiny_dataset, tmp_path / "run")

    monkeypatch.setattr(phases.Training, "train_epoch", start_another)
    with pytest.raises(InputError, match=r"another train.py works in .*run: wait for it, or choose another"):
        train(tiny_dataset, tmp_path / "run")


def test_an_out_that_cannot_be_written_is_bad_input(tiny_dataset, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write the run in .*below: Not a directory; free space or"):
        train(tiny_dataset, tmp_path / "file" / "below")


def test_a_full_disk_is_bad_input(tiny_dataset, tmp_path, monkeypatch):
    def no_space(path, value):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(files, "write_json", no_space)
    with pytest.raises(InputError, match="No space left on device; free space or choose another --out"):
        train(tiny_dataset, tmp_path / "run")


def test_the_name_of_the_link_is_refused_as_a_run_folder(tiny_dataset, tmp_path):
    with pytest.raises(InputError, match="is the name of the link to the newest run"):
        train(tiny_dataset, tmp_path / "runs" / "latest")


def test_answering_at_another_size_than_that_of_the_last_phase_is_said(tiny_dataset, tmp_path):
    said = []
    train(tiny_dataset, tmp_path / "a", dataclasses.replace(RECIPE, image_size=80), say=said.append)
    train(tiny_dataset, tmp_path / "b", say=said.append)
    assert [line for line in said if "answers at" in line] == [
        "trains at 64 pixels in the end and answers at 80: --set phases.1.image_size=80 if that is not meant"
    ]


def test_patience_without_validation_is_said_to_have_no_effect(tiny_dataset, tmp_path):
    patient = tuple(dataclasses.replace(phase, patience=3) for phase in RECIPE.phases)
    said = []
    recipe = dataclasses.replace(RECIPE, phases=patient, holdout=0.0)
    train(tiny_dataset, tmp_path / "run", recipe, say=said.append)
    assert any(line.startswith("no validation images, so patience has no effect") for line in said)


@pytest.mark.parametrize(
    "changed, idle",
    [
        ({"backbone": "vgg16"}, "drop_path, norm_momentum"),
        ({"backbone": "vgg16", "drop_path": 0.0}, "norm_momentum"),
        ({"backbone": "vgg16", "drop_path": 0.0, "norm_momentum": 0.99}, None),
        ({"backbone": "lite2"}, None),
    ],
)
def test_settings_that_the_backbone_does_not_read_are_said_to_have_no_effect(
    tiny_dataset, tmp_path, changed, idle
):
    said = []
    train(tiny_dataset, tmp_path / "run", dataclasses.replace(RECIPE, **changed), say=said.append)
    expected = [f"without effect on vgg16, since only Lite has it: {idle}"] if idle else []
    assert [line for line in said if line.startswith("without effect")] == expected


def test_latest_points_to_the_newest_run_in_a_folder_named_runs(tiny_dataset, tmp_path):
    for name in ("one", "two"):
        train(tiny_dataset, tmp_path / "runs" / name)
    assert (tmp_path / "runs" / "latest").resolve() == (tmp_path / "runs" / "two").resolve()
    assert names(tmp_path / "runs") == {"one", "two", "latest"}


def test_the_expected_time_is_said_before_the_training(tiny_dataset, tmp_path):
    said = []
    train(tiny_dataset, tmp_path / "run", say=said.append)
    assert f"{len(tiny_dataset)} images of {len(tiny_dataset.class_names)} classes" in said[0]
    assert said[1] == "near-copies: no groups among 30 images"
    assert said[2].startswith("recipe 'smoke': expect about ")


@pytest.mark.parametrize("content", [None, "not json", "[]", '{"format": 99}'])
def test_a_folder_without_a_readable_record_is_no_run(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match="is not a run folder: no readable run.json in it"):
        run_folder.open_run(tmp_path)


def test_a_run_of_members_opens_them_in_the_order_named(tiny_dataset, tmp_path):
    run = train(tiny_dataset, tmp_path / "whole")
    for name in ("b", "a"):
        (tmp_path / "many" / name).mkdir(parents=True)
        files.write_json(tmp_path / "many" / name / "run.json", run.record)
    files.write_json(tmp_path / "many" / "run.json", run.record | {"members": ["b", "a"]})
    members = run_folder.open_run(tmp_path / "many").members
    assert [member.path.name for member in members] == ["b", "a"]
    assert run_folder.open_run(tmp_path / "whole").members == [run_folder.open_run(tmp_path / "whole")]


def test_the_same_training_is_known_wherever_the_data_lay(tiny_dataset, tmp_path):
    record = train(tiny_dataset, tmp_path / "run").record
    moved = record | {"data": record["data"] | {"source": "somewhere else"}, "command": []}
    renamed = moved | {"recipe": moved["recipe"] | {"summary": "new words", "minutes": 99.0}}
    assert not record_changes(renamed, record)
    assert record_changes(record | {"seed": 1}, record)
    assert record_changes({"recipe": {"of": "another format"}}, record)
