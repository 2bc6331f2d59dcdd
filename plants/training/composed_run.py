"""A run made of others: the folds of a recipe, or the nets of an ensemble or a composition."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from plants import files, interrupts, metrics
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.runs import run_folder
from plants.runs.run_folder import Record, Run
from plants.training import run_files, single_run
from plants.training.plan import TrainingPlan


def train(plan: TrainingPlan, record: Record, train_member: Callable[[TrainingPlan], None]) -> Run:
    """Trains the members of a plan one after the other; returns the `Run`, which `record` is run.json of.

    `train_member` trains or goes on with one and does nothing for a finished one. Ctrl-C keeps folds, or nets
    of an ensemble, with an epoch at least as a usable run, marked as interrupted; what is left of the others
    is gone on with by the same command. If that is nothing, nothing is kept.
    """
    folder, names = plan.folder, [member.folder.name for member in plan.members]
    files.write_json(folder / run_folder.RUN, record)
    kind = "members" if plan.recipe.folds or plan.recipe.ensemble else "nets"
    try:
        for member in plan.members:
            train_member(member)
    except (KeyboardInterrupt, InputError):
        ended = [name for name in names if _has_ended(folder / name)]
        if kind == "members" and ended:
            _conclude(plan, record | {kind: ended, "status": run_folder.INTERRUPTED})
        elif not any((folder / name).exists() for name in names):
            (folder / run_folder.RUN).unlink()
        raise
    return _conclude(plan, record | {kind: names, "status": run_folder.FINISHED})


def _has_ended(folder: Path) -> bool:
    there = run_folder.read_record(folder)
    return there is not None and there["status"] != run_folder.RUNNING


def _conclude(plan: TrainingPlan, record: Record) -> Run:
    folder = plan.folder
    with interrupts.ignored():
        run = Run(folder, record)
        inner = run.members if "members" in record else run.nets
        for name in run_folder.SUMMED:
            record[name] = round(sum(member.record[name] for member in inner), 1)
        if plan.recipe.folds:
            _pool_folds(run, inner)
        else:
            training_set, validation_set = dataclasses.replace(plan.task, class_groups=None).datasets
            run_files.write_training_images(folder, training_set)
            if "members" in record:
                _average(run, inner, validation_set)
            else:
                single_run.write_answers(run, training_set, validation_set)
        files.write_json(folder / run_folder.RUN, record)
    return run


def _average(run: Run, nets: list[Run], validation_set: Dataset) -> None:
    """validation.npz, the mean of what an ensemble's nets answer, and its score, if there are such images."""
    if not len(validation_set):
        return
    answers = [run_folder.read_answers(net)["probabilities"] for net in nets]
    in_order = np.argsort(run_files.content_order(validation_set))  # theirs is that of the content
    single_run.write_validation(run, validation_set, np.mean(answers, axis=0)[in_order])


def _pool_folds(run: Run, folds: list[Run]) -> None:
    """out_of_fold.npz, and the score of all images that some fold was validated on."""
    run_files.write_out_of_fold(run.path, [run_folder.read_answers(fold) for fold in folds])
    pooled = run_folder.read_arrays(run, run_folder.OUT_OF_FOLD)
    labels, answers = pooled["labels"], pooled["probabilities"].argmax(axis=1)
    scores = metrics.score(labels, answers, run.class_names)
    pooled_scores = {name: scores[name] for name in ("n", "accuracy", "macro_f1", "ci95")}
    run.record["out_of_fold"] = pooled_scores | {"folds": [fold.record["validation"] for fold in folds]}
    run.record["validation"] = {name: scores[name] for name in ("n", "accuracy")}
