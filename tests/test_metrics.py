import numpy as np
import pytest

from plants import metrics
from plants.harness.scoring import leakage

NAMES = ("Ash", "Birch", "Cedar", "Date")
# Ash: 2 of 3 right. Birch: 1 of 2. Cedar: 0 of 1, nothing answered so. Date: not among the labels.
LABELS = np.array([0, 0, 0, 1, 1, 2])
ANSWERS = np.array([0, 0, 1, 1, 0, 3])


def test_accuracy_and_confusion_count_by_hand():
    scores = metrics.score(LABELS, ANSWERS, NAMES)
    assert (scores["n"], scores["accuracy"]) == (6, 0.5)
    assert scores["confusion"] == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_each_class_has_its_figures_in_class_order():
    ash, birch, cedar, date = metrics.score(LABELS, ANSWERS, NAMES)["per_class"]
    # Ash: 3 answered, 2 of them right, of 3: precision, recall and F1 are 2/3.
    assert ash == {
        "name": "Ash",
        "n": 3,
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
    }
    assert birch == {"name": "Birch", "precision": 0.5, "recall": 0.5, "f1": 0.5, "n": 2}
    assert cedar == {"name": "Cedar", "precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 1}
    assert date == {"name": "Date", "precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 0}


def test_macro_f1_is_the_mean_over_the_classes_that_occur():
    # Ash 2/3, Birch 1/2, Cedar 0, Date 0 (answered once): 7/6 over 4.
    assert metrics.score(LABELS, ANSWERS, NAMES)["macro_f1"] == pytest.approx(7 / 24)
    # Without Cedar and Date: 7/6 over 2.
    assert metrics.score(LABELS[:5], ANSWERS[:5], NAMES)["macro_f1"] == pytest.approx(7 / 12)


def test_interval_is_wilsons():
    # 8 of 10, z = 1.959964: centre (0.8 + z^2/20) / (1 + z^2/10) = 0.716740,
    # half-width z sqrt(0.16/10 + z^2/400) / (1 + z^2/10) = 0.226578.
    labels = np.zeros(10, int)
    answers = np.array([0] * 8 + [1] * 2)
    assert metrics.score(labels, answers, NAMES)["ci95"] == pytest.approx([0.490162, 0.943318], abs=2e-6)


def test_interval_stays_within_0_and_1_where_all_is_right():
    # n = 4: lower end 4 / (4 + z^2) = 4 / 7.841459.
    labels = np.arange(4)
    assert metrics.score(labels, labels, NAMES)["ci95"] == pytest.approx([0.510109, 1.0], abs=2e-6)


def test_collapse_is_said_where_a_net_answers_nearly_always_the_same():
    labels = np.arange(40) % 4
    answers = np.where(np.arange(40) < 33, 2, labels)  # 33 of 40, and 2 of the last 7
    (found,) = leakage.collapse(labels, answers, NAMES)
    assert found.message == "88% predicted as Cedar (class 2), 25% of the images are."


def test_collapse_is_not_said_where_the_images_are_like_that():
    labels = np.array([2] * 36 + [0] * 4)
    assert leakage.collapse(labels, labels, NAMES) == []


def test_collapse_is_not_said_of_a_handful_of_images():
    assert leakage.collapse(np.arange(19) % 4, np.zeros(19, int), NAMES) == []
