"""Probabilities for the page: asked of what has them, believed where they agree with the answers."""

import contextlib
import dataclasses

import numpy as np
import pytest
from judging import judge, told
from submissions import making

from plants.harness.examples import Answered
from plants.harness.run import runner
from plants.harness.scoring.probabilities import with_probabilities

# 0.8 for the answer, 0.1 for each other class.
METHOD = """
    def probabilities(self, X):
        given = np.full((len(X), 3), 0.1)
        given[np.arange(len(X)), self.predict(X)] = 0.8
        return given
"""


def test_answers_get_their_probabilities_and_the_score_stays(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=making.MODEL + METHOD)
    result = judge(path, probabilities=True)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    # The first three images have another class's first pixel: by making.images_and_labels.
    assert result.answered.probabilities[:3].tolist() == [[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.8, 0.1, 0.1]]
    sure = result.answered.probabilities.argmax(axis=1)
    np.testing.assert_array_equal(sure, result.answered.answers)
    assert "probabilities" in result.timing


@pytest.mark.parametrize("seed", range(3))
def test_the_child_is_shown_all_images_in_an_order_that_no_label_or_answer_changes(seed):
    """What it is shown is the same, whatever is right and wherever an image stands."""
    rng, data, shown = np.random.default_rng(seed), making.dataset(), []

    class Child:
        def load(self):
            pass

        def probabilities(self, images):
            shown.append(images)

    for order in (np.arange(30), rng.permutation(30)):
        dataset = dataclasses.replace(
            data, images=data.images[order], labels=data.labels[order], names=np.array(data.names)[order]
        )
        answered = Answered(dataset, rng.integers(0, 3, 30), rng.integers(0, 3, 30), making.CLASS_NAMES)
        assert with_probabilities(answered, lambda: contextlib.nullcontext(Child())) is answered
    np.testing.assert_array_equal(*shown)
    np.testing.assert_array_equal(shown[0], data.images[runner.order_by_content(data.images)])


def test_they_are_not_asked_for_without_a_page(tmp_path):
    result = judge(making.good(tmp_path / "a.zip", model__py=making.MODEL + METHOD))
    assert result.answered.probabilities is None and "probabilities" not in result.timing


def test_no_child_is_started_for_a_class_that_has_none(tmp_path):
    result = judge(making.good(tmp_path / "a.zip"), probabilities=True)
    assert result.answered.probabilities is None and "probabilities" not in result.timing


@pytest.mark.parametrize(
    "method",
    [
        METHOD.replace("def probabilities(self, X):", "probabilities = 3\n    def other(self, X):"),
        METHOD.replace("return given", "return given * 2"),
        METHOD.replace("return given", "return given[:, :2]"),
        METHOD.replace("return given", "return given[::-1][:1]"),
        METHOD.replace("return given", "return 0.5 - given"),
        METHOD.replace("return given", "return given[:, ::-1]"),
        METHOD.replace("return given", "return given * np.nan"),
        METHOD.replace("return given", "return 'sure'"),
        METHOD.replace("return given", "raise SystemExit"),
        METHOD.replace("return given", "import os; os._exit(0)"),
    ],
    ids=[
        "no method",
        "sum 2",
        "too narrow",
        "too few",
        "negative",
        "of other answers",
        "nan",
        "text",
        "exit",
        "death",
    ],
)
def test_what_is_no_probability_of_the_answers_is_not_believed_and_costs_nothing(method, tmp_path):
    result = judge(making.good(tmp_path / "a.zip", model__py=making.MODEL + method), probabilities=True)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert result.answered.probabilities is None
