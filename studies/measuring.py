"""Trains what a study still needs. Two processes at once share the work."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from plants import locks
from plants.comparison import trainings
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.runs import provenance, run_folder
from plants.training.outlook import plan_seconds
from plants.training.plan import plan_training
from studies import records
from studies.records import Measurement
from studies.variant import Variant


def measure(
    variants: Sequence[Variant],
    dataset: Dataset,
    *,
    folder: Path,
    results: Path,
    command: Sequence[str],
    say: Callable[[str], None] = print,
) -> None:
    """Trains the variants that have no record in `results`, and writes their records there.

    The runs lie in folder/<variant>/; `command`, without "python", is for their records. A variant that
    another process works on is left to it.
    Raises InputError, before anything is trained, if the code is that of no commit, a record or a run is
    that of another recipe, seed or data, or bundles do not fit the classes; when its turn comes, if the code
    has changed, or a run was begun with another one.
    """
    code, study = commit_of_code(), " ".join(["python", *command[:2]])
    measured = records.read_all(results, variants)
    refuse_other_data(measured, dataset)
    missing = [variant for variant in variants if variant.name not in measured]
    plans = [
        plan_training(variant.recipe, dataset, folder / variant.name, seed=variant.seed, command=command)
        for variant in missing
    ]
    for plan in plans:
        trainings.find_finished(plan)  # refuses what is another's; which are finished shows in their turn
    folder.mkdir(parents=True, exist_ok=True)
    progress = trainings.OverallProgress([plan_seconds(plan) for plan in plans], say=say)
    for variant, plan in zip(missing, plans, strict=True):
        lock = folder / f"{variant.name}.lock"
        lock.touch()
        with locks.held(lock) as ours:
            if not ours:
                progress.skip(variant.name, f"another {study} works on it")
            elif records.read(results, variant):
                progress.skip(variant.name, f"another {study} has trained it")
            else:
                refuse_changed_code(code)
                refuse_run_of_other_code(plan.folder, code)
                finished = trainings.find_finished(plan)  # by now another process may have ended it
                run = trainings.open_or_train(plan, finished, progress)
                refuse_several_codes(run)
                records.write(results, variant, run)


def refuse_run_of_other_code(folder: Path, code: str) -> None:
    """Raises InputError if an unfinished run was begun with another commit: its record can name only one."""
    record = run_folder.read_record(folder)
    if record and record["status"] != run_folder.FINISHED and record["commit"] != code:
        raise InputError(
            f"{folder} was begun with commit {record['commit']}, and this is {code}: check that one out, or "
            "delete the folder"
        )


def refuse_several_codes(run: run_folder.Run) -> None:
    """Raises InputError if a run was trained by several commits or versions: its record names one of each."""
    commits = {json.dumps([record["commit"], record["versions"]]) for record in _tries(run)}
    if len(commits) > 1:
        raise InputError(
            f"{run.path} was trained in parts by {len(commits)} commits or sets of packages: delete it and "
            "train it with one"
        )


def _tries(run: run_folder.Run) -> Iterator[dict[str, Any]]:
    """run.json of a run and of all that it is made of, and what else has tried it."""
    yield run.record
    yield from run.record.get("earlier_tries", [])
    for kind in ("members", "nets"):
        if kind in run.record:
            for inner in getattr(run, kind):
                yield from _tries(inner)


def commit_of_code() -> str:
    """The commit of this code, which each record names. InputError if it is that of none."""
    commit = provenance.commit() or "none"
    if commit == "none" or commit.endswith("-dirty"):
        raise InputError(
            f"this code is that of no commit (git says {commit}), and a record names the one it was measured "
            "with: commit or undo the changes, or work in a clone without any"
        )
    return commit


def refuse_changed_code(code: str) -> None:
    """Raises InputError if the code is no longer that of the commit `code`, with which this process began."""
    now = commit_of_code()
    if now != code:
        raise InputError(
            f"the code was that of commit {code} when this began, and now is that of {now}: give the same "
            "command again to go on with it"
        )


def refuse_other_data(measured: Mapping[str, Measurement], dataset: Dataset) -> None:
    """Raises InputError unless all measurements, by name, were trained on this dataset."""
    for name, measurement in measured.items():
        data = measurement.record["data"]
        if data["content_hash"] != dataset.content_hash:
            raise InputError(
                f"{name} was measured on {data['n']} other images than the {len(dataset)} of "
                f"{dataset.source}: name the same ones with --data, or delete all of the records"
            )
