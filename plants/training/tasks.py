"""What one run is to learn: which images, and which classes or groups of classes to tell apart.

A run of folds, an ensemble or a composition is made of members, each with a recipe and a task of its own.
"""

import dataclasses

import numpy as np

from plants import terminal
from plants.data import splits
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.recipes.overrides import override
from plants.recipes.recipe import HIERARCHICAL, ONE_VS_REST, SINGLE, Recipe
from plants.training import class_bundles

ClassGroups = tuple[tuple[int, ...], ...]  # labels that count as one class each
# What an ensemble's nets have in common: their images, and that they are single nets.
SHARED = ("split_seed", "holdout", "near_copies", "folds", "ensemble", "composition")


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """A dataset and its split; `class_groups` are to be told apart, None for the classes."""

    dataset: Dataset
    split: splits.Split
    fold: dict[str, int] | None = None  # {"index", "count"} of the fold it is validated on
    class_groups: ClassGroups | None = None
    changes: str = ""  # of a net of an ensemble: what it changes of the recipe

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the outputs: the classes, or for a group its classes' names joined by '+'."""
        names = self.dataset.class_names
        if self.class_groups is None:
            return names
        return tuple("+".join(names[label] for label in group) for group in self.class_groups)

    @property
    def datasets(self) -> tuple[Dataset, Dataset]:
        """Those to train on and to validate with, in terms of the groups."""
        training = self.dataset.subset(self.split.training)
        validation = self.dataset.subset(self.split.validation)
        return self._relabelled(training), self._relabelled(validation)

    def _relabelled(self, dataset: Dataset) -> Dataset:
        """Those of its images whose class is in a group, labelled by it."""
        if self.class_groups is None:
            return dataset
        group_of = np.full(len(dataset.class_names), -1)
        for index, group in enumerate(self.class_groups):
            group_of[list(group)] = index
        kept = dataset.subset(np.flatnonzero(group_of[dataset.labels] >= 0))
        return dataclasses.replace(kept, labels=group_of[kept.labels], class_names=self.class_names)

    @property
    def is_of_member(self) -> bool:
        """Whether a composed run is to learn more than this."""
        return self.fold is not None or self.class_groups is not None or bool(self.changes)

    @property
    def description(self) -> str:
        """Of a member's task, how it differs from the others'."""
        if self.changes:
            return self.changes
        if self.class_groups is None and self.fold is not None:
            return f"validated on fold {self.fold['index'] + 1} of {self.fold['count']}"
        return " against ".join(map(terminal.brief, self.class_names))


Members = dict[str, tuple[Recipe, Task]]  # by the names of their folders


def members(recipe: Recipe, task: Task) -> Members:
    """What a composed run is made of.

    Raises InputError if there are more folds than images of a class, the bundles do not partition the
    classes, or the nets of an ensemble cannot be read, are alike or would learn from other images.
    """
    if recipe.folds:
        return _folds(recipe, task)
    if recipe.ensemble:
        return _ensemble(recipe, task)
    groups = _one_vs_rest(task) if recipe.composition == ONE_VS_REST else _hierarchy(recipe, task)
    alone = dataclasses.replace(
        recipe, composition=SINGLE, bundles="", bundles_from="", bundle_count=Recipe.bundle_count
    )
    return {name: (alone, dataclasses.replace(task, class_groups=own)) for name, own in groups.items()}


def _folds(recipe: Recipe, task: Task) -> Members:
    alone = dataclasses.replace(recipe, folds=0, first_fold_only=False)
    folds = splits.split_into_folds(task.dataset, task.split, recipe.folds)
    made = {}
    for index, split in enumerate(folds[:1] if recipe.first_fold_only else folds):
        fold = {"index": index, "count": recipe.folds}
        made[f"fold{index}"] = (alone, dataclasses.replace(task, split=split, fold=fold))
    return made


def _ensemble(recipe: Recipe, task: Task) -> Members:
    """A net for each of the recipe's sets of changes, all on the same images."""
    alone = dataclasses.replace(recipe, ensemble="")
    all_changes = [" ".join(changes.split()) for changes in recipe.ensemble.split(";")]
    if not all(all_changes) or len(all_changes) < 2:
        raise InputError(
            f"ensemble={recipe.ensemble!r}: expected two nets or more, 'views=4; backbone=lite1'"
        )
    made: Members = {}
    for changes in all_changes:
        own = override(alone, *changes.split(" "))
        for field in SHARED:
            if getattr(own, field) != getattr(alone, field):
                raise InputError(f"ensemble: {changes!r} changes {field}, which its nets have in common")
        if any(own == other for other, _ in made.values()):
            raise InputError(f"ensemble: {changes!r} makes the net of another one again; let each differ")
        made[f"net{len(made)}"] = (own, dataclasses.replace(task, changes=changes))
    return made


def _one_vs_rest(task: Task) -> dict[str, ClassGroups]:
    """A group of one class and one of all others, for each class."""
    labels = range(len(task.dataset.class_names))
    return {
        f"class{label}": ((label,), tuple(other for other in labels if other != label)) for label in labels
    }


def _hierarchy(recipe: Recipe, task: Task) -> dict[str, ClassGroups]:
    """The bundles, and within each one of several classes these."""
    bundled = class_bundles.parse(recipe.bundles, task.dataset.class_names)
    inner = {
        f"bundle{index}": tuple((label,) for label in bundle)
        for index, bundle in enumerate(bundled)
        if len(bundle) > 1
    }
    return {"bundles": bundled} | inner


def num_nets(recipe: Recipe) -> float:
    """About how many nets' work a run of the recipe is, for the contest's eight classes."""
    nets = {SINGLE: 1, ONE_VS_REST: 8, HIERARCHICAL: 1.5}[recipe.composition]
    nets *= 1 + recipe.ensemble.count(";")
    return nets * (1 if recipe.first_fold_only else max(1, recipe.folds))
