"""The backbones by name: raw pixels in, feature maps out."""

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


def load_weights(model, recipe):
    """Puts the recipe's weights, "imagenet" or the path of a file, into a model from `make`.

    Raises InputError if they are not at hand (offline in less than 20 seconds), damaged or of
    another net; the model is then as before.
    """
    name, path = recipe.backbone, recipe.weights
    if name in applications.MAKERS:
        applications.load(model, name, download.imagenet_file(name) if path == "imagenet" else path)
    else:
        lite.load(model, lite.weights_file(name) if path == "imagenet" else path)
