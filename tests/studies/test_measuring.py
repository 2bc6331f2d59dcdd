"""The study's trainings: done once, shared by processes, resumable from records and run folders."""

import dataclasses
import json
import shutil

import hand_made
import jobs_here
import numpy as np
import pytest
from quick_trainings import RECIPE, single, train_by_hand
from trainable_net import tiny_net

from plants import files, locks
from plants.comparison import trainings
from plants.errors import InputError
from plants.nets import build
from plants.recipes import catalog
from plants.runs import provenance, run_folder
from plants.training import make_run as making
from plants.training.plan import plan_training
from studies import measuring
from studies.variant import Variant

ONE, TWO = (
    Variant(name, dataclasses.replace(RECIPE, name=name, dropout=dropout))
    for name, dropout in (("one", 0.0), ("two", 0.5))
)


@pytest.fixture(autouse=True)
def trained(monkeypatch):
    """The names of the recipes that are trained, in order."""
    return train_by_hand(monkeypatch)


def measure(dataset, root, *variants, say=lambda line: None):
    """Measures the variants, their runs in root/runs and their records in root/results."""
    places = {"folder": root / "runs", "results": root / "results"}
    measuring.measure(variants or (ONE, TWO), dataset, command=["-m", "a study"], say=say, **places)


MAKE_RUN = making.make_run


@pytest.fixture(scope="module")
def really(tiny_dataset, tmp_path_factory):
    """A folder with the run and the record of ONE, trained as a user's would be, but for the net."""
    root = tmp_path_factory.mktemp("really")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "build", tiny_net)
        jobs_here.do_jobs_here(patch)
        patch.setattr(making, "make_run", MAKE_RUN)
        patch.setattr(provenance, "commit", lambda: "abc123")
        measure(tiny_dataset, root, ONE)
    return root


def test_a_record_holds_what_the_run_came_to_and_not_where_it_lay(tiny_dataset, really):
    run = json.loads((really / "runs" / "one" / "run.json").read_text())
    text = (really / "results" / "one.json").read_text()
    record = json.loads(text)
    assert tiny_dataset.source not in text and str(really) not in text
    assert record["data"] == {"content_hash": tiny_dataset.content_hash, "n": 30}
    for name in ("recipe", "seed", "versions", "commit", "cpu_seconds", "seconds", "parameters"):
        assert record[name] == run[name]
    pooled = record["out_of_fold"]
    assert pooled["n"] == run["out_of_fold"]["n"] == sum(fold["n"] for fold in pooled["folds"]) == 24
    assert pooled["accuracy"] == pytest.approx(run["out_of_fold"]["accuracy"])
    assert [fold["accuracy"] for fold in pooled["folds"]] == pytest.approx(
        [fold["accuracy"] for fold in run["out_of_fold"]["folds"]]
    )


def test_the_answers_beside_a_record_are_the_runs_own_in_small(really):
    whole = np.load(really / "runs" / "one" / "out_of_fold.npz")
    small = np.load(really / "results" / "one.npz")
    assert {name: small[name].dtype for name in small.files} == {
        "labels": "uint8",
        "answers": "uint8",
        "probabilities": "float16",
        "pixel_sha256": "S12",
        "fold": "uint8",
    }
    np.testing.assert_array_equal(small["labels"], whole["labels"])
    np.testing.assert_array_equal(small["answers"], whole["probabilities"].argmax(axis=1))
    np.testing.assert_array_equal(small["fold"], whole["fold"])
    np.testing.assert_allclose(small["probabilities"], whole["probabilities"], atol=5e-4)
    assert small["pixel_sha256"].astype(str).tolist() == [sha[:12] for sha in whole["pixel_sha256"]]


def test_a_run_that_was_really_trained_is_known_again(tiny_dataset, really, trained):
    def find(seed):
        folder = really / "runs" / "one"
        return trainings.find_finished(plan_training(ONE.recipe, tiny_dataset, folder, seed=seed, command=[]))

    assert find(seed=0).record["out_of_fold"]["n"] == 24
    with pytest.raises(InputError, match=r"differs in seed \(0, now 1\): choose another --out"):
        find(seed=1)


def test_every_variant_is_trained_and_leaves_a_record_and_its_answers(tiny_dataset, tmp_path, trained):
    measure(tiny_dataset, tmp_path)
    assert trained == ["one", "two"]
    assert {path.name for path in (tmp_path / "results").iterdir()} == {
        *("one.json", "one.npz", "two.json", "two.npz")
    }


def test_what_has_a_record_is_not_trained_again_even_without_its_run(tiny_dataset, tmp_path, trained):
    measure(tiny_dataset, tmp_path, ONE)
    shutil.rmtree(tmp_path / "runs")  # as in another clone
    assert trained == ["one"]
    measure(tiny_dataset, tmp_path)
    assert trained == ["one", "two"]
    assert not (tmp_path / "runs" / "one").exists()


def test_a_finished_run_without_a_record_is_read_not_trained_again(tiny_dataset, tmp_path, trained):
    measure(tiny_dataset, tmp_path, ONE)
    before = (tmp_path / "results" / "one.json").read_text()
    shutil.rmtree(tmp_path / "results")
    said = []
    measure(tiny_dataset, tmp_path, ONE, say=said.append)
    assert trained == ["one"]
    assert said == [f"one: the run in {tmp_path / 'runs' / 'one'} is finished"]
    assert (tmp_path / "results" / "one.json").read_text() == before


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def test_a_killed_measurement_leaves_no_record_and_no_lock(tiny_dataset, tmp_path, monkeypatch, trained):
    def killed(*arguments, **settings):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(making, "make_run", killed)
        measure(tiny_dataset, tmp_path)
    assert not (tmp_path / "results").exists()
    measure(tiny_dataset, tmp_path)
    assert trained == ["one", "two"]


def test_a_second_process_takes_the_next_variant_and_neither_trains_one_twice(
    tiny_dataset, tmp_path, monkeypatch, trained
):
    train, said_there = making.make_run, []

    def with_another_beside(plan):
        monkeypatch.setattr(making, "make_run", train)
        measure(tiny_dataset, tmp_path, say=said_there.append)  # starts while the first one trains
        return train(plan)

    monkeypatch.setattr(making, "make_run", with_another_beside)
    said_here = []
    measure(tiny_dataset, tmp_path, say=said_here.append)
    assert sorted(trained) == ["one", "two"]
    assert "one: another python -m a study works on it" in said_there
    assert "two: another python -m a study has trained it" in said_here


def test_a_variant_whose_recipe_changed_since_is_refused_not_taken_for_measured(tiny_dataset, tmp_path):
    measure(tiny_dataset, tmp_path, ONE)
    other = Variant("one", dataclasses.replace(ONE.recipe, dropout=0.25))
    with pytest.raises(
        InputError, match=r"one\.json was measured with another dropout \(0\.0, now 0\.25\): delete it"
    ):
        measure(tiny_dataset, tmp_path, other)
    with pytest.raises(InputError, match=r"another seed \(0, now 3\)"):
        measure(tiny_dataset, tmp_path, dataclasses.replace(ONE, seed=3))


def test_a_run_that_was_begun_with_another_commit_is_refused(tiny_dataset, tmp_path, monkeypatch, trained):
    run = hand_made.run(tmp_path / "runs" / "one", ONE.recipe, "110110100111", dataset=tiny_dataset)
    files.write_json(run.path / run_folder.RUN, run.record | {"status": run_folder.RUNNING})
    monkeypatch.setattr(provenance, "commit", lambda: "def456")
    with pytest.raises(InputError, match="one was begun with commit abc123, and this is def456: check that"):
        measure(tiny_dataset, tmp_path)
    assert trained == []
    lock = tmp_path / "runs" / "one.lock"
    with locks.held(lock):  # another process is at it
        measure(tiny_dataset, tmp_path, ONE)


@pytest.mark.parametrize(
    "commit, message",
    [
        ("abc123-dirty", r"^this code is that of no commit \(git says abc123-dirty\)"),
        (
            "def456",
            "^the code was that of commit abc123 when this began, and now is that of def456: give the",
        ),
    ],
)
def test_a_change_to_the_code_is_refused_when_the_next_variants_turn_comes(
    tiny_dataset, tmp_path, monkeypatch, trained, commit, message
):
    train = making.make_run

    def change_the_code_meanwhile(plan):
        monkeypatch.setattr(provenance, "commit", lambda: commit)
        return train(plan)

    monkeypatch.setattr(making, "make_run", change_the_code_meanwhile)
    with pytest.raises(InputError, match=message):
        measure(tiny_dataset, tmp_path)
    assert (tmp_path / "results" / "one.json").exists()
    assert trained == ["one"] and not (tmp_path / "runs" / "two").exists()


def tries(*commits):
    return [{"commit": commit, "versions": {"keras": "3"}} for commit in commits]


@pytest.mark.parametrize(
    "fold_commit, earlier, count",
    [("abc123", [], 1), ("def456", [], 2), ("abc123", tries("def456"), 2), ("def456", tries("ghi789"), 3)],
)
def test_a_run_of_several_commits_gets_no_record(tmp_path, fold_commit, earlier, count):
    fold = hand_made.run(tmp_path / "one" / "fold0", single("fold"), "1101")
    outer, *_ = tries("abc123")
    files.write_json(fold.path / run_folder.RUN, fold.record | tries(fold_commit)[0])
    run = run_folder.Run(tmp_path / "one", outer | {"members": ["fold0"], "earlier_tries": earlier})
    if count == 1:
        return measuring.refuse_several_codes(run)
    with pytest.raises(
        InputError, match=f"one was trained in parts by {count} commits or sets of packages: "
    ):
        measuring.refuse_several_codes(run)


def test_records_of_other_data_are_refused_before_anything_is_trained(tiny_dataset, tmp_path, trained):
    measure(tiny_dataset, tmp_path, ONE)
    message = r"one was measured on 30 other images than the 29 of tiny test images: name the same ones with"
    with pytest.raises(InputError, match=message):
        measure(tiny_dataset.subset(range(29)), tmp_path)
    assert trained == ["one"]


def test_words_about_a_recipe_are_no_change(tiny_dataset, tmp_path, trained):
    measure(tiny_dataset, tmp_path, ONE)
    reworded = dataclasses.replace(ONE.recipe, summary="other words", minutes=99.0)
    measure(tiny_dataset, tmp_path, Variant("one", reworded))
    assert trained == ["one"]


def test_bundles_of_other_classes_are_refused_before_anything_is_trained(tiny_dataset, tmp_path, trained):
    bundled = Variant("bundled", catalog.by_name("hierarchical"))
    with pytest.raises(InputError, match="do not partition the classes .unknown: Species1, Species2, "):
        measure(tiny_dataset, tmp_path, ONE, bundled)
    assert trained == []


def test_an_unfinished_run_of_another_recipe_is_refused_before_anything_is_trained(
    tiny_dataset, tmp_path, trained
):
    hand_made.unfinished(tmp_path / "runs" / "two", TWO.recipe, dataset=tiny_dataset)
    other = Variant("two", dataclasses.replace(TWO.recipe, dropout=0.25))
    with pytest.raises(InputError, match=r"an unfinished run that differs in dropout \(0\.5, now"):
        measure(tiny_dataset, tmp_path, ONE, other)
    assert trained == []
