"""Trains what the claims still need. Two processes at once share the work."""

import json

from plants import locks
from plants.comparison import trainings
from plants.errors import InputError
from plants.runs import run_folder
from studies.report_claims import records


def measure(variants, dataset, *, folder, results, command, say=print):
    """Trains the variants that have no record in `results`; yields each one when that is done, or not ours.

    The runs lie in folder/<variant>/. A variant that another process works on is left to it.
    Raises InputError, before anything is trained, if the code is that of no commit, a record or a run is
    that of another recipe, seed or data, or bundles do not fit the classes; when its turn comes, if the code
    has changed, or a run was begun with another one.
    """
    code = named_code()
    there = records.read_all(results, variants)
    refuse_other_data(there, dataset)
    missing = [variant for variant in variants if variant.name not in there]
    plans = [
        trainings.PlannedTraining(variant.recipe, variant.seed, folder / variant.name) for variant in missing
    ]
    for plan in plans:
        trainings.open_finished(plan, dataset)
    folder.mkdir(parents=True, exist_ok=True)
    several = trainings.Several([plan.seconds(dataset) for plan in plans], say=say)
    for variant, plan in zip(missing, plans, strict=True):
        lock = folder / f"{variant.name}.lock"
        lock.touch()
        with locks.held(lock) as ours:
            if not ours:
                several.skip(variant.name, "another compare.py works on it")
            elif records.read(results, variant):
                several.skip(variant.name, "another compare.py has trained it")
            else:
                refuse_changed_code(code)
                refuse_other_code(plan.folder, code)
                run = trainings.open_or_train(plan, dataset, several, command=command)
                refuse_several_codes(run)
                records.write(results, variant, run)
        yield variant


def refuse_other_code(folder, code):
    """Raises InputError if an unfinished run was begun with another commit: its record can name only one."""
    there = run_folder.read_record(folder)
    if there and there["status"] != run_folder.FINISHED and there["commit"] != code:
        raise InputError(
            f"{folder} was begun with commit {there['commit']}, and this is {code}: check that one out, or "
            "delete the folder"
        )


def refuse_several_codes(run):
    """Raises InputError if a run was trained by several commits or versions: its record names one of each."""
    commits = {json.dumps([each["commit"], each["versions"]]) for each in _tries(run)}
    if len(commits) > 1:
        raise InputError(
            f"{run.path} was trained in parts by {len(commits)} commits or sets of packages: delete it and "
            "train it with one"
        )


def _tries(run):
    """run.json of a run and of all that it is made of, and what else has tried it."""
    yield run.record
    yield from run.record.get("earlier_tries", [])
    for kind in ("members", "nets"):
        if kind in run.record:
            for inner in getattr(run, kind):
                yield from _tries(inner)


def named_code():
    """The commit of this code, which each record names. InputError if it is that of none."""
    commit = run_folder.commit() or "none"
    if commit == "none" or commit.endswith("-dirty"):
        raise InputError(
            f"this code is that of no commit (git says {commit}), and a record names the one it was measured "
            "with: commit or undo the changes, or call compare.py in a clone without any"
        )
    return commit


def refuse_changed_code(code):
    """Raises InputError if the code is no longer that of the commit `code`, with which this process began."""
    now = named_code()
    if now != code:
        raise InputError(
            f"the code was that of commit {code} when this began, and now is that of {now}: give the same "
            "command again to go on with it"
        )


def refuse_other_data(measured, dataset):
    """Raises InputError unless all {name: records.Measured} were trained on this dataset."""
    for name, each in measured.items():
        if each.record["data"]["content_hash"] != dataset.content_hash:
            raise InputError(
                f"{name} was measured on {each.record['data']['n']} other images than the {len(dataset)} of "
                f"{dataset.source}: name the same ones with --data, or delete all of the records"
            )
