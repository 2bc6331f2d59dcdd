"""How good a net is on validation images, and which of two epochs is the better one."""

import dataclasses

import keras
import numpy as np
import pytest
from trainable_net import tiny_net

from plants.errors import InputError
from plants.pixels import pad
from plants.recipes.recipe import Phase, Recipe
from plants.training import scores

RECIPE = Recipe("tiny", "for tests", 1.0, (Phase("only", 1, 1e-3, 32),), image_size=32, weights="none")
# Right for the first image; the second one's class has the smallest probability but one.
LOGITS = np.log([[0.6, 0.3, 0.1], [0.5, 0.2, 0.3]])
LABELS = np.array([0, 1])


def test_accuracy_and_loss_of_logits():
    # softmax(ln 3, 0) = (3/4, 1/4): right with loss ln(4/3), wrong with loss ln 4
    logits = np.array([[np.log(3), 0], [np.log(3), 0]], "float32")
    measured = scores.validation_scores(logits, np.array([0, 1]))
    assert measured["validation_accuracy"] == 0.5
    assert measured["validation_loss"] == pytest.approx((np.log(4 / 3) + np.log(4)) / 2)


def test_the_loss_of_huge_logits_is_finite():
    measured = scores.validation_scores(np.array([[1000.0, 0.0]]), np.array([1]))
    assert (measured["validation_accuracy"], measured["validation_loss"]) == (0.0, 1000.0)


@pytest.mark.parametrize(
    "logits, labels, area",
    [
        # Of pairs of a right and a wrong entry: 0.6 lies above all of 0.3, 0.1, 0.5 and 0.3, 0.2 above 0.1.
        (LOGITS, LABELS, 5 / 8),
        # 0.75 > 0.25; 0.75 = 0.75 and 0.25 = 0.25 count half; 0.25 < 0.75.
        (np.log([[0.75, 0.25], [0.75, 0.25]]), np.array([0, 1]), 2 / 4),
        (np.array([[9.0, 0.0], [0.0, 1.0]]), np.array([0, 1]), 1.0),
    ],
)
def test_the_area_under_the_roc_curve_counts_pairs_of_right_and_wrong_entries(logits, labels, area):
    assert scores.validation_scores(logits, labels)["validation_auc"] == pytest.approx(area)


def test_logits_that_are_no_numbers_have_no_area_and_end_nothing():
    measured = scores.validation_scores(np.array([[np.nan, 0.0], [0.0, 1.0]]), LABELS)
    assert np.isnan(measured["validation_auc"]) and np.isnan(measured["validation_loss"])


def test_accuracy_and_categorical_accuracy_are_one_number_in_keras_too():
    images = keras.Input((3,))
    net = keras.Model(images, keras.layers.Activation("softmax")(images))
    net.compile(
        loss="categorical_crossentropy", metrics=["accuracy", "categorical_accuracy", keras.metrics.AUC()]
    )
    logs = net.evaluate(LOGITS, np.eye(3)[LABELS], return_dict=True, verbose=0)
    ours = scores.validation_scores(LOGITS, LABELS)
    assert logs["accuracy"] == logs["categorical_accuracy"] == ours["validation_accuracy"] == 0.5
    area = next(value for name, value in logs.items() if name.startswith("auc"))
    assert area == pytest.approx(ours["validation_auc"], abs=0.01)  # Keras's is summed over 200 thresholds
    assert scores.MONITORS["accuracy"] == scores.MONITORS["categorical_accuracy"]


PHASES = (
    Phase("small", 9, 1e-3, 64),
    Phase("large", 9, 1e-3, 96),
    Phase("as-large", 9, 1e-3, 96),
    Phase("larger", 9, 1e-3, 128),
)
BEST = {"phase": 1, "validation_accuracy": 0.8, "validation_loss": 0.5, "validation_auc": 0.9}


@pytest.mark.parametrize(
    "monitor, line, better",
    [
        # as accurate: the earlier one stays
        ("accuracy", {"validation_accuracy": 0.8, "validation_loss": 0.1, "validation_auc": 1.0}, False),
        ("accuracy", {"validation_accuracy": 0.9, "validation_loss": 0.9, "validation_auc": 0.1}, True),
        ("categorical_accuracy", {"validation_accuracy": 0.8, "validation_loss": 0.1}, False),
        ("categorical_accuracy", {"validation_accuracy": 0.9, "validation_loss": 0.9}, True),
        ("auc", {"validation_accuracy": 0.1, "validation_loss": 0.9, "validation_auc": 0.91}, True),
        ("auc", {"validation_accuracy": 0.9, "validation_loss": 0.1, "validation_auc": 0.9}, False),
        ("loss", {"validation_accuracy": 0.7, "validation_loss": 0.4, "validation_auc": 0.1}, True),
        ("loss", {"validation_accuracy": 0.9, "validation_loss": 0.6, "validation_auc": 1.0}, False),
        # a later phase at the same image size must beat the earlier one
        ("accuracy", {"phase": 2, "validation_accuracy": 0.7, "validation_loss": 0.1}, False),
        ("accuracy", {"phase": 2, "validation_accuracy": 0.9, "validation_loss": 9.0}, True),
        # at another one its first epoch counts
        ("accuracy", {"phase": 3, "validation_accuracy": 0.1, "validation_loss": 9.0}, True),
        # no validation: the last epoch counts
        ("accuracy", {"loss": 9.0}, True),
        ("auc", {"loss": 9.0}, True),
    ],
)
def test_the_monitor_decides_which_epoch_is_better(monitor, line, better):
    phases = [dataclasses.replace(phase, monitor=monitor) for phase in PHASES]
    assert scores.is_better({"phase": 1} | line, BEST, phases) is better


def test_an_epoch_without_a_number_does_not_stay_the_best():
    best = {"phase": 1, "validation_auc": float("nan")}
    phases = [dataclasses.replace(phase, monitor="auc") for phase in PHASES]
    assert scores.is_better({"phase": 1, "validation_auc": 0.6}, best, phases) is True


def test_the_first_epoch_of_all_is_the_best_so_far():
    assert scores.is_better({"phase": 0, "validation_accuracy": 0.0}, None, PHASES)


def test_predicting_nothing_gives_no_rows():
    none = np.zeros((0, 96, 96, 3), "uint8")
    assert scores.predict(tiny_net(RECIPE, 2), none, image_size=32).shape == (0, 2)


@pytest.mark.parametrize(
    "image_size, views, batches",
    [(224, 1, [64, 6]), (448, 1, [16] * 4 + [6]), (224, 4, [16] * 4 + [6]), (4096, 1, [1] * 70)],
)
def test_more_pixels_are_predicted_in_smaller_batches(image_size, views, batches, monkeypatch):
    net, seen = tiny_net(RECIPE, 2), []
    monkeypatch.setattr(
        net, "predict_on_batch", lambda images: seen.append(len(images)) or np.zeros((len(images), 2))
    )
    images = np.zeros((70, 96, 96, 3), "uint8")
    assert scores.predict(net, images, image_size=image_size, views=views).shape == (70, 2)
    assert seen == batches


def no_room_for(at_most, seen):
    """Stands for `net.predict_on_batch` on a GPU that holds `at_most` images."""

    def predict(images):
        seen.append(len(images))
        if len(images) > at_most:
            raise type("ResourceExhaustedError", (Exception,), {})("OOM when allocating tensor")
        return np.zeros((len(images), 2))

    return predict


def test_batches_are_halved_until_they_fit(monkeypatch):
    net, seen = tiny_net(RECIPE, 2), []
    monkeypatch.setattr(net, "predict_on_batch", no_room_for(20, seen))
    assert scores.predict(net, np.zeros((40, 96, 96, 3), "uint8"), image_size=32).shape == (40, 2)
    assert seen == [40, 32, 16, 16, 8]  # of 64, of 32, then of 16 at once


def test_one_image_that_does_not_fit_is_an_error_of_one_line(monkeypatch):
    net = tiny_net(RECIPE, 2)
    monkeypatch.setattr(net, "predict_on_batch", no_room_for(0, []))
    message = "^a step of 1 image does not fit into the memory: choose a smaller backbone or smaller images "
    with pytest.raises(InputError, match=message):
        scores.predict(net, np.zeros((2, 96, 96, 3), "uint8"), image_size=32)


def test_the_best_of_a_history_is_the_earliest_of_equals():
    lines = [
        {"phase": 1, "validation_accuracy": value, "epoch": n} for n, value in enumerate([0.5, 0.7, 0.7])
    ]
    assert scores.best(lines, PHASES) == lines[1]
    assert scores.best([], PHASES) is None


def test_images_smaller_than_the_nets_input_are_padded_to_it():
    net = tiny_net(RECIPE, 2, input_side=101)
    images = np.random.default_rng(0).integers(0, 256, (70, 96, 96, 3), dtype=np.uint8)  # two batches
    expected = keras.ops.convert_to_numpy(net(pad(images, 101).astype("float32")))
    np.testing.assert_allclose(scores.predict(net, images, image_size=32), expected, atol=1e-5)
