"""Answers, runs and records whose figures follow by hand."""

import numpy as np

from plants import files
from plants.comparison.run_answers import RunAnswers
from plants.recipes.recipe import to_dict
from plants.runs import run_folder
from studies.records import Measurement

CLASSES = ("ash", "birch")


def answers(right, *, folds=2, first=0):
    """Answers to the images number `first` and on, all of them of class 0; `right` is a string of 1 and 0."""
    answered = np.array([1 - int(digit) for digit in right])
    return RunAnswers(
        labels=np.zeros(len(right), int),
        answers=answered,
        probabilities=np.eye(2)[answered],
        pixel_sha256=np.array([f"{first + index:012x}".ljust(64, "0") for index in range(len(right))]),
        fold=np.arange(len(right)) % folds,
    )


def measured(variant, right, *, cpu_seconds=3600.0, **settings):
    """A trained variant that got those images right."""
    record = {
        "recipe": to_dict(variant.recipe),
        "seed": variant.seed,
        "commit": "abc123",
        "cpu_seconds": cpu_seconds,
        "seconds": 1800.0,
        "parameters": 1234567,
        "class_names": list(CLASSES),
    }
    return Measurement(record, answers(right, **settings))


def run(folder, recipe, right, *, seed=0, dataset=None, **settings):
    """A finished run that answered its validation images, or the out-of-fold ones, like that.

    It was trained on `dataset` if one is given.
    """
    folder.mkdir(parents=True)
    answered = answers(right, **settings)
    kept = {"labels": answered.labels, "probabilities": answered.probabilities}
    kept["pixel_sha256"] = answered.pixel_sha256
    name = run_folder.VALIDATION
    if recipe.folds:
        kept["fold"], name = answered.fold, run_folder.OUT_OF_FOLD
    np.savez(folder / name, **kept)
    record = run_record(recipe, seed, len(right), dataset)
    files.write_json(folder / run_folder.RUN, record)
    return run_folder.Run(folder, record)


def unfinished(folder, recipe, *, dataset):
    """A run that was killed in its training on `dataset`."""
    folder.mkdir(parents=True)
    record = run_record(recipe, 0, 0, dataset) | {"status": run_folder.RUNNING}
    files.write_json(folder / run_folder.RUN, record)


def run_record(recipe, seed, n, dataset):
    """Of a run.json, what comparisons read."""
    return {
        "format": run_folder.FORMAT,
        "status": run_folder.FINISHED,
        "recipe": to_dict(recipe),
        "seed": seed,
        "versions": {"python": "3.11"},
        "commit": "abc123",
        "data": {
            "source": "/home/somebody/photos",
            "content_hash": dataset.content_hash if dataset else "5" * 64,
            "n": len(dataset) if dataset else 100,
        },
        "split": {"hash": "6" * 64},
        "class_names": list(CLASSES),
        "out_of_fold": {"n": n} if recipe.folds else None,
        "cpu_seconds": 1000.0 + 100 * seed,
        "seconds": 600.0 + 100 * seed,
        "parameters": 3_000_000,
    }
