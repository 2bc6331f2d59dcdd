"""Frozen backbones answer under the TensorFlow of the contest as under today's."""

import dataclasses
import subprocess

import fresh_process
import keras
import numpy as np
import pytest
from random_weights import draw
from test_legacy_tensorflow import legacy_python  # noqa: F401  a fixture

from plants.bundle import export
from plants.nets import build
from plants.recipes.recipe import Phase, Recipe

SIZE = 64
RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, SIZE),), image_size=SIZE, weights="none")
SMALL = ("lite0", "vgg16", "vgg19", "efficientnetb0", "efficientnetv2b0")
CLASSES = 3
ROUNDING = 1e-3  # of float32 through dozens of random layers; 2e-4 was seen

ASK = """
import sys
import numpy as np
import tensorflow as tf
images, answers = tf.constant(np.load("images.npy")), {}
for name in sys.argv[1:]:
    graph = tf.saved_model.load(name).signatures["serving_default"]
    answers[name] = graph(images=images)["probabilities"].numpy()
np.savez("answers.npz", version=tf.__version__, **answers)
"""


def pictures(n=4):
    """Pictures of large spots, the next always brighter: (n, 96, 96, 3) float32."""
    coarse = np.random.default_rng(1).uniform(0, 100, (n, 6, 6, 3)).astype("float32")
    coarse += np.linspace(0, 155, n, dtype="float32")[:, None, None, None]
    return np.repeat(np.repeat(coarse, 16, axis=1), 16, axis=2)


def ask_legacy(python, folder, names, images):
    """{name: probabilities} by an old TensorFlow, of the SavedModels of these names in `folder`."""
    np.save(folder / "images.npy", images)
    done = subprocess.run(
        [str(python), "-s", "-c", ASK, *names],
        cwd=folder,
        env=fresh_process.clean_environment(),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(folder / "answers.npz") as file:
        assert str(file["version"]).split(".")[1] in ("8", "9", "10", "11")
        return {name: file[name] for name in names}


def make_answers_differ(net, images):
    """Draws all weights, then fits the norms and the last layer to the images."""
    keras.utils.set_random_seed(0)  # of the dropping of branches below
    draw(net)
    for layer in [*net.get_layer("backbone").layers, *net.layers]:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0  # the moving statistics become those of the batch
    net(images, training=True)
    last = net.get_layer("logits")
    kernel = last.get_weights()[0]
    last.set_weights([kernel, np.zeros(kernel.shape[1])])
    logits = keras.ops.convert_to_numpy(net(images, training=False))
    last.set_weights([kernel / logits.std(), -logits.mean(axis=0) / logits.std()])


def exported(name, folder):
    """Writes a backbone's predictor of two views to `folder`/`name`; its probabilities today."""
    net = build.build(dataclasses.replace(RECIPE, backbone=name), CLASSES)
    make_answers_differ(net, pictures())
    predictor = build.predictor(net, 2)
    export.export_frozen([predictor], folder / name)
    return predictor.predict(pictures(), batch_size=4, verbose=0)


@pytest.fixture(scope="module")
def answers(legacy_python, tmp_path_factory):  # noqa: F811
    """{name: probabilities today, probabilities then} of the small backbones."""
    folder = tmp_path_factory.mktemp("exported")
    today = {name: exported(name, folder) for name in SMALL}
    then = ask_legacy(legacy_python, folder, SMALL, pictures())
    return {name: (today[name], then[name]) for name in SMALL}


@pytest.mark.parametrize("name", SMALL)
def test_a_frozen_backbone_gives_the_same_probabilities_under_the_tensorflow_of_the_contest(name, answers):
    today, then = answers[name]
    assert today.std(axis=0).max() > 0.02  # or nothing would be compared
    np.testing.assert_allclose(then, today, atol=ROUNDING)
