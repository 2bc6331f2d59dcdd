"""Recipes side by side: scores, spread over seeds, and a paired test of each against the first."""

import dataclasses
import statistics
from collections.abc import Sequence
from typing import Any

from plants import paired
from plants.comparison import run_answers
from plants.comparison.run_answers import RunAnswers
from plants.errors import InputError
from plants.recipes.recipe import Recipe
from plants.runs.run_folder import Run


@dataclasses.dataclass(frozen=True)
class ComparedRecipe:
    """One recipe's finished runs, one for each seed."""

    name: str
    runs: tuple[Run, ...]


def refuse_unpaired(recipes: Sequence[Recipe]) -> None:
    """Raises InputError, before anything is trained, unless all recipes answer the same images."""
    names = [recipe.name for recipe in recipes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"the recipe {twice[0]!r} is named twice: name each once, or rename one of the files"
        )
    first = recipes[0]
    for recipe in recipes:
        if not recipe.holdout:
            raise InputError(f"recipe {recipe.name!r} has holdout=0, so no images to compare answers to")
        images, others = _answered_images(first), _answered_images(recipe)
        if images != others:
            raise InputError(
                f"{first.name!r} answers {images}, {recipe.name!r} {others}: "
                "a paired test needs the same images; give --folds, and the same split_seed to all"
            )


def _answered_images(recipe: Recipe) -> str:
    """Which images a recipe answers that it was not trained on, for a message."""
    of_split = f"of split {recipe.split_seed}"
    if not recipe.folds:
        return f"the validation images {of_split}"
    if recipe.first_fold_only:
        return f"the first of {recipe.folds} folds {of_split}"
    return f"the development part {of_split}, out of fold"


def summarise(compared: Sequence[ComparedRecipe]) -> dict[str, Any]:
    """All figures of a comparison as plain values, ready for JSON.

    Raises InputError if the first seed's answers are not to the same images.
    """
    answered = [[run_answers.of_run(run) for run in recipe.runs] for recipe in compared]
    first = compared[0].runs[0]
    return {
        "answers": _answered_images(first.recipe),
        "n": len(answered[0][0]),
        "seeds": [run.record["seed"] for run in compared[0].runs],
        "data": first.record["data"],
        "recipes": [_scores(recipe, own) for recipe, own in zip(compared, answered, strict=True)],
        "against_first": _tests([recipe.name for recipe in compared], [own[0] for own in answered]),
    }


def _scores(recipe: ComparedRecipe, answered: Sequence[RunAnswers]) -> dict[str, Any]:
    """One recipe's figures; the interval is that of the first seed's answers."""
    records = [run.record for run in recipe.runs]
    scores = [own.scores(run.class_names) for own, run in zip(answered, recipe.runs, strict=True)]
    accuracies = [of_seed["accuracy"] for of_seed in scores]
    return {
        "name": recipe.name,
        "accuracy": statistics.fmean(accuracies),
        "standard_deviation": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
        "ci95": scores[0]["ci95"],
        "macro_f1": statistics.fmean(of_seed["macro_f1"] for of_seed in scores),
        "cpu_seconds": statistics.fmean(record["cpu_seconds"] for record in records),
        "seconds": statistics.fmean(record["seconds"] for record in records),
        "parameters": records[0]["parameters"],
        "runs": [
            {
                "path": run.path.name,
                **{name: run.record[name] for name in ("seed", "commit", "versions")},
                **of_seed,
            }
            for run, of_seed in zip(recipe.runs, scores, strict=True)
        ],
    }


def _tests(names: Sequence[str], answered: Sequence[RunAnswers]) -> list[dict[str, Any]]:
    """The first seed's answers of each recipe against the first recipe's."""
    for name, own in zip(names[1:], answered[1:], strict=True):
        run_answers.refuse_other_images(answered[0], own, (names[0], name))
    tests = [paired.compare(answered[0].right, own.right) for own in answered[1:]]
    adjusted = paired.holm([test.p for test in tests])
    return [
        {"name": name, **dataclasses.asdict(test), "holm_p": p, "verdict": test.verdict(p)}
        for name, test, p in zip(names[1:], tests, adjusted, strict=True)
    ]
