"""Changes of single recipe fields from text, as on the command line."""

import typing
from typing import Any

from plants.errors import InputError
from plants.recipes.recipe import Dense, Recipe, from_dict, to_dict
from plants.recipes.stored_fields import unknown_field


def override(recipe: Recipe, *assignments: str) -> Recipe:
    """A copy of the recipe with `field=value` assignments, read by the fields' annotations.

    Nested fields go by path: `phases.1.learning_rate=1e-5`, `augmentation.zoom_in=0.2`. The head's
    layers go by their units, `head=512,256` or `head=none`, each like the last one there was. Longer
    paths come after shorter ones and all are checked together, so the order matters only where one
    field is named twice.
    Raises InputError for an unknown field, a value of another type, or one out of range.
    """
    values, blamed = to_dict(recipe), ""
    try:
        for blamed in sorted(assignments, key=lambda assignment: assignment.partition("=")[0].count(".")):
            path, equals, text = blamed.partition("=")
            if not equals:
                raise InputError("expected field=value, e.g. --set batch_size=16")
            _assign(values, Recipe, path.strip().split("."), text.strip())
        blamed = " ".join(assignments)
        return from_dict(values)
    except InputError as error:
        raise InputError(f"--set {blamed}: {error}") from error


def _assign(owner: Any, kind: Any, path: list[str], text: str) -> None:
    """Sets the value at `path` in a dict or list; `kind` is the annotation of `owner`."""
    name, *rest = path
    key, kind = _lookup(owner, kind, name)
    if rest:
        _assign(owner[key], kind, rest, text)
    else:
        owner[key] = _layers(owner[key], text) if kind == tuple[Dense, ...] else _parse(kind, text)


def _lookup(owner: Any, kind: Any, name: str) -> tuple[str | int, Any]:
    """The key or index that `name` stands for in `owner`, and the annotation of what lies there."""
    if isinstance(owner, list):
        if not owner:
            raise InputError(f"no entry {name!r}: there are none; layers come by their units, head=512,256")
        if not name.isdecimal() or int(name) >= len(owner):
            raise InputError(f"no entry {name!r}: there are {len(owner)}, counted from 0")
        return int(name), typing.get_args(kind)[0]
    if not isinstance(owner, dict):
        raise InputError(f"nothing lies below a plain value: {name!r} is one step too deep")
    kinds = typing.get_type_hints(kind)
    if name not in kinds:
        raise InputError(unknown_field(name, kinds))
    return name, kinds[name]


def _parse(kind: Any, text: str) -> Any:
    if kind is bool:
        if text.lower() in ("true", "false"):  # bool("false") would be True
            return text.lower() == "true"
        raise InputError(f"got {text!r}, expected true or false")
    if kind not in (int, float, str):
        raise InputError("this field holds further ones; set one of them by its path, like phases.0.epochs")
    try:
        return kind(text)
    except ValueError as error:
        expected = "a whole number" if kind is int else "a number"
        raise InputError(f"got {text!r}, expected {expected}") from error


def _layers(current: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Hidden layers from their units, "512,256" or "none"; other settings are those of the last one."""
    like = current[-1] if current else {}
    if text.lower() in ("none", ""):
        return []
    return [{**like, "units": _parse(int, units.strip())} for units in text.split(",")]
