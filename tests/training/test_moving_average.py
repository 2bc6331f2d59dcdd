"""A moving average of the weights: its decay and values by hand, and what a training makes of it."""

import dataclasses

import keras
import numpy as np
import pytest
from phase_runs import ALL, FROZEN, RECIPE, TRAINING, VALIDATION, best_weights, training
from trainable_net import tiny_net

from plants.recipes.recipe import Augmentation
from plants.training import scores, weight_values
from plants.training.moving_average import MovingAverage, decay_at

AVERAGED = dataclasses.replace(ALL, epochs=3, ema=0.6)


@pytest.mark.parametrize(
    "step, decay, expected",
    # Of weights 1, 2, 4, ... the last one's share is 1, 2/3, 4/7, ..., and what is kept is the rest.
    [(1, 0.5, 0.0), (2, 0.5, 1 / 3), (3, 0.5, 3 / 7), (100, 0.5, 0.5), (1, 0.998, 0.0), (2, 0.998, 0.4995)],
)
def test_the_decay_grows_to_what_is_asked_for(step, decay, expected):
    assert decay_at(step, decay) == pytest.approx(expected, abs=1e-6)


def one_weight(value):
    """A net of one weight, which it answers times its input."""
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    net.set_weights([np.array([[value]])])
    return net


def test_an_average_by_hand():
    net = one_weight(11.0)
    average, found = MovingAverage(net, 0.5), []
    for step, value in enumerate((3.0, 6.0, 10.0), start=1):
        net.set_weights([np.array([[value]])])
        average.follow(step)
        found.append(weight_values.of(average.variables)[0].item())
    # 3; (3 + 2 * 6) / 3; (3 + 2 * 6 + 4 * 10) / 7
    assert found == pytest.approx([3.0, 5.0, 55 / 7])
    assert net.get_weights()[0].item() == 10.0


def test_while_it_is_in_place_the_net_answers_with_it_and_afterwards_as_before():
    net = one_weight(11.0)
    average = MovingAverage(net, 0.2)
    net.set_weights([np.array([[3.0]])])
    with average.in_place():
        assert net.predict_on_batch(np.ones((1, 1))).item() == 11.0
    assert net.predict_on_batch(np.ones((1, 1))).item() == 3.0


def weights_of_all_steps(run, monkeypatch):
    """The weights of what learns after each step of a training."""
    seen, original = [], keras.Model.train_on_batch

    def noting(net, *args, **arguments):
        logs = original(net, *args, **arguments)
        seen.append(net.get_weights())
        return logs

    monkeypatch.setattr(keras.Model, "train_on_batch", noting)
    run.run()
    return seen


def assert_averaged(found, after):
    """Whether weights are the average of those after each step, each weighing 0.6 of the next one."""
    shares = 0.6 ** np.arange(len(after))[::-1]
    for one, *values in zip(found, *after, strict=True):
        expected = np.average(values, axis=0, weights=shares)
        np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-6)


def test_what_is_kept_is_the_average_of_all_weights_over_the_steps(tmp_path, tiny_nets, monkeypatch):
    recipe = dataclasses.replace(RECIPE, phases=(AVERAGED,))
    run = training(tmp_path / "run", recipe, datasets=(TRAINING, VALIDATION.subset([])))
    after = weights_of_all_steps(run, monkeypatch)
    assert len(after) == 3 * 4  # epochs of 14 images in batches of 4
    found = best_weights(tmp_path / "run")
    assert_averaged(found, after)
    for one, raw in zip(found, after[-1], strict=True):
        assert np.abs(one - raw).max() > 1e-5  # of norms' statistics too


def test_the_weights_go_on_without_their_average(tmp_path, tiny_nets):
    lines = {}
    for name, ema in (("with", 0.6), ("without", 0.0)):
        recipe = dataclasses.replace(RECIPE, phases=(dataclasses.replace(AVERAGED, ema=ema),))
        run = training(tmp_path / name, recipe)
        run.run()
        lines[name] = run.state.history
    learned = [[(line["loss"], line["accuracy"]) for line in lines[name]] for name in lines]
    assert learned[0] == learned[1]
    validated = [[line["validation_loss"] for line in lines[name]] for name in lines]
    assert validated[0] != validated[1]


def test_validation_is_of_the_average_that_is_kept(tmp_path, tiny_nets):
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(AVERAGED,)))
    run.run()
    net = tiny_net(RECIPE, 2)
    net.set_weights(best_weights(tmp_path / "run"))
    logits = scores.predict(net, VALIDATION.images, image_size=32)
    measured = scores.validation_scores(logits, VALIDATION.labels)
    assert run.state.best["validation_loss"] == pytest.approx(measured["validation_loss"], rel=1e-5)


def test_the_next_phase_starts_from_the_average(tmp_path, tiny_nets):
    phases_of_it = (dataclasses.replace(AVERAGED, epochs=1), ALL)
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=phases_of_it))
    kept, started, prepare = [], [], run.prepare

    def noting(phase):
        learner = prepare(phase)
        started.append(learner.net.get_weights())
        return learner

    run.prepare = noting
    run.after_epoch = lambda line: kept.append(best_weights(tmp_path / "run"))
    run.run()
    for one, other in zip(kept[0], started[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_head_on_fixed_features_has_an_average_too(tmp_path, tiny_nets, monkeypatch):
    fixed = dataclasses.replace(FROZEN, epochs=2, augmented=False, ema=0.6)
    recipe = dataclasses.replace(RECIPE, phases=(fixed,), augmentation=Augmentation(), dropout=0.0)
    run = training(tmp_path / "run", recipe, datasets=(TRAINING, VALIDATION.subset([])))
    after = weights_of_all_steps(run, monkeypatch)  # of the head alone
    assert_averaged(best_weights(tmp_path / "run")[-2:], after)


def test_without_one_a_training_makes_none(tmp_path, tiny_nets):
    learner = training(tmp_path / "run").prepare(ALL)
    assert learner.average is None
    with learner.showing_what_is_kept():
        assert len(weight_values.of(learner.variables)) == len(learner.variables)
