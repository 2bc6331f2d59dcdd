"""Answers of runs: their order, their scores, and that only the same images are compared."""

import numpy as np
import pytest
from hand_made import CLASSES, answers
from tiny_runs import RECIPE

from plants.comparison import run_answers as answering
from plants.errors import InputError
from plants.recipes.recipe import to_dict
from plants.runs import run_folder

KEPT = {
    "labels": np.array([0, 1, 0]),
    "probabilities": np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]),
    "pixel_sha256": np.array(["cc", "aa", "bb"]),
}


def run_that_kept(folder, name, **arrays):
    np.savez(folder / name, **arrays)
    out_of_fold = {"n": 3} if "fold" in arrays else None
    return run_folder.Run(folder, {"recipe": to_dict(RECIPE), "out_of_fold": out_of_fold})


def test_answers_come_in_the_order_of_the_hashes(tmp_path):
    found = answering.of_run(run_that_kept(tmp_path, run_folder.VALIDATION, **KEPT))
    assert found.pixel_sha256.tolist() == ["aa", "bb", "cc"]
    assert found.labels.tolist() == [1, 0, 0]
    assert found.answers.tolist() == [1, 1, 0]
    assert found.right.tolist() == [True, False, True]
    assert found.fold.tolist() == [0, 0, 0]


def test_folds_keep_who_answered(tmp_path):
    kept = KEPT | {"fold": np.array([2, 0, 1])}
    found = answering.of_run(run_that_kept(tmp_path, run_folder.OUT_OF_FOLD, **kept))
    assert found.fold.tolist() == [0, 1, 2]


def test_one_image_under_two_labels_keeps_one_order(tmp_path):
    kept = KEPT | {"pixel_sha256": np.array(["aa", "aa", "aa"])}
    found = answering.of_run(run_that_kept(tmp_path, run_folder.VALIDATION, **kept))
    assert found.labels.tolist() == [0, 0, 1]


def test_a_run_without_answers_is_refused(tmp_path):
    run = run_folder.Run(tmp_path, {"recipe": to_dict(RECIPE)})
    with pytest.raises(InputError, match=r"validation\.npz: missing or not readable"):
        answering.of_run(run)


def test_scores_are_those_of_all_answers_and_of_each_fold():
    # The even places are fold 0: 1, 1, 0, 1; the odd ones fold 1: 0, 0, 0, 1.
    found = answers("10100011")
    scores = found.scores(CLASSES)
    assert (scores["n"], scores["accuracy"]) == (8, 0.5)
    # ash: precision 1, recall 1/2; birch was answered 4 times, never rightly.
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert found.fold_scores() == [{"n": 4, "accuracy": 0.75}, {"n": 4, "accuracy": 0.25}]


def test_other_images_are_refused_and_counted():
    with pytest.raises(
        InputError, match=r"one and two answered different images \(4 and 3, 2 in both, by their pixels\)"
    ):
        answering.refuse_other_images(answers("1111"), answers("111", first=2), ("one", "two"))


def test_the_same_images_under_other_labels_are_refused():
    first, other = answers("11"), answers("11")
    other.labels[1] = 1
    with pytest.raises(InputError, match="the same ones, labelled alike"):
        answering.refuse_other_images(first, other, ("one", "two"))


def test_the_same_images_pass():
    answering.refuse_other_images(answers("11"), answers("00"), ("one", "two"))
