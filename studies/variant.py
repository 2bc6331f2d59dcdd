"""What a study trains: recipes, each under a name."""

import dataclasses

from plants.recipes.recipe import Recipe


@dataclasses.dataclass(frozen=True)
class Variant:
    """One recipe and seed to be measured."""

    name: str  # of its record among the study's
    recipe: Recipe
    seed: int = 0
