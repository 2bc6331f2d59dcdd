"""Trainings for comparisons: each done once, refused early, with the ETA of all of them."""

import contextlib

import hand_made
import pytest
from quick_trainings import single, train_by_hand

from plants.comparison import trainings
from plants.errors import InputError
from plants.training import make_run as making


@pytest.fixture(autouse=True)
def trained(monkeypatch):
    """The names of the recipes that are trained, in order."""
    return train_by_hand(monkeypatch)


def compare(dataset, folder, *recipes, seeds=1, say=lambda line: None):
    """What all seeds together come to."""
    after_each = trainings.train_recipes(
        recipes, range(seeds), dataset, folder=folder, command=["compare.py"], say=say
    )
    return list(after_each)[-1]


def test_each_recipe_and_seed_has_a_folder_and_is_trained_once(tiny_dataset, tmp_path, trained):
    entries = compare(tiny_dataset, tmp_path, single("a"), single("b"), seeds=2)
    assert {path.name for path in tmp_path.iterdir()} == {"a-seed0", "b-seed0", "a-seed1", "b-seed1"}
    assert [(entry.name, [run.record["seed"] for run in entry.runs]) for entry in entries] == [
        ("a", [0, 1]),
        ("b", [0, 1]),
    ]
    said = []
    again = compare(tiny_dataset, tmp_path, single("a"), single("b"), seeds=2, say=said.append)
    assert trained == ["a", "b", "a", "b"]
    assert again == entries
    assert said == [
        f"{name}: the run in {tmp_path / name} is finished"
        for name in ("a-seed0", "b-seed0", "a-seed1", "b-seed1")
    ]


def test_a_finished_run_of_another_recipe_or_data_is_refused_before_anything_is_trained(
    tiny_dataset, tmp_path, trained
):
    compare(tiny_dataset, tmp_path, single("b"))
    with pytest.raises(
        InputError, match=r"b-seed0 holds a finished run that differs in batch_size \(16, now 8\): choose"
    ):
        compare(tiny_dataset, tmp_path, single("a"), single("b", batch_size=8))
    fewer = tiny_dataset.subset(range(1, 30))
    with pytest.raises(InputError, match="b-seed0 holds a finished run that differs in its images: choose"):
        compare(fewer, tmp_path, single("a"), single("b"))
    assert trained == ["b"]


def test_an_unfinished_run_of_another_recipe_is_refused_before_anything_is_trained(
    tiny_dataset, tmp_path, trained
):
    hand_made.unfinished(tmp_path / "b-seed0", single("b"), dataset=tiny_dataset)
    with pytest.raises(
        InputError, match=r"b-seed0 holds an unfinished run that differs in batch_size \(16, now 8\): choose"
    ):
        compare(tiny_dataset, tmp_path, single("a"), single("b", batch_size=8))
    assert trained == []


def test_a_folder_of_other_files_is_refused_before_anything_is_trained(tiny_dataset, tmp_path, trained):
    (tmp_path / "b-seed0").mkdir()
    (tmp_path / "b-seed0" / "thesis.tex").touch()
    with pytest.raises(InputError, match="b-seed0 exists and is not a run folder: choose another --out"):
        compare(tiny_dataset, tmp_path, single("a"), single("b"))
    assert trained == []


def test_weights_that_are_not_there_are_missed_before_anything_is_trained(tiny_dataset, tmp_path, trained):
    with pytest.raises(InputError, match="^there is no weights file /nowhere.h5; name another with --set"):
        compare(tiny_dataset, tmp_path, single("a"), single("b", backbone="vgg16", weights="/nowhere.h5"))
    assert trained == []
    assert list(tmp_path.iterdir()) == []


def test_the_seeds_come_one_after_the_other_so_that_a_stopped_comparison_has_whole_ones(
    tiny_dataset, tmp_path, monkeypatch, trained
):
    train = making.make_run

    def stopped_at_the_third(plan):
        if len(trained) == 2:
            raise KeyboardInterrupt
        return train(plan)

    monkeypatch.setattr(making, "make_run", stopped_at_the_third)
    with contextlib.suppress(KeyboardInterrupt):
        compare(tiny_dataset, tmp_path, single("a"), single("b"), seeds=2)
    assert {path.name for path in tmp_path.iterdir()} == {"a-seed0", "b-seed0"}


def test_the_eta_of_all_follows_the_pace_of_those_that_ended():
    said, times = [], iter([0.0, 30.0, 30.0, 1830.0])
    progress = trainings.OverallProgress([10.0, 60.0, 600.0], say=said.append, now=lambda: next(times))
    assert progress.eta() == 670.0
    with progress.training("first"):  # takes 30 s, not 10
        pass
    assert progress.eta() == 3 * 660.0
    progress.skip("second", "finished")
    assert progress.eta() == 3 * 600.0
    with progress.training("third"):
        pass
    assert progress.eta() == 0.0
    assert said == [
        "\n[1 of 3] first; all that is left takes about 11 min",
        "second: finished",
        "\n[3 of 3] third; all that is left takes about 30 min",
    ]


def test_without_knowing_one_of_them_there_is_no_eta_until_it_has_ended():
    said, times = [], iter([0.0, 50.0, 50.0, 70.0])
    progress = trainings.OverallProgress([None, 10.0, 30.0], say=said.append, now=lambda: next(times))
    with progress.training("first"):
        pass
    assert progress.eta() == 40.0  # what the unknown one took says nothing of the others
    with progress.training("second"):  # takes 20 s, not 10
        pass
    assert progress.eta() == 60.0
    assert said == [
        "\n[1 of 3] first; how long all takes is not known",
        "\n[2 of 3] second; all that is left takes about 40 s",
    ]
