"""In what one training differs from another, in words."""

import dataclasses
from typing import Any

from plants.recipes import recipe as recipes
from plants.recipes.recipe import Recipe
from plants.runs.run_folder import Record

DESCRIPTIVE = {"summary", "minutes"}  # fields of a recipe that decide nothing


@dataclasses.dataclass(frozen=True)
class TrainingInputs:
    """What decides the weights of a training."""

    recipe: Recipe
    seed: int
    images: str = ""  # content hash of the dataset; "" where it is not compared
    class_names: tuple[str, ...] = ()  # in the order of the labels, which that hash does not tell


def input_changes(there: TrainingInputs, now: TrainingInputs) -> list[str]:
    """['dropout (0.3, now 0.5)', 'its images', ...]: what is not the same."""
    changed = recipe_changes(there.recipe, now.recipe)
    if there.seed != now.seed:
        changed.append(f"seed ({there.seed}, now {now.seed})")
    if there.images != now.images:
        return [*changed, "its images"]
    is_reordered = there.class_names != now.class_names and {*there.class_names} == {*now.class_names}
    return [*changed, "the order of its classes"] if is_reordered else changed


def recipe_changes(there: Recipe, now: Recipe) -> list[str]:
    """The fields of two recipes that decide the weights and differ, in words."""
    return _field_changes(recipes.to_dict(there), recipes.to_dict(now))


def record_changes(there: Record, now: Record) -> list[str]:
    """In what two run.json differ that decides the weights, in words, wherever the data lay."""
    changed = _field_changes(there.get("recipe") or {}, now.get("recipe") or {})
    if there.get("seed") != now.get("seed"):
        changed.append(f"seed ({there.get('seed')}, now {now.get('seed')})")
    for name, part, key in (("images", "data", "content_hash"), ("split", "split", "hash")):
        if (there.get(part) or {}).get(key) != (now.get(part) or {}).get(key):
            changed.append(f"its {name}")
    names = ("fold", "class_groups", "class_names")
    one, other = ([record.get(name) for name in names] for record in (there, now))
    return changed + (["its fold or classes"] if one != other else [])


def _field_changes(there: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Of two recipes, as dicts, in the order of the second one.

    One of old lacks the fields that came later, and was trained with what is their default now.
    """
    defaults = _defaults(there, now)
    there, now = there | defaults | there, now | defaults | now
    return [
        f"{name} ({_short(there.get(name))}, now {_short(now.get(name))})"
        for name in {**now, **there}
        if name not in DESCRIPTIVE and there.get(name) != now.get(name)
    ]


def _defaults(there: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Of the fields that only one of two recipes has, the defaults, where those are plain values."""
    fields = [field for field in dataclasses.fields(Recipe) if field.name in there.keys() ^ now.keys()]
    return {field.name: field.default for field in fields if isinstance(field.default, str | int | float)}


def _short(value: object) -> str:
    return str(value) if len(str(value)) <= 40 else "..."
