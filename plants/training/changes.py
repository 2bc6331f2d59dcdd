"""In what one training differs from another, in words."""

import dataclasses

from plants.recipes import recipe as recipes
from plants.training.claim import SAID_OF_A_RECIPE


@dataclasses.dataclass(frozen=True)
class Asked:
    """What decides a training."""

    recipe: recipes.Recipe
    seed: int
    images: str = ""  # content hash of the dataset; "" where it is not compared


def changes(there, now):
    """['dropout (0.3, now 0.5)', 'its images', ...]: in what two `Asked` differ that decides the weights."""
    changed = recipe_changes(there.recipe, now.recipe)
    if there.seed != now.seed:
        changed.append(f"seed ({there.seed}, now {now.seed})")
    return changed + (["its images"] if there.images != now.images else [])


def recipe_changes(there, now):
    """The fields of two recipes that decide the weights and differ, in words."""
    old, new = recipes.to_dict(there), recipes.to_dict(now)
    names = [name for name in old if name not in SAID_OF_A_RECIPE and old[name] != new[name]]
    return [f"{name} ({_short(old[name])}, now {_short(new[name])})" for name in names]


def _short(value):
    return str(value) if len(str(value)) <= 40 else "..."
