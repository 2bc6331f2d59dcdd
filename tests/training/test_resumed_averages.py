"""A training with averages of its weights, killed anywhere, ends as one that was not: bit for bit."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from phase_runs import ALL, FROZEN, RECIPE, TRAINING, VALIDATION, Killed, best_weights, training

from plants.runs import run_folder
from plants.training import phases, soup

NONE = VALIDATION.subset([])
AVERAGED = dataclasses.replace(ALL, ema=0.7)
SOUPED = dataclasses.replace(ALL, soup=2)
BOTH = dataclasses.replace(ALL, ema=0.7, soup=3)
FIXED = dataclasses.replace(FROZEN, augmented=False, ema=0.7, soup=2)


@pytest.fixture(autouse=True)
def eagerly(tiny_nets):
    """A few steps are over before a graph of them would have been traced."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def in_epoch(number):
    """Kills the training in the epoch after so many."""

    def arrange(patch):
        train_epoch = phases.Training.train_epoch

        def killed(run, learner, phase):
            if len(run.state.history) == number:
                raise Killed
            return train_epoch(run, learner, phase)

        patch.setattr(phases.Training, "train_epoch", killed)

    return arrange


def in_function(owner, name, call):
    """Kills it as it calls a function for the time number `call`, counted from 1."""

    def arrange(patch):
        original, calls = getattr(owner, name), []

        def killed(*args, **settings):
            calls.append(name)
            if len(calls) == call:
                raise Killed
            return original(*args, **settings)

        patch.setattr(owner, name, killed)

    return arrange


def ended(folder, of_phases, validation, *, killed=None):
    """The best and all other lines, and the weights, of a training that was killed once, or not."""
    given = {"recipe": dataclasses.replace(RECIPE, phases=of_phases), "datasets": (TRAINING, validation)}
    if killed:
        with pytest.MonkeyPatch.context() as patch:
            killed(patch)
            with pytest.raises(Killed):
                training(folder, **given).run()
    run = training(folder, **given)
    run.run()
    assert not (folder / run_folder.SOUP).exists()
    assert len(run.state.history) == sum(phase.epochs for phase in of_phases)
    lines = [run.state.best, *run.state.history]
    return [line | {"seconds": 0} for line in lines], best_weights(folder)


@pytest.mark.rest
@pytest.mark.parametrize(
    "of_phases, validation, killed",
    [
        ((AVERAGED, ALL), VALIDATION, in_epoch(1)),
        ((AVERAGED,), VALIDATION, in_epoch(2)),
        ((FROZEN, AVERAGED), NONE, in_epoch(4)),
        ((AVERAGED, AVERAGED), VALIDATION, in_epoch(3)),
        ((SOUPED, ALL), NONE, in_epoch(2)),
        ((SOUPED, ALL), VALIDATION, in_epoch(4)),
        ((BOTH, BOTH), VALIDATION, in_epoch(5)),
        ((FIXED, BOTH), NONE, in_epoch(1)),
        # between an epoch's weights and its checkpoint
        ((BOTH,), VALIDATION, in_function(phases.run_files, "write_metrics", 2)),
        # after the checkpoint, before the weights of other epochs are removed
        ((BOTH,), NONE, in_function(soup, "keep_only", 3)),
        # while a mean is tried, once it is kept, and before all is removed
        ((SOUPED, ALL), NONE, in_function(phases.Training, "_taste", 1)),
        ((BOTH, ALL), VALIDATION, in_function(phases.Training, "_taste", 2)),
        ((SOUPED, ALL), NONE, in_function(phases.checkpoint, "save", 5)),
        ((SOUPED, ALL), NONE, in_function(soup, "clear", 1)),
        ((ALL, BOTH), NONE, in_function(soup, "clear", 1)),
        # all is removed, and the next phase has no checkpoint yet
        ((SOUPED, ALL), VALIDATION, in_function(phases.Training, "prepare", 2)),
    ],
)
def test_a_training_killed_anywhere_ends_with_the_same_weights(tmp_path, of_phases, validation, killed):
    whole = ended(tmp_path / "whole", of_phases, validation)
    resumed = ended(tmp_path / "resumed", of_phases, validation, killed=killed)
    assert resumed[0] == whole[0]
    for one, other in zip(resumed[1], whole[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_average_and_a_soup_make_other_weights_than_none(tmp_path):
    plain = ended(tmp_path / "plain", (ALL,), NONE)[1]
    for name, phase in (("averaged", AVERAGED), ("souped", SOUPED)):
        other = ended(tmp_path / name, (phase,), NONE)[1]
        assert any((one != two).any() for one, two in zip(plain, other, strict=True))
