"""From a recipe to its nets: raw pixels in, and no image's answer depends on another image."""

import dataclasses
import types

import keras
import numpy as np
import pytest

from plants.bundle import export
from plants.errors import InputError
from plants.nets import build, lite
from plants.pixels import pad
from plants.recipes.recipe import Phase, Recipe
from plants.runs import load_net, run_folder

RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 32),), image_size=32, weights="none")
CLASSES = 3


def photos(n, seed=0):
    """Smooth pictures with some contrast, like photos: (n, 96, 96, 3) float32 in 0..255."""
    coarse = np.random.default_rng(seed).uniform(0, 255, (n, 6, 6, 3)).astype("float32")
    return np.repeat(np.repeat(coarse, 16, axis=1), 16, axis=2)


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def net():
    """A net whose answers differ a lot between images."""
    net = build.build(dataclasses.replace(RECIPE, weights="imagenet"), CLASSES, input_side=96)
    last = net.get_layer("logits")
    last.set_weights([np.random.default_rng(0).normal(0, 0.3, (1280, CLASSES)), np.zeros(CLASSES)])
    logits = numpy(net(photos(8)))
    last.set_weights([last.get_weights()[0], -logits.mean(axis=0)])
    return net


@pytest.fixture(scope="module")
def probabilities(net):
    """Of the eight photos, the mean over all symmetries, made one image at a time."""
    means = []
    for photo in photos(8):
        turned = [np.rot90(photo, turns) for turns in range(4)]
        views = np.stack(turned + [view[:, ::-1] for view in turned])
        means.append(softmax(numpy(net(views))).mean(axis=0))
    return np.array(means)


def test_the_answers_that_the_tests_below_compare_do_differ(probabilities):
    assert probabilities.std(axis=0).min() > 0.05


def into_backbone(images, **changes):
    """What the backbone of a net gets to see of raw images."""
    net = build.build(dataclasses.replace(RECIPE, **changes), CLASSES, input_side=96)
    operations = [operation.name for operation in net.operations]
    before = net.operations[operations.index("backbone") - 1]
    return numpy(keras.Model(net.input, before.output)(images))


def into_stem(shown):
    """What the first convolution of a backbone gets of what the backbone sees."""
    body = build.build(RECIPE, CLASSES, input_side=96).get_layer("backbone")
    return numpy(keras.Model(body.input, body.get_layer("stem").input)(shown))


def test_raw_pixels_go_in_and_are_scaled_once():
    halves = np.zeros((2, 96, 96, 3), "float32")
    halves[0, :, 48:], halves[1] = 255, 127
    scaled = into_stem(into_backbone(halves))
    assert scaled.shape == (2, 32, 32, 3)
    np.testing.assert_allclose(scaled[0, :, :12], np.full((32, 12, 3), -127 / 128), atol=1e-5)
    np.testing.assert_allclose(scaled[0, :, 20:], np.full((32, 12, 3), 1.0), atol=1e-5)
    np.testing.assert_allclose(scaled[1], np.zeros((32, 32, 3)), atol=1e-5)


@pytest.mark.parametrize(
    "interpolation, expected",
    [
        ("nearest", [0, 0, 1, 1]),
        ("bilinear", [0, 1 / 4, 3 / 4, 1]),
        # Weights of Keys' cubic (a = -1/2) a quarter of a pixel off: -9, 111, 29, -3 of 128.
        ("bicubic", [-9 / 128, 26 / 128, 102 / 128, 137 / 128]),
    ],
)
def test_the_graph_resizes_as_the_recipe_says(interpolation, expected):
    images = np.full((1, 96, 96, 3), 127, "float32")
    images[:, :, 48:] = 255
    shown = into_backbone(images, interpolation=interpolation, image_size=192)
    assert shown.shape == (1, 192, 192, 3)
    # Columns 94 to 97 of twice the size lie at 46.75, 47.25, 47.75 and 48.25 of the image.
    np.testing.assert_allclose(shown[0, 100, 94:98, 0], 127 + 128 * np.array(expected), atol=1e-3)


PADDED = dict(fit="pad", image_size=101, phases=(Phase("only", 1, 1e-3, 101),))


def test_the_graph_pads_as_the_arrays_are_padded():
    images = photos(2)
    np.testing.assert_array_equal(into_backbone(images, **PADDED), pad(images, 101))


def test_a_net_of_padded_images_answers_as_the_one_that_pads_them():
    recipe = dataclasses.replace(RECIPE, weights="imagenet", **PADDED)
    pads, padded = (build.build(recipe, CLASSES, input_side=side) for side in (96, 101))
    assert (pads.input_shape[1], padded.input_shape[1]) == (96, 101)
    padded.set_weights(pads.get_weights())
    images = photos(3)
    expected = numpy(padded(pad(images, 101)))
    assert expected.std(axis=0).max() > 0.01  # the answers do differ, so this can fail
    np.testing.assert_allclose(numpy(pads(images)), expected, atol=1e-5)


def test_net_gives_logits_of_the_number_of_classes(net):
    assert net.input_shape == (None, 96, 96, 3)
    assert net.output_shape == (None, CLASSES)
    assert np.any(numpy(net(photos(8))) < 0)


def test_net_answers_for_an_image_alone_as_among_others(net):
    together = numpy(net(photos(8)))
    for index in range(8):
        np.testing.assert_allclose(
            numpy(net(photos(8)[index : index + 1])), together[index : index + 1], atol=1e-4
        )


@pytest.mark.parametrize("views", [1, 2, 4, 8])
def test_predictions_are_rows_that_sum_to_1(net, views):
    predictions = numpy(build.predictor(net, views)(photos(8)))
    assert predictions.dtype == np.float32
    np.testing.assert_allclose(predictions.sum(axis=1), np.ones(8), atol=1e-6)


def test_one_view_is_the_softmax_of_the_net(net):
    expected = softmax(numpy(net(photos(8))))
    np.testing.assert_allclose(numpy(build.predictor(net, 1)(photos(8))), expected, atol=1e-5)


def test_two_views_are_the_image_and_its_mirror_image(net):
    images = photos(8)
    expected = (softmax(numpy(net(images))) + softmax(numpy(net(images[:, :, ::-1])))) / 2
    np.testing.assert_allclose(numpy(build.predictor(net, 2)(images)), expected, atol=1e-5)


def test_eight_views_of_one_image_are_averaged_and_never_across_images(net, probabilities):
    predictor = build.predictor(net, 8)
    np.testing.assert_allclose(numpy(predictor(photos(8))), probabilities, atol=1e-5)
    order = [3, 0, 7, 1, 6, 2, 5, 4]
    np.testing.assert_allclose(numpy(predictor(photos(8)[order])), probabilities[order], atol=1e-5)


@pytest.mark.parametrize("views", [1, 8])
def test_the_layers_stand_in_the_graph_once_however_many_views(views):
    images = keras.Input((96, 96, 3))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(images))
    predictor = build.predictor(keras.Model(images, keras.layers.Dense(CLASSES)(features)), views)
    graph, _ = export.freeze([predictor])
    operations = [node.op for node in graph.node]
    assert (operations.count("Conv2D"), operations.count("MatMul")) == (1, 1)


def test_call_call_without_training_and_predict_agree(net):
    """The layers of Keras that resize would put those behind them into training mode."""
    images = photos(8)
    for model in (net, build.predictor(net, 2)):
        expected = model.predict(images, verbose=0)
        np.testing.assert_allclose(numpy(model(images)), expected, atol=1e-5)
        np.testing.assert_allclose(numpy(model(images, training=False)), expected, atol=1e-5)
    weights = net.get_weights()
    assert np.abs(numpy(net(images, training=True)) - net.predict(images, verbose=0)).max() > 0.1
    net.set_weights(weights)  # the moving statistics have moved


def test_weights_do_not_depend_on_the_image_size(net, tmp_path):
    net.save_weights(tmp_path / "some.weights.h5")
    for size in (64, 96):
        other = build.build(RECIPE, CLASSES, input_side=96, image_size=size)
        other.load_weights(tmp_path / "some.weights.h5")
        for mine, expected in zip(other.get_weights(), net.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, expected)


def test_a_run_is_loaded_with_its_weights_and_views(net, probabilities, tmp_path):
    net.save_weights(tmp_path / run_folder.WEIGHTS)
    recipe = dataclasses.replace(RECIPE, views=8, weights="imagenet", dropout=0.5, drop_path=0.1)
    trained = dict(recipe=recipe, class_names=("a", "b", "c"), image_side=96, record={})
    run = types.SimpleNamespace(path=tmp_path, **trained)
    run.nets = [run]
    np.testing.assert_allclose(numpy(load_net.load_predictor(run)(photos(8))), probabilities, atol=1e-5)


def test_dropout_acts_in_training_only():
    net = build.build(dataclasses.replace(RECIPE, dropout=0.75), CLASSES, input_side=96)
    layer, features = net.get_layer("dropout"), np.ones((50, 100), "float32")
    assert set(np.unique(numpy(layer(features, training=True)))) == {0.0, 4.0}  # the kept ones times 4
    np.testing.assert_array_equal(numpy(layer(features, training=False)), features)


def stem(net):
    return net.get_layer("backbone").get_layer("stem").get_weights()[0]


def test_weights_none_are_random_from_the_seed():
    nets = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        nets.append(build.build(RECIPE, CLASSES, input_side=96))
    np.testing.assert_array_equal(stem(nets[0]), stem(nets[1]))
    assert np.abs(stem(nets[0]) - stem(nets[2])).max() > 0.01


def test_imagenet_and_the_path_of_its_file_are_the_same_weights():
    path = lite.weights_file("lite0")
    by_name = build.build(dataclasses.replace(RECIPE, weights="imagenet"), CLASSES, input_side=96)
    by_path = build.build(dataclasses.replace(RECIPE, weights=path), CLASSES, input_side=96)
    expected = lite.read_tensors(path)["_conv_stem.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(stem(by_name), expected)
    np.testing.assert_array_equal(stem(by_path), expected)


def test_a_net_that_is_not_pretrained_needs_no_weights_file():
    build.build(dataclasses.replace(RECIPE, weights="/nowhere.pth"), CLASSES, input_side=96, pretrained=False)


def test_weights_at_a_path_that_does_not_exist_are_named():
    recipe = dataclasses.replace(RECIPE, weights="/nowhere/lite0.pth")
    with pytest.raises(InputError, match="^there is no weights file /nowhere/lite0.pth; name another"):
        build.build(recipe, CLASSES, input_side=96)


@pytest.mark.parametrize("devices, compiled", [([], False), (["gpu:0"], True)])
def test_predictions_are_compiled_by_xla_only_where_there_is_a_gpu(net, monkeypatch, devices, compiled):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind: devices)
    assert build.predictor(net, 1).jit_compile is compiled


def test_what_another_backend_compiles_is_left_to_keras(monkeypatch):
    """Not all of them can list devices of a kind that is not there, or any."""
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind: 1 / 0)
    assert build.use_xla() is None
