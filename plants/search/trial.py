"""One trial: a training in a process of its own, which may be pruned after each epoch."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from plants.errors import DivergedError
from plants.recipes.recipe import Recipe
from plants.runs import jobs, run_folder
from plants.runs.in_subprocess import run_in_subprocess
from plants.search import space
from plants.search.search_plan import SearchPlan
from plants.search.study import open_study, reachable, step_of
from plants.training.plan import TrainingPlan, plan_training

REASON, RESULT = "reason", "result"  # user attributes


def require_weights(recipe: Recipe) -> None:
    """Raises InputError unless the recipe's weights are at hand; downloads them if need be."""
    if recipe.weights != "none":
        run_in_subprocess(find_weights, recipe, doing="looking for the weights")


def find_weights(recipe: Recipe) -> None:
    """In a process of its own: looks for the weights, and downloads them if need be."""
    from plants.nets import backbones  # with Keras, which the search need not load

    backbones.weights_file(recipe)


@dataclasses.dataclass(frozen=True, eq=False)
class TrialJob:
    """The training of a trial, which reports each epoch to the study: a `jobs.Job`."""

    plan: TrainingPlan
    url: str
    study: str
    trial_id: int
    title: str

    @property
    def folder(self) -> Path:
        return self.plan.folder

    def run(self) -> Path:
        """Leaves an unfinished run folder, or none, if the trial is pruned or its loss diverges."""
        from plants.training.make_run import make_run  # with Keras, which the search need not load

        with reachable(self.url):
            trial = optuna.trial.Trial(open_study(self.url, self.study, self.plan.recipe), self.trial_id)

            def after_epoch(line: dict[str, Any]) -> None:
                step = step_of(self.plan.recipe, line)
                trial.report(line["validation_accuracy"], step)
                if trial.should_prune():
                    raise optuna.TrialPruned(f"below the median of earlier trials after step {step}")

            try:
                make_run(self.plan, say=lambda line: None, after_epoch=after_epoch)
            except optuna.TrialPruned as pruned:
                trial.set_user_attr(REASON, str(pruned))
            except DivergedError as error:
                trial.set_user_attr(REASON, str(error))
        return self.folder


def run_trial(
    search: SearchPlan, study: optuna.Study, trial: optuna.Trial, *, say: Callable[[str], None]
) -> FrozenTrial:
    """Draws a recipe, trains it and tells the study how it went.

    A trial that is stopped or cannot be trained is told as failed, and the error raised again.
    """
    try:
        values = space.draw(trial, search.recipe)
        say(", ".join(f"{name} {_short(value)}" for name, value in values.items()))
        plan = plan_training(
            space.apply(search.recipe, values),
            search.dataset,
            search.trial_folder(trial.number),
            seed=search.seed,
            command=search.command,
        )
        job = TrialJob(plan, search.url, search.study, trial._trial_id, f"trial {trial.number}")
        folder = jobs.submit(job).result()
    except BaseException as error:
        trial.set_user_attr(REASON, str(error) or "interrupted")
        study.tell(trial, state=TrialState.FAIL)
        raise
    return _tell(study, trial, run_folder.read_record(folder))


def _short(value: space.Value) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3g}"


def _tell(study: optuna.Study, trial: optuna.Trial, record: dict[str, Any] | None) -> FrozenTrial:
    """Tells the study what the run folder says: a score, or that the training did not end."""
    if record is None or record["status"] != run_folder.FINISHED:
        return study.tell(trial, state=TrialState.PRUNED)
    counts = {name: record["split"][name] for name in ("n_training", "n_validation")}
    trial.set_user_attr(RESULT, {"seconds": record["seconds"], **counts})
    return study.tell(trial, record["validation"]["accuracy"])


def sweep(search: SearchPlan, study: optuna.Study) -> None:
    """Removes the run folders of the trials that have ended, but for the best one's."""
    best = best_trial(study)
    for trial in study.get_trials(deepcopy=False):
        if trial.state.is_finished() and (best is None or trial.number != best.number):
            shutil.rmtree(search.trial_folder(trial.number), ignore_errors=True)


def best_trial(study: optuna.Study) -> FrozenTrial | None:
    """The completed trial of the highest accuracy, the earliest of equals; None without any."""
    completed = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(completed, key=lambda trial: (trial.value, -trial.number), default=None)
