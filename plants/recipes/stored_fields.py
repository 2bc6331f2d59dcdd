"""Dataclasses from plain values, such as JSON holds."""

import dataclasses
import difflib
import typing
from collections.abc import Iterable
from typing import Any

from plants.errors import InputError

EXPECTED = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def from_fields(kind: Any, values: dict[str, Any]) -> Any:
    """A recipe, or what is nested in it, from a dict of its fields."""
    kinds = typing.get_type_hints(kind)
    for name in values:
        if name not in kinds:
            raise InputError(unknown_field(name, kinds))
    try:
        return kind(**{name: _restore(name, kinds[name], value) for name, value in values.items()})
    except TypeError as error:  # from the constructor: a field is missing
        raise InputError(f"no complete {kind.__name__.lower()}: {error}") from error


def _restore(name: str, kind: Any, value: Any) -> Any:
    """A field's value from JSON. InputError if it is of another type than the field."""
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return from_fields(kind, value)
    if typing.get_origin(kind) is tuple and isinstance(value, list | tuple):
        return tuple(_restore(name, typing.get_args(kind)[0], item) for item in value)
    if kind is float and type(value) is int:
        return float(str(value))  # beyond the range of floats it is inf, which no field allows
    if type(value) is not kind:
        raise InputError(f"recipe field {name!r}: got {value!r}, expected {EXPECTED.get(kind, 'fields')}")
    return value


def unknown_field(name: str, known: Iterable[str]) -> str:
    """The message for a field that does not exist, with the closest that does."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"no recipe field {name!r}; the closest is {close[0]!r} (all: {', '.join(known)})"
