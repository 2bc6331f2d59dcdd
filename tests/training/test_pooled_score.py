"""The score of all folds together, by hand."""

import dataclasses
import json

import numpy as np
import pytest
from tiny_recipe import RECIPE

from plants import files
from plants.runs import run_folder
from plants.training import composed_run
from plants.training.plan import TrainingPlan


def crafted(folder, labels, answers, *, start):
    """A finished fold that gave these answers; its images have the numbers from `start` on."""
    folder.mkdir(parents=True)
    probabilities = np.eye(2, dtype="float32")[answers]
    shas = np.array([f"{start + place:064d}" for place in range(len(labels))])
    np.savez(folder / "validation.npz", labels=labels, probabilities=probabilities, pixel_sha256=shas)
    right = np.mean(np.array(labels) == answers)
    record = {
        "format": run_folder.FORMAT,
        "status": "finished",
        "class_names": ["a", "b"],
        "validation": {"n": len(labels), "accuracy": right},
        **{"seconds": 1.5, "cpu_seconds": 2.25, "parameters": 10},
    }
    files.write_json(folder / "run.json", record)


def test_the_pooled_score_and_its_interval_by_hand(tmp_path):
    crafted(tmp_path / "fold1", [0, 0, 0, 1], [0, 0, 1, 1], start=0)
    crafted(tmp_path / "fold0", [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0], start=4)
    record = {
        "format": run_folder.FORMAT,
        "recipe": {"folds": 2},
        "status": "running",
        "class_names": ["a", "b"],
    }
    folds = tuple(TrainingPlan(RECIPE, None, tmp_path / name, {}, ()) for name in ("fold0", "fold1"))
    plan = TrainingPlan(dataclasses.replace(RECIPE, folds=2), None, tmp_path, record, folds)
    composed_run.train(plan, record, train_member=lambda fold: None)
    made = json.loads((tmp_path / "run.json").read_text())
    score = made["out_of_fold"]
    assert (score["n"], score["accuracy"]) == (10, 0.8)
    # Class a: 5 of 6 right, 6 answers; class b: 3 of 4 right, 4 answers.
    assert score["macro_f1"] == pytest.approx((5 / 6 + 3 / 4) / 2)
    # Wilson: (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n) with z = 1.96
    assert score["ci95"] == [pytest.approx(0.49016, abs=1e-5), pytest.approx(0.94332, abs=1e-5)]
    assert score["folds"] == [{"n": 6, "accuracy": pytest.approx(5 / 6)}, {"n": 4, "accuracy": 0.75}]
    assert made["validation"] == {"n": 10, "accuracy": 0.8}
    assert (made["seconds"], made["cpu_seconds"], made["parameters"]) == (3.0, 4.5, 20)
    with np.load(tmp_path / "out_of_fold.npz") as pooled:
        assert pooled["fold"].tolist() == [1] * 4 + [0] * 6
        assert pooled["labels"].tolist() == [0, 0, 0, 1, 0, 0, 0, 1, 1, 1]
