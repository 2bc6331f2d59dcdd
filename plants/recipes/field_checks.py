"""What the value of a recipe's field may be; what it may not be is an InputError that says so."""

from collections.abc import Sequence

from plants.errors import InputError


def check(condition: object, owner: object, field: str, expected: str) -> None:
    """Raises InputError, with what the field holds and what was expected, unless the condition holds."""
    if not condition:
        got = getattr(owner, field)
        raise InputError(f"{type(owner).__name__} field {field!r}: got {got!r}, expected {expected}")


def check_choice(owner: object, field: str, choices: Sequence[object]) -> None:
    """Raises InputError unless the field holds one of the choices."""
    check(getattr(owner, field) in choices, owner, field, "one of " + ", ".join(map(str, choices)))


def check_range(owner: object, fields: str, low: float, high: float) -> None:
    """Raises InputError unless all fields, named with spaces between, lie within both ends."""
    for field in fields.split():
        check(low <= getattr(owner, field) <= high, owner, field, f"a value from {low} to {high}")


def check_idle(owner: object, field: str, is_idle: bool, where: str) -> None:
    """Raises InputError if a field that has no effect `where` it is said seems to have one."""
    default = type(owner).__dataclass_fields__[field].default  # type: ignore[attr-defined]
    unchanged = not is_idle or getattr(owner, field) == default
    check(unchanged, owner, field, f"{default!r}, its default, with {where}, where it has no effect")
