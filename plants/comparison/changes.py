"""In what a recipe differs from the one that a result was measured with."""

from plants.recipes import recipe as recipes
from plants.training.claim import SAID_OF_A_RECIPE


def recipe_changes(measured, asked):
    """['dropout (0.3, now 0.5)', ...]: the fields that decide the weights and differ."""
    old, new = recipes.to_dict(measured), recipes.to_dict(asked)
    names = [name for name in old if name not in SAID_OF_A_RECIPE and old[name] != new[name]]
    return [f"{name} ({_short(old[name])}, now {_short(new[name])})" for name in names]


def _short(value):
    return str(value) if len(str(value)) <= 40 else "..."
