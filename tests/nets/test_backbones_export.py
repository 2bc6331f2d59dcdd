"""Frozen backbones answer under the TensorFlow of the contest as under today's."""

import dataclasses

import numpy as np
import pytest
from legacy import ROUNDING, ask_legacy
from random_weights import make_answers_differ, pictures

from plants.bundle import export
from plants.nets import build
from plants.recipes.recipe import Phase, Recipe

pytestmark = pytest.mark.rest

SIZE = 64
RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, SIZE),), image_size=SIZE, weights="none")
SMALL = ("lite0", "vgg16", "vgg19", "efficientnetb0", "efficientnetv2b0")
CLASSES = 3


def exported(name, folder):
    """Writes a backbone's predictor of two views to `folder`/`name`; its probabilities today."""
    net = build.build(dataclasses.replace(RECIPE, backbone=name), CLASSES, input_side=96)
    make_answers_differ(net, pictures())
    predictor = build.predictor(net, 2)
    export.export_frozen([predictor], folder / name)
    return predictor.predict(pictures(), batch_size=4, verbose=0)


@pytest.fixture(scope="module")
def answers(legacy_python, tmp_path_factory):
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
