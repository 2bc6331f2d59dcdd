"""The phases of a training: what learns, what is kept, and that a stopped training goes on exactly."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from phase_runs import (
    FROZEN,
    RECIPE,
    TRAINING,
    VALIDATION,
    Killed,
    best_weights,
    colour_images,
    training,
)
from trainable_net import tiny_net

from plants.errors import InputError
from plants.recipes.recipe import Augmentation
from plants.runs import run_folder
from plants.training import batches, checkpoint, scores, weight_values


def test_every_epoch_has_a_line_with_metrics_of_both_datasets(tmp_path, tiny_nets):
    training(tmp_path / "run").run()
    lines = [json.loads(line) for line in (tmp_path / "run" / run_folder.METRICS).read_text().splitlines()]
    assert [(line["phase"], line["epoch"]) for line in lines] == [(0, 1), (0, 2), (1, 1), (1, 2), (1, 3)]
    counted, measured = {"phase", "epoch", "seconds"}, {"learning_rate", "loss", "accuracy"}
    assert set(lines[0]) == counted | measured | {
        f"validation_{name}" for name in ("loss", "accuracy", "auc")
    }
    assert lines[0]["learning_rate"] == pytest.approx(0.05)


def test_training_accuracy_and_loss_are_means_over_the_whole_epoch(tmp_path, tiny_nets):
    # Nothing is changed or learned, so the epoch saw what the net says of the images as they are.
    still = dataclasses.replace(FROZEN, epochs=1, learning_rate=1e-12)
    recipe = dataclasses.replace(RECIPE, phases=(still,), dropout=0.0, augmentation=Augmentation())
    run = training(tmp_path / "run", recipe)
    run.run()
    net = tiny_net(recipe, 2)
    net.load_weights(tmp_path / "run" / run_folder.WEIGHTS)
    measured = scores.validation_scores(scores.predict(net, TRAINING.images, image_size=96), TRAINING.labels)
    assert run.state.best["accuracy"] == pytest.approx(measured["validation_accuracy"])
    assert run.state.best["loss"] == pytest.approx(measured["validation_loss"], rel=1e-5)


# Ten images of one class and two of the other: balanced weights 12 / (2 * 10) and 12 / (2 * 2).
UNEVEN = colour_images(20, seed=4).subset([*range(0, 20, 2), 1, 3])
BALANCED = np.where(UNEVEN.labels == 0, 0.6, 3.0)
# Their roots, with a mean of 1 over the images.
OWN = BALANCED**0.5 / np.mean(BALANCED**0.5)


def still(**changes):
    """A recipe that changes and learns nothing: an epoch shows what the net says of plain images."""
    phase = dataclasses.replace(FROZEN, epochs=1, learning_rate=1e-12)
    values = dict(phases=(phase,), dropout=0.0, augmentation=Augmentation())
    return dataclasses.replace(RECIPE, **values | changes)


def losses(folder):
    """Cross-entropy of each of the uneven images, by the weights that the run left."""
    net = tiny_net(still(), 2)
    net.load_weights(folder / run_folder.WEIGHTS)
    logits = scores.predict(net, UNEVEN.images, image_size=96).astype("float64")
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(UNEVEN)), UNEVEN.labels]


@pytest.mark.parametrize(
    "imbalance, weights", [("none", np.ones(12)), ("class-weight", BALANCED), ("own-weight", OWN)]
)
def test_the_loss_of_an_image_counts_with_the_weight_of_its_class(tmp_path, tiny_nets, imbalance, weights):
    run = training(tmp_path / "run", still(imbalance=imbalance), datasets=(UNEVEN, VALIDATION))
    run.run()
    expected = np.mean(weights * losses(tmp_path / "run"))
    assert abs(expected / np.mean(losses(tmp_path / "run")) - 1) > 0.001 or imbalance == "none"
    assert run.state.best["loss"] == pytest.approx(expected, rel=1e-5)
    # Accuracy counts images, and validation is never weighed.
    plain = training(tmp_path / "plain", still(), datasets=(UNEVEN, VALIDATION))
    plain.run()
    for name in ("accuracy", "validation_loss", "validation_accuracy", "validation_auc"):
        assert run.state.best[name] == pytest.approx(plain.state.best[name], rel=1e-5)


def steps_of(run, monkeypatch):
    """Runs a training; (targets, arguments) of each of its steps."""
    seen, original = [], keras.Model.train_on_batch

    def noting(net, images, targets, *, return_dict, **arguments):
        seen.append((targets, arguments))
        return original(net, images, targets, return_dict=return_dict, **arguments)

    monkeypatch.setattr(keras.Model, "train_on_batch", noting)
    run.run()
    assert seen
    return seen


def test_mixed_labels_are_weighed_by_all_of_their_classes(tmp_path, tiny_nets, monkeypatch):
    recipe = still(imbalance="own-weight", mixing="mixup", batch_size=12)
    seen = steps_of(training(tmp_path / "run", recipe, datasets=(UNEVEN, VALIDATION)), monkeypatch)
    per_class = np.array([OWN[0], OWN[-1]])
    assert any(np.abs(targets - 0.5).min() < 0.45 for targets, _ in seen)  # some are of both
    for targets, arguments in seen:
        assert arguments.keys() == {"sample_weight"}
        by_hand = targets[:, 0] * per_class[0] + targets[:, 1] * per_class[1]
        np.testing.assert_allclose(arguments["sample_weight"], by_hand, rtol=1e-5)


def test_kerass_class_weights_are_the_balanced_ones(tmp_path, tiny_nets, monkeypatch):
    run = training(tmp_path / "run", still(imbalance="class-weight"), datasets=(UNEVEN, VALIDATION))
    for _, arguments in steps_of(run, monkeypatch):
        assert arguments == {"class_weight": {0: pytest.approx(0.6), 1: pytest.approx(3.0)}}


def test_oversampling_repeats_images_of_the_training_split_alone(tmp_path, tiny_nets, monkeypatch):
    run = training(tmp_path / "run", still(imbalance="oversampling"), datasets=(UNEVEN, UNEVEN))
    validated, predict = [], scores.predict
    monkeypatch.setattr(
        scores,
        "predict",
        lambda net, images, **size: validated.append(len(images)) or predict(net, images, **size),
    )
    seen = steps_of(run, monkeypatch)
    assert sum(targets.sum(axis=0) for targets, _ in seen).tolist() == [10, 10]
    assert len(seen) == run.steps == 5
    assert validated == [12]
    shown = losses(tmp_path / "run")
    assert run.state.best["loss"] == pytest.approx(
        (shown[UNEVEN.labels == 0].mean() + shown[UNEVEN.labels == 1].mean()) / 2, rel=1e-5
    )
    assert run.state.best["validation_loss"] == pytest.approx(shown.mean(), rel=1e-5)


def test_each_line_of_the_history_is_told_and_may_end_the_training(tmp_path, tiny_nets):
    told = []

    def prune(line):
        told.append(line)
        if len(told) == 3:
            raise KeyboardInterrupt

    run = training(tmp_path / "run", after_epoch=prune)
    with pytest.raises(KeyboardInterrupt):
        run.run()
    assert [(line["phase"], line["epoch"]) for line in told] == [(0, 1), (0, 2), (1, 1)]
    assert told == run.state.history


def test_a_padded_net_is_trained_on_padded_images(tmp_path, tiny_nets, monkeypatch):
    phase = dataclasses.replace(FROZEN, epochs=1, image_size=101)
    recipe = dataclasses.replace(RECIPE, phases=(phase,), fit="pad", image_size=101)
    sides, original = [], keras.Model.train_on_batch

    def noting(net, images, targets, **arguments):
        sides.append((net.input_shape[1], images.shape[1:3]))
        return original(net, images, targets, **arguments)

    monkeypatch.setattr(keras.Model, "train_on_batch", noting)
    training(tmp_path / "run", recipe).run()
    assert set(sides) == {(101, (101, 101))}


def test_the_record_counts_parameters_and_processor_time(tmp_path, tiny_nets):
    run = training(tmp_path / "run")
    run.run()
    # 3 * 3 * 3 * 4 of the convolution, 4 * 4 of the norm, 4 * 2 + 2 of the logits
    assert run.state.parameters == 108 + 16 + 10
    assert run.state.cpu_seconds > 0


def test_the_same_seed_gives_the_same_weights_bit_for_bit(tmp_path, tiny_nets):
    for name in ("one", "two"):
        training(tmp_path / name).run()
    for one, two in zip(best_weights(tmp_path / "one"), best_weights(tmp_path / "two"), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.rest
@pytest.mark.parametrize("epochs_before", [1, 2, 4])  # within phase 1, between the phases, within phase 2
def test_a_training_killed_in_any_epoch_ends_with_the_same_weights(
    tmp_path, tiny_nets, monkeypatch, epochs_before
):
    training(tmp_path / "whole").run()

    stopped = training(tmp_path / "stopped")
    run_epoch = stopped._run_epoch

    def killed_epoch(learner, phase):
        if len(stopped.state.history) == epochs_before:
            learner.model.train_on_batch(
                TRAINING.images[:4].astype("float32"), np.eye(2)[TRAINING.labels[:4]]
            )
            raise Killed
        return run_epoch(learner, phase)

    monkeypatch.setattr(stopped, "_run_epoch", killed_epoch)
    with pytest.raises(Killed):
        stopped.run()
    said = []
    again = training(tmp_path / "stopped", say=said.append)
    again.run()

    assert said[0] == f"going on after epoch {epochs_before} of an earlier try"
    for whole, resumed in zip(
        best_weights(tmp_path / "whole"), best_weights(tmp_path / "stopped"), strict=True
    ):
        np.testing.assert_array_equal(whole, resumed)


def test_a_phase_ends_after_patience_epochs_without_a_better_one(tmp_path, tiny_nets, monkeypatch):
    measured = iter({"validation_accuracy": accuracy} for accuracy in [0.5, 0.6, 0.6, 0.6, 0.9])
    said = {"validation_loss": 1.0, "validation_auc": 0.5}
    monkeypatch.setattr(scores, "validation_scores", lambda logits, labels: said | next(measured))
    patient = dataclasses.replace(FROZEN, epochs=9, patience=2)
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(patient,)))
    run.run()
    assert [line["validation_accuracy"] for line in run.state.history] == [0.5, 0.6, 0.6, 0.6]
    assert run.state.best["epoch"] == 2


def test_a_loss_that_is_not_finite_ends_the_training_with_its_step(tmp_path, tiny_nets, monkeypatch):
    wild = dataclasses.replace(FROZEN, learning_rate=10.0)
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(wild,)))
    monkeypatch.setattr(batches, "one_hot", lambda labels, num_classes: np.full((len(labels), 2), np.nan))
    with pytest.raises(
        InputError, match=r"the loss is nan in phase 'frozen', epoch 1, step 1: lower phases\.0"
    ):
        run.run()


def test_fine_tuning_that_makes_it_worse_leaves_the_better_weights_of_the_phase_before(
    tmp_path, tiny_nets, monkeypatch
):
    measured = iter({"validation_accuracy": accuracy} for accuracy in [0.5, 0.6, 0.4, 0.3])
    said = {"validation_loss": 1.0, "validation_auc": 0.5}
    monkeypatch.setattr(scores, "validation_scores", lambda logits, labels: said | next(measured))
    two = tuple(dataclasses.replace(FROZEN, name=name, epochs=2) for name in ("frozen", "fine"))
    whole = dataclasses.replace(RECIPE, phases=two)
    run = training(tmp_path / "run", whole)
    kept = []
    run.after_epoch = lambda line: kept.append(best_weights(tmp_path / "run"))
    run.run()
    assert (run.state.best["phase"], run.state.best["epoch"]) == (0, 2)
    for one, two in zip(kept[1], best_weights(tmp_path / "run"), strict=True):
        np.testing.assert_array_equal(one, two)


def test_patience_is_with_the_phase_whatever_was_reached_before(tmp_path, tiny_nets, monkeypatch):
    accuracies = [0.5, 0.6, 0.3, 0.4, 0.5, 0.7, 0.7, 0.7, 0.9]
    measured = iter({"validation_accuracy": accuracy} for accuracy in accuracies)
    said = {"validation_loss": 1.0, "validation_auc": 0.5}
    monkeypatch.setattr(scores, "validation_scores", lambda logits, labels: said | next(measured))
    short, long = (
        dataclasses.replace(FROZEN, name=name, epochs=n, patience=2) for name, n in (("a", 2), ("b", 9))
    )
    run = training(tmp_path / "run", dataclasses.replace(RECIPE, phases=(short, long)))
    run.run()
    assert [line["validation_accuracy"] for line in run.state.history] == accuracies[:-1]
    assert (run.state.best["phase"], run.state.best["epoch"]) == (1, 4)


@pytest.mark.parametrize("error", [MemoryError(), type("ResourceExhaustedError", (Exception,), {})("OOM")])
@pytest.mark.parametrize(
    "where, message",
    [
        ("_run_epoch", "^a step of 4 images does not fit into the memory: choose --set batch_s"),
        (
            "prepare",
            "^the net and its optimizer do not fit into the memory: choose a smaller backbone or head",
        ),
    ],
)
def test_too_little_memory_says_what_to_lower(tmp_path, tiny_nets, monkeypatch, error, where, message):
    run = training(tmp_path / "run")

    def fails(*_):
        raise error

    monkeypatch.setattr(run, where, fails)
    with pytest.raises(InputError, match=message):
        run.run()


def test_without_validation_the_last_epoch_is_kept(tmp_path, tiny_nets):
    run = training(tmp_path / "run", datasets=(TRAINING, VALIDATION.subset([])))
    run.run()
    assert run.state.best == run.state.history[-1]
    assert "validation_loss" not in run.state.best


def test_a_checkpoint_gives_back_state_and_values(tmp_path):
    variables = [keras.Variable([1.0, 2.0]), keras.Variable(7, dtype="int32")]
    state = checkpoint.TrainingState(
        phase=1,
        epoch=2,
        waited=1,
        best={"epoch": 1},
        history=[{"loss": 0.5}],
        seconds=3.5,
        cpu_seconds=7.25,
        parameters=9,
    )
    checkpoint.save(tmp_path, state, variables)
    for variable in variables:
        variable.assign(keras.ops.zeros_like(variable))
    loaded, arrays = checkpoint.load(tmp_path)
    weight_values.put(variables, arrays)
    assert loaded == state
    assert [keras.ops.convert_to_numpy(v).tolist() for v in variables] == [[1.0, 2.0], 7]


def test_a_checkpoint_of_before_there_were_means_of_epochs_is_gone_on_with(tmp_path):
    state = checkpoint.TrainingState(phase=1, epoch=2)
    values = {name: value for name, value in dataclasses.asdict(state).items() if name != "souped"}
    np.savez(tmp_path / run_folder.CHECKPOINT, state=json.dumps(values), v0=np.array([1.0]))
    loaded, (value,) = checkpoint.load(tmp_path)
    assert loaded == state and value.tolist() == [1.0]
