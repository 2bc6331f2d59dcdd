"""The recipes, by name or from a file."""

import difflib
import json
from pathlib import Path

from plants.errors import InputError
from plants.recipes import lite, report, winner
from plants.recipes.recipe import from_dict

MAKERS = (
    lite.default,
    *(lite.lite0, lite.lite1, lite.lite2),
    *(report.vgg16_pad, report.vgg19_pad, report.efficientnetb7_pad, report.efficientnetb0_pad),
    *(report.efficientnetb0, report.efficientnetv2b0, report.efficientnetv2l, report.report_lite0),
    *(report.kfold, report.class_weight, report.class_weight_own, report.oversampling),
    *(report.one_vs_rest, report.hierarchical),
    winner.convnext_large,
    lite.lite0_quick,
    lite.smoke,
)
RECIPES = {recipe.name: recipe for recipe in (make() for make in MAKERS)}


def by_name(name):
    """The recipe of a name, or in a JSON file such as search.py writes.

    Raises InputError with the closest name if there is none, or if the file holds no recipe.
    """
    if name.endswith(".json"):
        return _from_file(Path(name))
    if name not in RECIPES:
        close = difflib.get_close_matches(name, RECIPES, n=1, cutoff=0.0)[0]
        raise InputError(f"no recipe {name!r}; the closest is {close!r} (all: {', '.join(RECIPES)})")
    return RECIPES[name]


def _from_file(path):
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
