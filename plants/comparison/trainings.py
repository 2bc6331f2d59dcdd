"""Trainings that a comparison needs: each done once, with the ETA of all of them."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from plants.comparison.side_by_side import ComparedRecipe
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.progress import clock
from plants.recipes.recipe import Recipe
from plants.runs import jobs, reserve, run_folder
from plants.runs.changes import TrainingInputs, input_changes
from plants.training.make_run import TrainingJob
from plants.training.outlook import plan_seconds
from plants.training.plan import TrainingPlan, plan_training
from plants.training.preflight import require_buildable


def find_finished(plan: TrainingPlan) -> run_folder.Run | None:
    """The finished run in a plan's folder, or None if it has to be trained or gone on with.

    Raises InputError if the folder holds a run, finished or not, of another recipe, seed or data, or
    other files.
    """
    record = run_folder.read_record(plan.folder)
    if record is None:
        reserve.refuse_other_files(plan.folder)
        return None
    run = run_folder.Run(plan.folder, record)
    changed = input_changes(
        TrainingInputs(run.recipe, record["seed"], record["data"]["content_hash"], run.class_names),
        TrainingInputs(plan.recipe, plan.seed, plan.task.dataset.content_hash, plan.task.class_names),
    )
    finished = record["status"] == run_folder.FINISHED
    if changed:
        raise InputError(
            f"{plan.folder} holds {'a finished' if finished else 'an unfinished'} run that differs in "
            f"{', '.join(changed)}: choose another --out, or delete it first"
        )
    return run if finished else None


class OverallProgress:
    """How far several trainings are, one after the other, and the ETA of all that is left.

    `seconds` are what each is expected to take, or None; the pace of those that ended corrects them.
    """

    def __init__(
        self,
        seconds: Sequence[float | None],
        *,
        say: Callable[[str], None] = print,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting, self._count = list(seconds), len(seconds)
        self._say, self._now = say, now
        self._expected = self._taken = 0.0

    def eta(self) -> float | None:
        """Seconds to go, None while a training is left of which nothing is known."""
        known = [seconds for seconds in self._waiting if seconds is not None]
        if len(known) < len(self._waiting):
            return None
        pace = self._taken / self._expected if self._expected else 1.0
        return pace * sum(known)

    @contextlib.contextmanager
    def training(self, name: str) -> Iterator[None]:
        """Says what is trained in the block, and counts it in the end."""
        place = f"{self._count - len(self._waiting) + 1} of {self._count}"
        eta = self.eta()
        left = (
            "how long all takes is not known" if eta is None else f"all that is left takes about {clock(eta)}"
        )
        self._say(f"\n[{place}] {name}; {left}")
        started = self._now()
        yield
        taken, expected = self._now() - started, self._waiting.pop(0)
        if expected is not None:
            self._taken, self._expected = self._taken + taken, self._expected + expected

    def skip(self, name: str, reason: str) -> None:
        """Counts one that is not trained here, and says why."""
        self._waiting.pop(0)
        self._say(f"{name}: {reason}")


def open_or_train(
    plan: TrainingPlan, finished: run_folder.Run | None, progress: OverallProgress
) -> run_folder.Run:
    """The run of a plan: the `finished` one that `find_finished` gave, else trained or gone on with.

    Raises InputError as `make_run` does.
    """
    name = plan.folder.name
    if finished:
        progress.skip(name, f"the run in {plan.folder} is finished")
        return finished
    with progress.training(name):
        return run_folder.open_run(jobs.submit(TrainingJob(plan)).result())


def train_recipes(
    recipes: Sequence[Recipe],
    seeds: Sequence[int],
    dataset: Dataset,
    *,
    folder: Path,
    command: Sequence[str],
    say: Callable[[str], None] = print,
) -> Iterator[list[ComparedRecipe]]:
    """Trains every recipe with every seed, in folder/<recipe>-seed<k>/.

    Yields, after each seed, each recipe with all of its runs so far.
    Raises InputError as `plan_training`, `find_finished` and `open_or_train` do; before anything is trained
    for what is another's, for weights that are not at hand or do not fit, and for layers that are missing.
    """
    plans = [
        plan_training(recipe, dataset, folder / f"{recipe.name}-seed{seed}", seed=seed, command=command)
        for seed in seeds
        for recipe in recipes
    ]
    finished = [find_finished(plan) for plan in plans]
    unfinished = [plan for plan, run in zip(plans, finished, strict=True) if not run]
    for recipe in dict.fromkeys(recipe for plan in unfinished for recipe in plan.net_recipes):
        require_buildable(recipe, len(dataset.class_names), dataset.side)
    progress = OverallProgress([plan_seconds(plan) for plan in plans], say=say)
    made: dict[str, list[run_folder.Run]] = {recipe.name: [] for recipe in recipes}
    for place, (plan, run) in enumerate(zip(plans, finished, strict=True), start=1):
        made[plan.recipe.name].append(open_or_train(plan, run, progress))
        if place % len(recipes) == 0:
            yield [ComparedRecipe(name, tuple(own)) for name, own in made.items()]
