"""A run made of others: the folds of a recipe, or the nets of a composition."""

import dataclasses

from plants import files, interrupts, metrics
from plants.errors import InputError
from plants.runs import run_folder
from plants.training import single_run

SUMMED = ("seconds", "cpu_seconds", "parameters")


def train(members, task, folder, record, *, train_member):
    """Trains the members of a composed run one after the other; returns its `Run`.

    `members` are names of folders below `folder`; `train_member(name)` trains or goes on with one
    and does nothing for a finished one. Ctrl-C keeps folds with an epoch at least as a usable run, marked
    as interrupted; what is left of the others is gone on with by the same command. If that is nothing,
    nothing is kept.
    """
    files.write_json(folder / run_folder.RUN, record)
    kind = "members" if record["recipe"]["folds"] else "nets"
    try:
        for name in members:
            train_member(name)
    except (KeyboardInterrupt, InputError):
        ended = [name for name in members if _has_ended(folder / name)]
        if kind == "members" and ended:
            _conclude(folder, record | {kind: ended, "status": run_folder.INTERRUPTED}, task)
        elif not any((folder / name).exists() for name in members):
            (folder / run_folder.RUN).unlink()
        raise
    return _conclude(folder, record | {kind: list(members), "status": run_folder.FINISHED}, task)


def _has_ended(folder):
    there = run_folder.read_record(folder)
    return there is not None and there["status"] != run_folder.RUNNING


def _conclude(folder, record, task):
    with interrupts.ignored():
        run = run_folder.Run(folder, record)
        inner = run.members if "members" in record else run.nets
        for name in SUMMED:
            record[name] = round(sum(member.record[name] for member in inner), 1)
        if "members" in record:
            _pool_folds(run, inner)
        else:
            parts = dataclasses.replace(task, class_groups=None).parts
            run_folder.write_training_images(folder, parts[0])
            single_run.write_answers(run, *parts)
        files.write_json(folder / run_folder.RUN, record)
    return run


def _pool_folds(run, folds):
    """out_of_fold.npz, and the score of all images that some fold was validated on."""
    run_folder.write_out_of_fold(run.path, [run_folder.read_answers(fold) for fold in folds])
    pooled = run_folder.read_arrays(run, run_folder.OUT_OF_FOLD)
    labels, answers = pooled["labels"], pooled["probabilities"].argmax(axis=1)
    scores = metrics.score(labels, answers, run.class_names)
    pooled_scores = {name: scores[name] for name in ("n", "accuracy", "macro_f1", "ci95")}
    run.record["out_of_fold"] = pooled_scores | {"folds": [fold.record["validation"] for fold in folds]}
    run.record["validation"] = {name: scores[name] for name in ("n", "accuracy")}
