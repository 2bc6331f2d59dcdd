"""A phase whose features are fixed: computed once, learned from as from the images, and resumed exactly."""

import dataclasses

import keras
import numpy as np
import pytest
from phase_runs import ALL, FROZEN, RECIPE, TRAINING, VALIDATION, Killed, best_weights, training
from trainable_net import tiny_net

from plants.recipes.recipe import Augmentation, Phase
from plants.training import phases, scores

FIXED = dataclasses.replace(FROZEN, name="head", epochs=3, augmented=False)
STILL = dataclasses.replace(RECIPE, phases=(FIXED,), dropout=0.0, augmentation=Augmentation())


def test_each_image_goes_through_the_backbone_once(tmp_path, tiny_nets, monkeypatch):
    seen, predict = [], scores.predict

    def counted(net, images, **settings):
        seen.append((net.name, len(images)))
        return predict(net, images, **settings)

    monkeypatch.setattr(scores, "predict", counted)
    training(tmp_path / "run", STILL).run()
    of_images, of_features = seen[:2], seen[2:]
    assert of_images == [("features", len(TRAINING)), ("features", len(VALIDATION))]
    assert of_features == [("head", len(VALIDATION))] * FIXED.epochs


def test_the_head_learns_what_it_learns_from_images_that_do_not_change(tmp_path, tiny_nets):
    training(tmp_path / "once", STILL).run()
    each_time = dataclasses.replace(STILL, phases=(dataclasses.replace(FIXED, augmented=True),))
    training(tmp_path / "each time", each_time).run()
    for once, each in zip(best_weights(tmp_path / "once"), best_weights(tmp_path / "each time"), strict=True):
        np.testing.assert_allclose(once, each, rtol=1e-4, atol=1e-6)
    started = tiny_net(RECIPE, 2)
    learned = np.abs(best_weights(tmp_path / "once")[-2] - started.get_weights()[-2])
    assert learned.max() > 0.05  # the first step of Adam alone is as large as its learning rate


@pytest.mark.rest
@pytest.mark.parametrize(
    "phases_of_it, killed_after, validation",
    [((FIXED, ALL), 2, VALIDATION), ((ALL, FIXED), 4, VALIDATION), ((FIXED,), 1, VALIDATION.subset([]))],
    ids=["before a tuned phase", "after a tuned phase", "without validation"],
)
def test_a_training_killed_among_fixed_features_ends_with_the_same_weights(
    tmp_path, tiny_nets, monkeypatch, phases_of_it, killed_after, validation
):
    recipe = dataclasses.replace(STILL, dropout=0.3, phases=phases_of_it, imbalance="class-weight")
    given = {"recipe": recipe, "datasets": (TRAINING, validation)}
    training(tmp_path / "whole", **given).run()
    train_epoch = phases.Training.train_epoch

    def killed(run, learner, phase):
        if len(run.state.history) == killed_after:
            raise Killed
        return train_epoch(run, learner, phase)

    with monkeypatch.context() as patch:
        patch.setattr(phases.Training, "train_epoch", killed)
        with pytest.raises(Killed):
            training(tmp_path / "stopped", **given).run()
    training(tmp_path / "stopped", **given).run()
    for whole, resumed in zip(
        best_weights(tmp_path / "whole"), best_weights(tmp_path / "stopped"), strict=True
    ):
        np.testing.assert_array_equal(whole, resumed)


def test_an_unaugmented_phase_that_learns_all_layers_sees_the_images_as_they_are(
    tmp_path, tiny_nets, monkeypatch
):
    seen = []

    def train_on_batch(net, images, targets, **settings):
        seen.extend(images)
        return {"loss": 0.0, "accuracy": 0.0}

    monkeypatch.setattr(keras.Model, "train_on_batch", train_on_batch)
    plain = Phase("all", 1, 0.01, 32, augmented=False)
    training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(plain, ALL))).run()
    seen = seen[: len(TRAINING)]
    as_they_are = {image.tobytes() for image in TRAINING.images.astype("float32")}
    assert {image.tobytes() for image in seen} == as_they_are
    assert len(seen) == len(TRAINING)


def test_after_the_features_the_eta_counts_what_the_backbone_has_to_do_still(tmp_path, tiny_nets):
    recipe = dataclasses.replace(STILL, phases=(FIXED, RECIPE.phases[1]))
    run = training(tmp_path / "run", recipe)
    run.prepare(FIXED)
    # Of 32 x 32 pixels, once 0.35 of a way for the features, and 3 epochs of a whole way.
    assert run.progress.done == pytest.approx(0.35 * 32 * 32 * len(TRAINING))
    assert run.progress.total == pytest.approx(3.35 * 32 * 32 * len(TRAINING))
