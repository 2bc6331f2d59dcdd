"""Recipe -> Keras nets: raw pixels in, logits (to train) or probabilities (to predict) out."""

from typing import Any

import keras

from plants.nets import backbones
from plants.nets.symmetries import symmetries
from plants.pixels import margins
from plants.recipes.recipe import Dense, Recipe


def build(
    recipe: Recipe,
    num_classes: int,
    *,
    input_side: int,
    image_size: int | None = None,
    pretrained: bool = True,
) -> keras.Model:
    """The net of a recipe.

    Input (n, input_side, input_side, 3) float32, raw RGB 0..255; output logits (n, num_classes)
    float32. Resizing or padding to `image_size` (default: the recipe's for predictions) and
    scaling are part of the graph. The weights do not depend on either size, unless the recipe
    flattens the maps. `pretrained=False` leaves the backbone at random, for a net whose weights
    are loaded right after.

    Raises InputError if the recipe's weights are not at hand or do not fit.
    """
    size = image_size or recipe.image_size
    body = backbones.make(recipe, size)
    if pretrained:
        backbones.load_weights(body, recipe)
    images = keras.Input((input_side, input_side, 3), name="images")
    x = _head(recipe, body(_fit(recipe, images, size)))
    return keras.Model(images, keras.layers.Dense(num_classes, name="logits")(x), name="net")


def _fit(recipe: Recipe, images: Any, size: int) -> Any:
    """The images at `size` pixels a side: resized, or in the middle of black ones."""
    if recipe.fit == "pad":
        around = margins(images.shape[1], size)
        return keras.ops.pad(images, [(0, 0), around, around, (0, 0)])
    # keras.layers.Resizing would put the layers behind it into training mode (keras#23166).
    return keras.ops.image.resize(images, (size, size), interpolation=recipe.interpolation)


def _head(recipe: Recipe, maps: Any) -> Any:
    """Feature maps (n, h, w, c) -> features (n, d), through the hidden layers if there are any."""
    pool = keras.layers.Flatten if recipe.pooling == "flatten" else keras.layers.GlobalAveragePooling2D
    x = pool(name="pool")(maps)
    if recipe.feature_noise > 0:
        x = keras.layers.GaussianNoise(recipe.feature_noise, name="noise")(x)
    if recipe.dropout > 0:
        x = keras.layers.Dropout(recipe.dropout, name="dropout")(x)
    for index, layer in enumerate(recipe.head):
        x = _hidden(x, layer, f"hidden{index}")
    return x


def _hidden(x: Any, layer: Dense, name: str) -> Any:
    x = keras.layers.Dense(
        layer.units,
        kernel_initializer=layer.initializer,
        kernel_regularizer=keras.regularizers.L1L2(layer.l1, layer.l2) if layer.l1 or layer.l2 else None,
        name=name,
    )(x)
    if layer.batch_norm:
        x = keras.layers.BatchNormalization(name=f"{name}_norm")(x)
    x = keras.layers.Activation(layer.activation, name=f"{name}_activation")(x)
    return keras.layers.Dropout(layer.dropout, name=f"{name}_dropout")(x) if layer.dropout > 0 else x


def predictor(net: keras.Model, views: int) -> keras.Model:
    """Probabilities from a net of logits: softmax, averaged over `views` symmetries of each image.

    Input (n, side, side, 3) float32, raw RGB 0..255; output (n, k) float32, rows summing to 1.
    The views of one image are averaged with each other, never across images.
    """
    images = keras.Input(net.input_shape[1:], name="images")
    model = keras.Model(images, _mean_of_views(net, images, views), name="predictor")
    model.jit_compile = use_xla()
    return model


def _mean_of_views(net: keras.Model, images: Any, views: int) -> Any:
    """Mean softmax over symmetries of each image, in one pass of the net: (n, k).

    With a pass for each view the layers would stand in the exported graph as often, and
    TensorFlow keeps a copy of a layer's weights, laid out anew, for each of them.
    """
    shown = keras.ops.concatenate(symmetries(images, views))  # all first views, all second ones, ...
    probabilities = keras.ops.softmax(net(shown))
    by_view = keras.ops.reshape(probabilities, (views, -1, probabilities.shape[-1]))
    return keras.ops.mean(by_view, axis=0)


def use_xla() -> bool | None:
    """Whether nets should be compiled by XLA; None, as Keras thinks best, where the backend is no TensorFlow.

    On a CPU it makes TensorFlow slower. The other backends need it, or do not tell of their devices.
    """
    if keras.config.backend() != "tensorflow":
        return None
    return bool(keras.distribution.list_devices("gpu"))
