"""Trainings that a comparison needs: each done once, with the ETA of all of them."""

import contextlib
import dataclasses
import time
from pathlib import Path

from plants.comparison.side_by_side import ComparedRecipe
from plants.errors import InputError
from plants.recipes import recipe as recipes
from plants.runs import reserve, run_folder
from plants.runs.changes import Asked, changes
from plants.training import bundles
from plants.training.make_run import expected_seconds, images_per_net, make_run, require_buildable, settled
from plants.training.progress import clock


@dataclasses.dataclass(frozen=True)
class PlannedTraining:
    """One training."""

    recipe: recipes.Recipe
    seed: int
    folder: Path

    def seconds(self, dataset):
        """What it is expected to take on 2 CPU cores, None if that is not known."""
        n = len(dataset)
        return expected_seconds(self.recipe, images_per_net(self.recipe, 70 * n // 100, 15 * n // 100))


def open_finished(plan, dataset):
    """The finished run in a plan's folder, or None if it has to be trained or gone on with.

    Raises InputError if the folder holds a run, finished or not, of another recipe, seed or data, or
    other files, or if the recipe's bundles do not fit the classes.
    """
    asked = bundles.settled(plan.recipe, dataset)
    there = run_folder.read_record(plan.folder)
    if there is None:
        reserve.refuse_other_files(plan.folder)
        return None
    run = run_folder.Run(plan.folder, there)
    changed = changes(
        Asked(run.recipe, there["seed"], there["data"]["content_hash"]),
        Asked(asked, plan.seed, dataset.content_hash),
    )
    finished = there["status"] == run_folder.FINISHED
    if changed:
        raise InputError(
            f"{plan.folder} holds {'a finished' if finished else 'an unfinished'} run that differs in "
            f"{', '.join(changed)}: choose another --out, or delete it first"
        )
    return run if finished else None


class Several:
    """How far several trainings are, one after the other, and the ETA of all that is left.

    `seconds` are what each is expected to take, or None; the pace of those that ended corrects them.
    """

    def __init__(self, seconds, *, say=print, now=time.monotonic):
        self._waiting, self._count = list(seconds), len(seconds)
        self.say, self._now = say, now
        self._expected = self._taken = 0.0

    def eta(self):
        """Seconds to go, None while a training is left of which nothing is known."""
        if None in self._waiting:
            return None
        pace = self._taken / self._expected if self._expected else 1.0
        return pace * sum(self._waiting)

    @contextlib.contextmanager
    def training(self, name):
        """Says what is trained in the block, and counts it in the end."""
        place = f"{self._count - len(self._waiting) + 1} of {self._count}"
        eta = self.eta()
        left = (
            "how long all takes is not known" if eta is None else f"all that is left takes about {clock(eta)}"
        )
        self.say(f"\n[{place}] {name}; {left}")
        started = self._now()
        yield
        taken, expected = self._now() - started, self._waiting.pop(0)
        if expected is not None:
            self._taken, self._expected = self._taken + taken, self._expected + expected

    def skip(self, name, reason):
        """Counts one that is not trained here, and says why."""
        self._waiting.pop(0)
        self.say(f"{name}: {reason}")


def open_or_train(plan, dataset, several, *, command):
    """The finished run of a plan, trained if it is not there or gone on with if it was stopped.

    Raises InputError as `open_finished` and `make_run` do.
    """
    run, name = open_finished(plan, dataset), plan.folder.name
    if run:
        several.skip(name, f"the run in {plan.folder} is finished")
        return run
    with several.training(name):
        return make_run(plan.recipe, dataset, plan.folder, seed=plan.seed, command=command, say=several.say)


def of_recipes(recipes, seeds, dataset, *, folder, command, say=print):
    """Trains every recipe with every seed, in folder/<recipe>-seed<k>/.

    Yields, after each seed, each recipe with all of its runs so far.
    Raises InputError as `open_or_train` does; before anything is trained for what is another's, for weights
    that are not at hand or do not fit, and for layers that are missing.
    """
    plans = [
        PlannedTraining(recipe, seed, folder / f"{recipe.name}-seed{seed}")
        for seed in seeds
        for recipe in recipes
    ]
    unfinished = {plan.recipe.name: plan.recipe for plan in plans if not open_finished(plan, dataset)}
    for recipe in unfinished.values():
        settled(recipe, dataset)
        require_buildable(recipe, len(dataset.class_names))
    several = Several([plan.seconds(dataset) for plan in plans], say=say)
    made = {recipe.name: [] for recipe in recipes}
    for place, plan in enumerate(plans, start=1):
        made[plan.recipe.name].append(open_or_train(plan, dataset, several, command=command))
        if place % len(recipes) == 0:
            yield [ComparedRecipe(name, tuple(own)) for name, own in made.items()]
