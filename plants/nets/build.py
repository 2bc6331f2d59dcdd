"""Recipe -> Keras nets: raw pixels in, logits (to train) or probabilities (to predict) out."""

import keras

from plants.nets import lite
from plants.nets.views import symmetries
from plants.pixels import IMAGE_SIDE


def build(recipe, num_classes, *, image_size=None, pretrained=True):
    """The net of a recipe.

    Input (n, 96, 96, 3) float32, raw RGB 0..255; output logits (n, num_classes) float32.
    Resizing to `image_size` (default: the recipe's for predictions) and scaling are part of the
    graph. The weights do not depend on `image_size`. `pretrained=False` leaves the backbone at
    random, for a net whose weights are loaded right after.

    Raises InputError if the recipe's weights are not at hand or do not fit.
    """
    size = image_size or recipe.image_size
    body = lite.backbone(
        recipe.backbone, size, drop_path_rate=recipe.drop_path, norm_momentum=recipe.norm_momentum
    )
    if pretrained and recipe.weights != "none":
        path = lite.weights_file(recipe.backbone) if recipe.weights == "imagenet" else recipe.weights
        lite.load_backbone_weights(body, path)
    images = keras.Input((IMAGE_SIDE, IMAGE_SIDE, 3), name="images")
    # keras.layers.Resizing would put the layers behind it into training mode (keras#23166).
    x = keras.ops.image.resize(images, (size, size), interpolation=recipe.interpolation)
    x = body(lite.scale_pixels(x))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    if recipe.dropout > 0:
        x = keras.layers.Dropout(recipe.dropout, name="dropout")(x)
    return keras.Model(images, keras.layers.Dense(num_classes, name="logits")(x), name="net")


def predictor(net, views):
    """Probabilities from a net of logits: softmax, averaged over `views` symmetries of each image.

    Input (n, 96, 96, 3) float32, raw RGB 0..255; output (n, k) float32, rows summing to 1.
    The views of one image are averaged with each other, never across images.
    """
    images = keras.Input(net.input_shape[1:], name="images")
    shown = [keras.ops.softmax(net(view)) for view in symmetries(images, views)]
    model = keras.Model(images, sum(shown[1:], shown[0]) / len(shown), name="predictor")
    model.jit_compile = use_xla()
    return model


def use_xla():
    """Whether nets should be compiled by XLA: on a CPU it is 10 times slower for these."""
    return bool(keras.distribution.list_devices("gpu"))


def load_predictor(run):
    """The trained predictor of one run folder (`plants.training.run_folder.Run`)."""
    net = build(run.recipe, len(run.class_names), pretrained=False)
    net.load_weights(run.path / "best.weights.h5")
    return predictor(net, run.recipe.views)
