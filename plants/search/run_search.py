"""A whole search: trial after trial until there are as many as asked for, resumable at any time."""

from collections.abc import Callable
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from plants import interrupts, locks
from plants.data import splits
from plants.errors import InputError
from plants.progress import clock
from plants.runs.changes import TrainingInputs
from plants.search import lease, results, search_plan, study, trial
from plants.search.search_plan import SearchPlan


def run_search(plan: SearchPlan, *, say: Callable[[str], None] = print) -> optuna.Study:
    """Runs the trials that a plan still lacks, and writes the results after each.

    A search that was killed goes on with the same plan and has lost the trial it was in. Several
    may work at the same study in one folder. In several folders with a common storage they do not
    wait for each other, so there may be a trial more than asked for, and a run lies in one of them.
    The recipe is one that `space.refuse_unsearchable` lets pass. Raises InputError if its weights are not
    at hand, the data cannot be split, the folder or the storage cannot be used or is another search's, or
    a trial cannot be trained.
    """
    # What is wrong shows before there is a folder.
    splits.split(plan.dataset, plan.recipe.split_seed, plan.recipe.near_copies)
    trial.require_weights(plan.recipe)
    made = plan.make_folder()
    if plan.storage:
        _open_or_undo(plan, made)
    with study.reachable(plan.url), lease.owner(plan.folder / search_plan.OWNERS) as owner:
        with locks.held(plan.folder, wait=True):
            opened = _open(plan)
            plan.refuse_runs_of_another(opened)
        try:
            _run_trials(plan, opened, owner, say)
        finally:
            _write(plan, opened, trial.sweep, results.write, results.write_pictures)
    return opened


def _open_or_undo(plan: SearchPlan, made: list[Path]) -> None:
    """Opens the study; if its storage cannot be used or is another's, removes the folders just made."""
    try:
        _open(plan)
    except InputError:
        for folder in made:
            folder.rmdir()
        raise


def _open(plan: SearchPlan) -> optuna.Study:
    """The study of a plan. InputError if its storage cannot be used, or it is another search's."""
    with study.reachable(plan.url):
        opened = study.open_study(plan.url, plan.study, plan.recipe)
        inputs = TrainingInputs(plan.recipe, plan.seed, plan.dataset.content_hash)
        study.adopt(opened, plan.url, inputs)
    return opened


def _run_trials(
    plan: SearchPlan, opened: optuna.Study, owner: lease.Mark, say: Callable[[str], None]
) -> None:
    while True:
        with locks.held(plan.folder, wait=True):
            for number in study.fail_lost(opened):
                say(f"trial {number} is lost: its process was killed")
            new = study.ask(opened, plan.num_trials, seed=plan.seed, owner=owner)
        if new is None:
            for number, host in study.running(opened):
                where = f" on {host} (if it has ended there, raise --trials)" if host else ""
                say(f"trial {number} still runs{where} and counts as one of the {plan.num_trials}")
            return
        say(f"\ntrial {new.number} ({len(_finished(opened))} of {plan.num_trials} finished)")
        ended = trial.run_trial(plan, opened, new, say=say)
        _write(plan, opened, trial.sweep, results.write)
        say(_outcome(ended) + _outlook(plan, opened))


def _finished(opened: optuna.Study) -> list[FrozenTrial]:
    return opened.get_trials(deepcopy=False, states=study.FINISHED)


def _outcome(ended: FrozenTrial) -> str:
    """'trial 3: accuracy 0.8712 in 4 min'"""
    score = f"accuracy {ended.value:.4f}" if ended.state == TrialState.COMPLETE else "pruned"
    reason = f" ({ended.user_attrs[trial.REASON]})" if trial.REASON in ended.user_attrs else ""
    return f"trial {ended.number}: {score}{reason} in {clock(results.seconds_of(ended))}"


def _outlook(plan: SearchPlan, opened: optuna.Study) -> str:
    """The best so far, and how long the rest takes at the pace of the trials that finished."""
    finished, best = _finished(opened), trial.best_trial(opened)
    text = f"; best {best.value:.4f} in trial {best.number}" if best else ""
    left = plan.num_trials - len(finished)
    if left <= 0:
        return text
    if not finished:
        return f"{text}; {left} to go"
    pace = sum(map(results.seconds_of, finished)) / len(finished)
    return f"{text}; {left} to go  ETA {clock(left * pace)}"


def _write(
    plan: SearchPlan, opened: optuna.Study, *steps: Callable[[SearchPlan, optuna.Study], None]
) -> None:
    """Writes what the trials so far allow, one search at a time; a second Ctrl-C waits."""
    with interrupts.ignored(), locks.held(plan.folder, wait=True):
        try:
            for step in steps:
                step(plan, opened)
        except OSError as error:
            raise InputError(
                f"cannot write the results in {plan.folder}: {error.strerror or error}; free space, "
                "then give the same command again"
            ) from error
