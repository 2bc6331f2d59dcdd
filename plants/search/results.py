"""What a search writes: the best recipe as a file for train.py, a table of its trials, two pictures."""

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from plants import files
from plants.recipes import recipe as recipes
from plants.search import search_plan, space, study_pictures
from plants.search.search_plan import SearchPlan
from plants.search.study import FINISHED
from plants.search.trial import REASON, RESULT, best_trial

COLUMNS = ("trial", "state", "validation_accuracy", "last_step", "seconds", "reason")
SUFFIX = "-searched"
LOST = "its process was killed"


def write(plan: SearchPlan, study: optuna.Study) -> None:
    """Writes the table and the best recipe so far, each whole or not at all.

    Raises OSError as the file system does, and so does `write_pictures`.
    """
    trials = study.get_trials(deepcopy=False)
    write_table(plan.folder / search_plan.TABLE, trials)
    if best := best_trial(study):
        files.write_json(plan.folder / search_plan.BEST, recipes.to_dict(best_recipe(plan, trials, best)))


def write_pictures(plan: SearchPlan, study: optuna.Study) -> None:
    """Writes the history, and the importance if there is one yet."""
    study_pictures.write_history(
        plan.folder / search_plan.HISTORY, study.study_name, study.get_trials(deepcopy=False)
    )
    if shares := study_pictures.importance(study):
        study_pictures.write_importance(plan.folder / search_plan.IMPORTANCE, study.study_name, shares)


def best_recipe(plan: SearchPlan, trials: Sequence[FrozenTrial], best: FrozenTrial) -> recipes.Recipe:
    """The recipe of the best of the trials, named after the one that was searched around."""
    count, result = sum(trial.state in FINISHED for trial in trials), best.user_attrs[RESULT]
    around, share = plan.recipe.name, recipes.MEASURED_ON / result["n_training"]
    return dataclasses.replace(
        space.apply(plan.recipe, best.params),
        name=around.removesuffix(SUFFIX) + SUFFIX,
        summary=f"trial {best.number}, the best of {count} around {around}: accuracy {best.value:.4f} on the "
        f"{result['n_validation']} validation images it was chosen by",
        minutes=round(result["seconds"] * share / 60, 1),
    )


def write_table(path: Path, trials: Sequence[FrozenTrial]) -> None:
    """A CSV line per trial: what became of it, and its parameters under their names."""
    parameters = sorted({name for trial in trials for name in trial.params})
    with files.whole_file(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*COLUMNS, *parameters])
        table.writeheader()
        table.writerows(_row(trial) | trial.params for trial in trials)


def seconds_of(trial: FrozenTrial) -> float:
    """How long a trial took that has ended."""
    return trial.duration.total_seconds() if trial.duration else 0.0


def _row(trial: FrozenTrial) -> dict[str, Any]:
    lost = LOST if trial.state == TrialState.FAIL else ""
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "validation_accuracy": trial.value,
        "last_step": trial.last_step,
        "seconds": round(seconds_of(trial), 1) if trial.duration else None,
        "reason": trial.user_attrs.get(REASON, lost),
    }
