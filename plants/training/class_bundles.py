"""Bundles of classes for a hierarchy of nets: given by name, or found in what a run confuses."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import confusion_matrix

from plants import terminal
from plants.class_names import canonical
from plants.data import splits
from plants.data.dataset import Dataset
from plants.errors import InputError
from plants.recipes.recipe import Recipe
from plants.runs import run_folder

Bundles = tuple[tuple[int, ...], ...]  # labels
HOW = "expected every class once, in two bundles or more and not all alone, such as {example}"


def name_bundles(recipe: Recipe, dataset: Dataset, split: splits.Split) -> Recipe:
    """The recipe with its bundles by name, found in the run of its `bundles_from`; `split` is its own.

    Raises InputError if the run is of other classes, of another split of the images or without validation
    answers, confuses nothing, or is named by a link.
    """
    class_names = dataset.class_names
    _refuse_latest(Path(recipe.bundles_from))
    run = run_folder.open_run(recipe.bundles_from)
    _refuse_unfit(run, recipe, dataset, split)
    answered = run_folder.read_answers(run)
    confusion = confusion_matrix(
        answered["labels"], answered["probabilities"].argmax(axis=1), labels=range(len(class_names))
    )
    bundles = find(confusion, recipe.bundle_count)
    names = "/".join("+".join(class_names[label] for label in bundle) for bundle in bundles)
    return dataclasses.replace(recipe, bundles=names, bundles_from="", bundle_count=Recipe.bundle_count)


def _refuse_latest(path: Path) -> None:
    """Raises InputError for a link: once this run is stopped, runs/latest is this run."""
    if path.is_symlink():
        raise InputError(
            f"bundles_from {path} is a link, which may name another run before this one has ended: name "
            f"{path.parent / path.readlink()} itself"
        )


def _refuse_unfit(run: run_folder.Run, recipe: Recipe, dataset: Dataset, split: splits.Split) -> None:
    if run.class_names != dataset.class_names:
        raise InputError(
            f"bundles_from {run.path} knows the classes {terminal.listed(run.class_names)}, but the data has "
            f"{terminal.listed(dataset.class_names)}; name a run on this data"
        )
    if not run.record["split"]["holdout"]:
        raise InputError(
            f"bundles_from {run.path} trained on all images (holdout=0), so it has no answers to find "
            "bundles in that leave out the held-out ones; name a run without holdout=0"
        )
    if not recipe.holdout:  # the split at hand holds nothing out, unlike that of the run
        split = splits.split(dataset, recipe.split_seed, recipe.near_copies)
    if run.split_hash != split.hash:
        raise InputError(
            f"bundles_from {run.path} is of another split: its validation images may be held out here; name "
            f"a run on the same images with split_seed={recipe.split_seed}"
        )


def parse(text: str, class_names: Sequence[str]) -> Bundles:
    """'A+B/C' -> ((0, 1), (2,)). InputError unless every class is in exactly one bundle."""
    named = [[canonical(name) for name in bundle.split("+")] for bundle in text.split("/")]
    flat = [name for bundle in named for name in bundle]
    for problem, names in (
        ("unknown", sorted(set(flat) - set(class_names))),
        ("missing", sorted(set(class_names) - set(flat))),
        ("twice", sorted({name for name in flat if flat.count(name) > 1})),
    ):
        if names:
            raise _refusal(text, f"{problem}: {terminal.listed(names)}", class_names)
    if len(named) < 2 or len(named) == len(class_names):
        raise _refusal(text, f"{len(named)} bundles of {len(class_names)} classes", class_names)
    return tuple(tuple(class_names.index(name) for name in bundle) for bundle in named)


def _refusal(text: str, problem: str, class_names: Sequence[str]) -> InputError:
    example = terminal.brief("/".join(["+".join(class_names[:2]), *class_names[2:]]), 200)
    return InputError(
        f"bundles {text!r} do not partition the classes ({problem}); {HOW.format(example=example)}"
    )


def find(confusion: npt.NDArray[np.int64], count: int) -> Bundles:
    """`count` bundles of those classes that are taken for each other most.

    `confusion` is (k, k), true by predicted. Average linkage; two classes are the nearer, the larger
    the share of their images that were taken for the other one.
    Raises InputError unless 2 <= count < k, and if nothing was taken for anything else.
    """
    if not 2 <= count < len(confusion):
        raise InputError(
            f"Recipe field 'bundle_count': got {count}, expected 2 to {len(confusion) - 1} for "
            f"{len(confusion)} classes"
        )
    totals = confusion.sum(axis=1)
    if totals.sum() == np.trace(confusion):
        raise InputError(
            f"bundles_from: no class was taken for another in {totals.sum()} validation answers, so there "
            "are no bundles to find; name them with --set bundles=A+B/C, or another run"
        )
    mistaken = (confusion + confusion.T) / np.maximum(totals[:, None] + totals, 1)
    distance = 1 - mistaken
    np.fill_diagonal(distance, 0)
    # Exactly `count`, also where classes that were never taken for each other are all as far apart.
    clusters = AgglomerativeClustering(count, metric="precomputed", linkage="average").fit_predict(distance)
    return tuple(sorted(tuple(np.flatnonzero(clusters == cluster).tolist()) for cluster in range(count)))
