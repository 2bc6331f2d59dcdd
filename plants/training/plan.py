"""A training is first planned, then done: here a recipe, images and a seed become a checked plan.

Nothing is written and no net is built; Keras is not loaded. `make_run.make_run` carries a plan out.
"""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from plants.data import splits
from plants.data.dataset import Dataset
from plants.recipes import recipe as recipes
from plants.recipes.recipe import Recipe
from plants.runs import reserve, run_folder
from plants.runs.run_folder import Record
from plants.training import class_bundles, tasks
from plants.training.tasks import Task


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingPlan:
    """What a run folder is to hold: a net, or the runs of members, each with a plan of its own."""

    recipe: Recipe  # its bundles by name
    task: Task
    folder: Path
    record: Record  # run.json as it stands at the start, but for the code that will train
    members: tuple["TrainingPlan", ...]  # folds, or nets of an ensemble or a composition; () for a single net

    @property
    def seed(self) -> int:
        """Of weights, order and augmentation."""
        return self.record["seed"]

    @property
    def net_recipes(self) -> frozenset[Recipe]:
        """Those of the single nets that it trains."""
        if not self.members:
            return frozenset({self.recipe})
        return frozenset().union(*(member.net_recipes for member in self.members))


def plan_training(
    recipe: Recipe,
    dataset: Dataset,
    folder: str | Path | None = None,
    *,
    seed: int,
    command: Sequence[str],
) -> TrainingPlan:
    """The plan of a recipe's training on a dataset; `command` is for its record.

    Without a `folder` it is runs/<date>-<recipe>, or that of an unfinished try at the same training.
    The weights are looked for where the plan is carried out, since there they have to lie.
    Raises InputError if the images cannot be split as the recipe says or are larger than what it pads them
    to, or its bundles do not partition the classes or cannot be found.
    """
    make_split = splits.split if recipe.holdout else splits.without_holdout
    split = make_split(dataset, recipe.split_seed, recipe.near_copies)
    if recipe.bundles_from:
        recipe = class_bundles.name_bundles(recipe, dataset, split)
    task = Task(dataset, split)
    record = _planned_record(recipe, task, seed, command)
    return _plan(recipe, task, Path(folder) if folder else reserve.default_folder(record), record)


def _plan(recipe: Recipe, task: Task, folder: Path, record: Record) -> TrainingPlan:
    recipe.refuse_cropping(task.dataset.side)
    members = tasks.members(recipe, task) if recipe.is_composed else {}
    planned = (
        _plan(
            own_recipe,
            own_task,
            folder / name,
            _planned_record(own_recipe, own_task, record["seed"], record["command"]),
        )
        for name, (own_recipe, own_task) in members.items()
    )
    return TrainingPlan(recipe, task, folder, record, tuple(planned))


def _planned_record(recipe: Recipe, task: Task, seed: int, command: Sequence[str]) -> Record:
    dataset, split = task.dataset, task.split
    record: Record = {
        "format": run_folder.FORMAT,
        "status": run_folder.RUNNING,
        "recipe": recipes.to_dict(recipe),
        "seed": seed,
        "command": list(command),
        "directory": os.getcwd(),  # from which the command names its paths
        "commit": None,
        "versions": None,
        "data": {"source": dataset.source, "content_hash": dataset.content_hash, "n": len(dataset)},
        "split": {
            "hash": split.hash,
            "seed": recipe.split_seed,
            "holdout": recipe.holdout,
            "near_copies": recipe.near_copies,
            "n_training": len(split.training),
            "n_validation": len(split.validation),
            "n_held_out": len(split.held_out),
        },
        "contest": dataset.contest.to_dict(),
        "class_names": list(task.class_names),
        "image_shape": list(dataset.images.shape[1:]),
        "best": None,
        "validation": None,
        "earlier_tries": [],
        **dict.fromkeys(run_folder.SUMMED),
    }
    if task.fold is not None:
        record["fold"] = task.fold
    if task.class_groups is not None:
        record["class_groups"] = [list(group) for group in task.class_groups]
    return record
