"""What can be known before hours of training: that a net can be built, from weights that are at hand."""

from plants.nets import build
from plants.recipes.recipe import Recipe
from plants.runs.in_subprocess import run_in_subprocess
from plants.training import memory, optimizers


def require_buildable(recipe: Recipe, num_classes: int, side: int) -> None:
    """Raises InputError unless the recipe's weights fit its net, which has the layers that its phases name.

    The net is for images (n, side, side, 3); it is built in a process of its own, of which nothing is left.
    """
    run_in_subprocess(build_once, recipe, num_classes, side, doing=f"building the net of {recipe.name}")


def build_once(recipe: Recipe, num_classes: int, side: int) -> None:
    """In a process of its own: builds the net."""
    with memory.net_must_fit():
        net = build.build(recipe, num_classes, input_side=side)
    optimizers.refuse_missing_layers(net, recipe)
