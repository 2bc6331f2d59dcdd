"""The recipes, by name or from a file."""

import difflib
import json
from pathlib import Path

from plants.errors import InputError
from plants.recipes import lite_recipes, report_ideas, report_recipes, winner
from plants.recipes.recipe import Recipe, from_dict

MAKERS = (
    lite_recipes.default,
    lite_recipes.lite1,
    lite_recipes.lite2,
    report_recipes.vgg16_pad,
    report_recipes.vgg19_pad,
    report_recipes.efficientnetb7_pad,
    report_recipes.efficientnetb0_pad,
    report_recipes.efficientnetb0,
    report_recipes.efficientnetv2b0,
    report_recipes.efficientnetv2l,
    report_recipes.report_lite0,
    report_ideas.kfold,
    report_ideas.class_weight,
    report_ideas.class_weight_own,
    report_ideas.oversampling,
    report_ideas.one_vs_rest,
    report_ideas.hierarchical,
    winner.convnext_large,
    lite_recipes.lite0_quick,
    lite_recipes.smoke,
)
RECIPES = {recipe.name: recipe for recipe in (make() for make in MAKERS)}


def by_name(name: str) -> Recipe:
    """The recipe of a name, or in a JSON file such as search.py writes.

    Raises InputError with the closest name if there is none, or if the file holds no recipe.
    """
    if name.endswith(".json"):
        return _from_file(Path(name))
    if name not in RECIPES:
        close = difflib.get_close_matches(name, RECIPES, n=1, cutoff=0.0)[0]
        raise InputError(f"no recipe {name!r}; the closest is {close!r} (all: {', '.join(RECIPES)})")
    return RECIPES[name]


def _from_file(path: Path) -> Recipe:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"recipe file {path}: {error}; expected JSON such as search.py writes") from error
    if not isinstance(values, dict):
        raise InputError(f"recipe file {path}: expected an object of recipe fields; see search.py")
    try:
        return from_dict(values)
    except InputError as error:
        raise InputError(f"recipe file {path}: {error}") from error
