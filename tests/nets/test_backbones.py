"""The backbones: what their first convolution sees of raw pixels, and weights from files."""

import dataclasses
import functools

import h5py
import keras
import numpy as np
import pytest
from random_weights import original, save_as_keras_2

from plants.errors import InputError
from plants.nets import applications, backbones, download, lite
from plants.recipes.recipe import BACKBONES, Phase, Recipe

pytestmark = pytest.mark.rest

RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 32),), image_size=32, weights="none")
SIZE = 32
BIG = ("efficientnetb7", "efficientnetv2l", "convnextlarge")


def sorted_by_size(names):
    return [pytest.param(name, marks=pytest.mark.slow if name in BIG else ()) for name in names]


every_backbone = pytest.mark.parametrize("name", sorted_by_size(BACKBONES))
every_application = pytest.mark.parametrize("name", sorted_by_size(applications.MAKERS))


def recipe(name, **changes):
    return dataclasses.replace(RECIPE, backbone=name, **changes)


@functools.cache  # building takes seconds
def backbone(name):
    return backbones.make(recipe(name), SIZE)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Of a backbone's name: the path of random weights, in the format of Keras's downloads."""
    folder = tmp_path_factory.mktemp("saved")

    @functools.cache
    def path(name):
        return save_as_keras_2(original(name), folder / f"{name}.h5")

    return path


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def photos():
    """A dark picture and a bright one with large spots: (2, SIZE, SIZE, 3)."""
    coarse = np.random.default_rng(1).uniform(0, 100, (2, 4, 4, 3)).astype("float32")
    coarse[1] += 155
    return np.repeat(np.repeat(coarse, SIZE // 4, axis=1), SIZE // 4, axis=2)


def weighted(model):
    return [layer for layer in model.layers if layer.weights]


def test_every_backbone_that_a_recipe_may_name_is_made_and_has_weights_to_download():
    assert set(BACKBONES) == set(applications.MAKERS) | set(lite.SCALINGS)
    assert set(download.FILES) == set(applications.MAKERS)


# By hand, for the colour (10, 100, 200).
HALVES = [-117 / 128, -27 / 128, 73 / 128]
BGR = [200 - 103.939, 100 - 116.779, 10 - 123.68]
IMAGENET = [(10 / 255 - 0.485) / 0.229, (100 / 255 - 0.456) / 0.224, (200 / 255 - 0.406) / 0.225]
SCALED = {
    **{"lite0": HALVES, "lite1": HALVES, "lite2": HALVES},
    **{"vgg16": BGR, "vgg19": BGR},
    **{"efficientnetb0": IMAGENET, "efficientnetb7": IMAGENET, "efficientnetv2b0": IMAGENET},
    "efficientnetv2l": [10 / 128 - 1, 100 / 128 - 1, 200 / 128 - 1],
    "convnextlarge": IMAGENET,
}


def seen_by_the_first_convolution(model, colour):
    """What comes out of a plain picture in its middle: channels (3,)."""
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    seen = numpy(keras.Model(model.input, first.input)(np.full((1, SIZE, SIZE, 3), colour, "float32")))
    return seen[0, SIZE // 2, SIZE // 2]


@every_backbone
def test_raw_pixels_are_scaled_as_the_weights_expect(name):
    seen = seen_by_the_first_convolution(backbone(name), [10, 100, 200])
    np.testing.assert_allclose(seen, SCALED[name], rtol=1e-5)


# Layers with weights, without a classifier, counted by hand from the papers' tables. An inverted block
# has three convolutions with a norm each, and where it has squeeze-and-excitation two more; without
# expansion, as in the first stage, a convolution and a norm less. Stem and head have two layers each.
STEM_AND_HEAD = 2 + 2
LAYERS = {
    "vgg16": 13,
    "vgg19": 16,
    # and the normalization, which counts as one
    "efficientnetb0": 16 * 8 - 1 * 2 + STEM_AND_HEAD + 1,
    "efficientnetb7": (4 + 7 + 7 + 10 + 10 + 13 + 4) * 8 - 4 * 2 + STEM_AND_HEAD + 1,
    # fused blocks with one convolution, with two, and inverted ones
    "efficientnetv2b0": 1 * 2 + (2 + 2) * 4 + (3 + 5 + 8) * 8 + STEM_AND_HEAD,
    "efficientnetv2l": 4 * 2 + (7 + 7) * 4 + (10 + 19 + 25 + 7) * 8 + STEM_AND_HEAD,
    "lite0": 16 * 6 - 1 * 2 + STEM_AND_HEAD,
    "lite1": (1 + 3 + 3 + 4 + 4 + 5 + 1) * 6 - 1 * 2 + STEM_AND_HEAD,
    "lite2": (1 + 3 + 3 + 4 + 4 + 5 + 1) * 6 - 1 * 2 + STEM_AND_HEAD,
    # blocks of five: depthwise, norm, two dense, scale; a convolution and a norm as stem and before each
    # of three stages; a last norm
    "convnextlarge": (3 + 3 + 27 + 3) * 5 + (1 + 3) * 2 + 1,
}


@every_backbone
def test_all_layers_lie_in_the_backbone_itself_and_can_be_frozen_one_by_one(name):
    model = backbone(name)
    assert model.name == "backbone"
    assert model.input_shape == (None, SIZE, SIZE, 3)
    assert not [layer.name for layer in model.layers if isinstance(layer, keras.Model)]
    assert not [layer.name for layer in model.layers if layer.name.startswith("_")]
    assert len(weighted(model)) == LAYERS[name]
    *others, last = weighted(model)
    for layer in others:
        layer.trainable = False
    learning = [weight.path for weight in model.trainable_weights]
    for layer in others:
        layer.trainable = True
    assert learning == [weight.path for weight in last.trainable_weights]


@every_backbone
def test_nothing_is_left_in_training_mode_by_the_scaling(name):
    model = backbone(name)
    np.testing.assert_array_equal(numpy(model(photos())), numpy(model(photos(), training=False)))


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Keras's folder and downloads, both without a file: {name: path} serves the downloads."""
    served = {}
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(keras.utils, "get_file", lambda fname, origin, **options: str(served[fname]))
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", keras.utils.get_file)
    return served


# Behind these, the rounding of a net this deep has grown into another answer, on some processors.
COMPARED_UP_TO = {"efficientnetb7": "block2a_project_bn"}


def first_part(model, name):
    """The net up to where its maps can be compared with those of another computation: mostly all of it."""
    last = model.get_layer(COMPARED_UP_TO[name]).output if name in COMPARED_UP_TO else model.output
    return keras.Model(model.input, last)


def features(name, weights, images, part=lambda model, name: model):
    model = backbone(name)
    for weight in model.weights:
        weight.assign(keras.ops.zeros_like(weight))
    backbones.load_weights(model, recipe(name, weights=str(weights)))
    return numpy(part(model, name)(images, training=False))


def shown_to(name, images):
    """What Keras says to feed its own net with."""
    return keras.applications.vgg16.preprocess_input(images.copy()) if name.startswith("vgg") else images


def assert_equal_features(found, expected):
    assert expected.std(axis=0).max() > 1e-3  # or nothing would be compared
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@every_application
def test_imagenet_and_the_path_of_its_file_give_the_features_of_keras_with_imagenet(name, files, saved):
    files[download.FILES[name].name] = saved(name)
    by_keras = applications.MAKERS[name](include_top=False, weights="imagenet", input_shape=(SIZE, SIZE, 3))
    expected = numpy(first_part(by_keras, name)(shown_to(name, photos()), training=False))
    assert_equal_features(features(name, saved(name), photos(), first_part), expected)
    by_path = features(name, saved(name), photos())
    np.testing.assert_array_equal(features(name, "imagenet", photos()), by_path)


@pytest.mark.parametrize("name", COMPARED_UP_TO)
def test_all_weights_of_a_net_that_is_not_compared_to_its_end_are_those_of_the_file(name, saved):
    model = backbone(name)
    backbones.load_weights(model, recipe(name, weights=str(saved(name))))
    for mine, kerass in zip(weighted(model), weighted(original(name)), strict=True):
        if not mine.name.startswith("normalization"):  # which is numbered in a process, and compared above
            assert mine.name == kerass.name
            for one, other in zip(mine.get_weights(), kerass.get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", sorted_by_size(["vgg16", "efficientnetb0", *BIG]))
def test_files_of_keras_3_and_of_our_own_backbone_fit_too(name, saved, tmp_path):
    expected = features(name, saved(name), photos())
    backbone(name).save_weights(tmp_path / "own.weights.h5")
    np.testing.assert_array_equal(features(name, tmp_path / "own.weights.h5", photos()), expected)
    original(name).save_weights(tmp_path / "keras3.weights.h5")
    np.testing.assert_array_equal(features(name, tmp_path / "keras3.weights.h5", photos()), expected)


@pytest.mark.parametrize("name", sorted_by_size(["vgg16", "efficientnetb0", *BIG]))
def test_the_classifier_in_a_file_is_passed_over(name, tmp_path):
    net = original(name, include_top=True, classes=7)
    save_as_keras_2(net, tmp_path / "keras2.h5")
    net.save_weights(tmp_path / "keras3.weights.h5")
    body = features(name, tmp_path / "keras2.h5", photos())
    np.testing.assert_array_equal(features(name, tmp_path / "keras3.weights.h5", photos()), body)
    kernel = next(layer for layer in weighted(backbone(name)) if isinstance(layer, keras.layers.Conv2D))
    theirs = next(layer for layer in flattened(net) if layer.name == kernel.name)
    np.testing.assert_array_equal(kernel.get_weights()[0], theirs.get_weights()[0])
    assert body.std(axis=0).max() > 1e-3


def flattened(model):
    for layer in model.layers:
        yield from flattened(layer) if isinstance(layer, keras.Model) else [layer]


def test_a_whole_model_saved_by_keras_2_fits(saved, tmp_path):
    original("vgg16").save(tmp_path / "model.h5")
    expected = features("vgg16", saved("vgg16"), photos())
    np.testing.assert_array_equal(features("vgg16", tmp_path / "model.h5", photos()), expected)


def test_efficientnet_is_normalized_by_the_file_and_the_second_root_comes_on_top(tmp_path):
    net = original("efficientnetb0")
    next(layer for layer in net.layers if layer.name.startswith("normalization")).set_weights(
        [np.full(3, 0.5), np.full(3, 0.25), np.array(0)]
    )
    features("efficientnetb0", save_as_keras_2(net, tmp_path / "other.h5"), photos())
    seen = seen_by_the_first_convolution(backbone("efficientnetb0"), [255, 255, 255])
    # (1 - 0.5) / sqrt(0.25) is 1; then the roots of 0.229, 0.224 and 0.225.
    np.testing.assert_allclose(seen, [2.089685, 2.112886, 2.108185], rtol=1e-5)


def test_weights_set_by_hand_change_the_scaling_at_once():
    model = backbone("efficientnetb0")
    layer = next(layer for layer in model.layers if isinstance(layer, applications.Normalization))
    layer.set_weights([np.ones(3), np.ones(3), np.array(0)])
    np.testing.assert_allclose(seen_by_the_first_convolution(model, [255, 255, 255]), [0, 0, 0], atol=1e-6)


def test_convolutions_stand_for_grouped_ones_and_for_dense_layers_and_compute_the_same():
    images = keras.Input((8, 8, 6))
    grouped = keras.layers.Conv2D(6, 3, padding="same", groups=6, name="grouped")
    dense = keras.layers.Dense(4, name="dense")
    expected = keras.Model(images, dense(grouped(images)))
    own = keras.models.clone_model(expected, clone_function=applications._own_layer)
    assert [type(layer).__name__ for layer in own.layers[1:]] == ["DepthwiseConv2D", "Conv2D"]
    for layer in (grouped, dense):
        own.get_layer(layer.name).set_weights(applications._fitted(own.get_layer(layer.name), layer))
    noise = np.random.default_rng(0).normal(size=(2, 8, 8, 6)).astype("float32")
    np.testing.assert_allclose(numpy(own(noise)), numpy(expected(noise)), atol=1e-5)


def test_weights_of_lite_are_loaded_from_its_package_or_from_our_own_file(tmp_path):
    model = backbone("lite0")
    backbones.load_weights(model, recipe("lite0", weights="imagenet"))
    expected = numpy(model(photos(), training=False))
    model.save_weights(tmp_path / "own.weights.h5")
    assert_equal_features(features("lite0", tmp_path / "own.weights.h5", photos()), expected)
    assert_equal_features(features("lite0", lite.weights_file("lite0"), photos()), expected)


def test_drop_path_and_momentum_reach_lite():
    model = backbones.make(recipe("lite0", drop_path=0.16, norm_momentum=0.9), SIZE)
    assert model.get_layer("block14_drop").rate == pytest.approx(0.14)
    assert model.get_layer("stem_norm").momentum == 0.9


def refused(name, path, match):
    """Asserts that a file is refused in one line that begins with `match`, and nothing is loaded."""
    model = backbone(name)
    before = model.get_weights()
    with pytest.raises(InputError, match=match) as caught:
        backbones.load_weights(model, recipe(name, weights=str(path)))
    assert "\n" not in str(caught.value)
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize("name", ["vgg16", "efficientnetb0"])
def test_a_missing_file_is_named(name, tmp_path):
    refused(name, tmp_path / "no.h5", rf"^there is no weights file {tmp_path}/no.h5; .*--set weights=<path>")
    refused(name, tmp_path, f"^there is no weights file {tmp_path}; ")


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
def test_a_file_that_is_no_hdf5_is_refused(content, tmp_path):
    path = tmp_path / "page.h5"
    path.write_bytes(content)
    refused("vgg16", path, rf"^{path} is no whole HDF5 file \(.*\): expected weights saved by Keras, .h5 or")


def test_a_file_that_is_cut_short_is_refused(saved, tmp_path):
    path = tmp_path / "short.h5"
    path.write_bytes(saved("efficientnetb0").read_bytes()[:-1000])
    refused("efficientnetb0", path, rf"^{path} is no whole HDF5 file \(.*truncated.*\): expected weights")


def test_an_hdf5_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.weights.h5"
    with h5py.File(path, "w") as file:
        file["measurements"] = np.zeros(3)
    refused("vgg16", path, rf"^{path} does not fit vgg16 \(.*\): is it the file of another net\?$")


def test_a_file_of_another_net_is_refused_and_nothing_is_loaded(saved, tmp_path):
    refused("vgg16", saved("vgg19"), r"vgg19.h5 does not fit vgg16 \(Layer count mismatch .*\): is it the")
    backbone("vgg19").save_weights(tmp_path / "vgg19.weights.h5")
    refused("vgg16", tmp_path / "vgg19.weights.h5", r"vgg19.weights.h5 does not fit vgg16 \(.*\): is it the")
    refused("efficientnetb0", saved("vgg16"), r"vgg16.h5 does not fit efficientnetb0 \(.*\): is it the file")


def test_a_file_of_lite_that_is_of_another_variant_is_refused_and_nothing_is_loaded(tmp_path):
    refused("lite0", lite.weights_file("lite1"), "does not fit this net at layer 'block3_depthwise'")
    backbones.make(recipe("lite1"), SIZE).save_weights(tmp_path / "lite1.weights.h5")
    refused("lite0", tmp_path / "lite1.weights.h5", r"lite1.weights.h5 does not fit backbone \(.*\): is it")


def test_a_format_under_the_name_of_the_other_is_refused_with_the_right_name(saved, tmp_path):
    (tmp_path / "old.weights.h5").symlink_to(saved("vgg16"))
    refused("vgg16", tmp_path / "old.weights.h5", "the format of Keras 2, .* rename it to old.h5$")
    backbone("vgg16").save_weights(tmp_path / "new.weights.h5")
    (tmp_path / "new.weights.h5").rename(tmp_path / "new.h5")
    refused("vgg16", tmp_path / "new.h5", "the format of Keras 3, .* rename it to new.weights.h5$")
