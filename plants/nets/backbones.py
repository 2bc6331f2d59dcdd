"""The backbones by name: raw pixels in, feature maps out."""

from pathlib import Path

from plants.errors import InputError
from plants.nets import applications, download, lite


def make(recipe, image_size):
    """The backbone of a recipe as a keras.Model named "backbone", random weights.

    Input (n, image_size, image_size, 3) float32, raw RGB 0..255, scaled inside as its weights
    expect; output feature maps (n, rows, columns, channels).
    """
    if recipe.backbone in applications.MAKERS:
        return applications.make(recipe.backbone, image_size)
    return lite.backbone(
        recipe.backbone, image_size, drop_path_rate=recipe.drop_path, norm_momentum=recipe.norm_momentum
    )


def weights_file(recipe):
    """Path of the recipe's weights, downloaded if they are not here yet; None if it wants random ones.

    Raises InputError if they are not at hand: without a network in less than 20 seconds.
    """
    name, path = recipe.backbone, recipe.weights
    if path == "none":
        return None
    if path == "imagenet":
        return (download.imagenet_file if name in applications.MAKERS else lite.weights_file)(name)
    if not Path(path).is_file():
        raise InputError(f"there is no weights file {path}; name another with --set weights=<path>")
    return path


def load_weights(model, recipe):
    """Puts the recipe's weights, which are not "none", into a model from `make`.

    Raises InputError if they are not at hand, damaged or of another net; the model is then as before.
    """
    path = weights_file(recipe)
    if recipe.backbone in applications.MAKERS:
        applications.load(model, recipe.backbone, path)
    else:
        lite.load(model, path)
