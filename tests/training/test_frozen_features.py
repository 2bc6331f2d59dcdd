"""Fixed features: where a phase has them, and the net in two parts, before and after them."""

import dataclasses

import numpy as np
import pytest

from plants.nets import build
from plants.recipes.recipe import Dense, Phase, Recipe
from plants.training import frozen_features
from plants.training.work import FROZEN_COST, epoch_work, features_work, work

FIXED = Phase("head", 3, 0.05, 32, trainable="none", batch_norm="frozen", augmented=False)
RECIPE = Recipe("tiny", "for tests", 1.0, (FIXED,), image_size=32, weights="none", dropout=0.2)


@pytest.mark.parametrize(
    "changes, fixed",
    [
        ({}, True),
        ({"augmented": True}, False),
        ({"trainable": "all"}, False),
        ({"trainable": "last-1"}, False),
    ],
)
def test_features_are_fixed_where_nothing_before_the_head_learns_or_varies(changes, fixed):
    assert frozen_features.are_fixed(dataclasses.replace(FIXED, **changes)) is fixed


@pytest.mark.parametrize("head", [(), (Dense(5, batch_norm=True, dropout=0.3), Dense(3, activation="elu"))])
def test_the_two_parts_answer_as_the_whole_net_with_its_very_weights(head):
    recipe = dataclasses.replace(RECIPE, head=head, feature_noise=0.1)
    net = build.build(recipe, 3, input_side=40)
    body, classifier = frozen_features.split(net)
    images = np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3)).astype("float32")
    features = body.predict_on_batch(images)
    assert features.shape == (4, 1280)
    np.testing.assert_allclose(
        classifier.predict_on_batch(features), net.predict_on_batch(images), rtol=1e-4, atol=1e-5
    )
    net.get_layer("logits").bias.assign([7, 8, 9])
    assert classifier.predict_on_batch(features * 0)[0].argmax() == 2


def test_the_work_of_fixed_features_is_one_way_through_the_backbone_before_the_epochs():
    assert features_work(FIXED, 10) == pytest.approx(FROZEN_COST * 32 * 32 * 10)
    assert epoch_work(FIXED, 10) == 0
    assert work(RECIPE, 10) == pytest.approx(FROZEN_COST * 32 * 32 * 10)
    assert features_work(dataclasses.replace(FIXED, augmented=True), 10) == 0
