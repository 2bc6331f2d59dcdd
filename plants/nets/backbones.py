"""The backbones by name: raw pixels in, feature maps out."""

from pathlib import Path

import keras

from plants.errors import InputError
from plants.nets import applications, download, lite
from plants.recipes.recipe import Recipe


def make(recipe: Recipe, image_size: int) -> keras.Model:
    """The backbone of a recipe, named "backbone", random weights.

    Input (n, image_size, image_size, 3) float32, raw RGB 0..255, scaled inside as its weights
    expect; output feature maps (n, rows, columns, channels).
    """
    if recipe.backbone in applications.MAKERS:
        return applications.make(recipe.backbone, image_size)
    return lite.backbone(
        recipe.backbone, image_size, drop_path_rate=recipe.drop_path, norm_momentum=recipe.norm_momentum
    )


def weights_file(recipe: Recipe) -> str | Path | None:
    """The recipe's weights, downloaded if they are not here yet; None if it wants random ones.

    Raises InputError if they are not at hand: without a network in less than 20 seconds.
    """
    name, path = recipe.backbone, recipe.weights
    if path == "none":
        return None
    if path == "imagenet":
        return download.imagenet_file(name) if name in applications.MAKERS else lite.weights_file(name)
    if not Path(path).is_file():
        raise InputError(f"there is no weights file {path}; name another with --set weights=<path>")
    return path


def load_weights(model: keras.Model, recipe: Recipe) -> None:
    """Puts the recipe's weights into a model from `make`; it stays random where that is wanted.

    Raises InputError if they are not at hand, damaged or of another net; the model is then as before.
    """
    path = weights_file(recipe)
    if path is None:
        return
    if recipe.backbone in applications.MAKERS:
        applications.load(model, recipe.backbone, path)
    else:
        lite.load(model, path)
