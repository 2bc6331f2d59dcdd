"""Why a score is low: when it is asked, what is tried, and what may only be chance."""

import contextlib
import dataclasses

import numpy as np
import pytest
from answering import Submission, pictures, right

from plants import metrics
from plants.data.dataset import Dataset
from plants.harness.examples import Answered
from plants.harness.faults import fault
from plants.harness.run.session import Failed
from plants.harness.scoring import diagnosis

NAMES = ("Ash", "Birch", "Cedar", "Date")


def answered(answer):
    """The Answered of a submission with this predict on 200 images of four classes."""
    images, labels = pictures()
    names = tuple(map(str, range(len(labels))))
    dataset = Dataset(images=images, labels=labels, class_names=NAMES, names=names, source="test")
    return Answered(dataset, labels, np.asarray(answer(None, images.astype(float))), NAMES)


def diagnose(answer):
    @contextlib.contextmanager
    def new_session():
        yield Submission(answer, [])

    return diagnosis.diagnose(answered(answer), np.arange(60), new_session, 0.95)


@pytest.mark.parametrize(
    "accuracy, validation, collapsed, needed",
    [
        (0.80, (400, 0.95), False, True),
        (0.87, (400, 0.95), False, False),  # not far below
        (0.80, (400, 0.85), False, False),
        (0.59, None, False, True),
        (0.61, None, False, False),
        (0.61, None, True, True),
    ],
)
def test_low_is_far_below_the_validation_score_or_weak_without_one(accuracy, validation, collapsed, needed):
    scores = {"accuracy": accuracy, "ci95": [accuracy - 0.04, accuracy + 0.04]}
    assert diagnosis.is_needed(scores, validation, collapsed=collapsed) is needed


def test_far_below_on_few_images_may_be_chance():
    scores = metrics.score(np.zeros(10, int), np.array([0] * 7 + [1] * 3), NAMES)  # 0.7, up to 0.89
    assert not diagnosis.is_needed(scores, (400, 0.85), collapsed=False)
    assert diagnosis.is_needed(scores, (400, 0.95), collapsed=False)


def test_every_remedy_is_tried_and_the_best_is_named_with_both_accuracies():
    found = diagnose(lambda _, images: right(images / 255))
    # All are answered 0 as they are, a quarter is right; with a factor of 255, all.
    assert (found.n, found.as_is, found.expected) == (60, 0.25, 0.95)
    assert list(found.remedies) == [remedy.name for remedy in diagnosis.REMEDIES]
    assert found.remedies["if X is not divided by 255"] == 1.0
    (cause,) = found.faults
    assert (cause.code, cause.message) == (
        "SEM01",
        "25.0 % as is; 100.0 % if X is not divided by 255: is the model rescaling already? (On 60 images.)",
    )


@pytest.mark.parametrize(
    "trained, what",
    [
        (lambda images: right(images * 255), "if X is divided by 255"),
        (lambda images: right((images + 1) * 127.5), r"if X is scaled to -1..1"),
        (lambda images: right(images[..., ::-1]), "if the colours are swapped, BGR for RGB"),
    ],
)
def test_each_wrong_scaling_has_its_remedy(trained, what):
    (cause,) = diagnose(lambda _, images: np.clip(trained(images), 0, 3)).faults
    assert cause.code == "SEM01" and f"100.0 % {what}: " in cause.message


def test_classes_in_another_order_are_read_back():
    found = diagnose(lambda _, images: np.array([1, 0, 2, 3])[right(images) % 4])
    assert (found.relabelled, found.order) == (1.0, (1, 0, 2, 3))
    (cause,) = found.faults
    assert (cause.code, cause.message) == ("SEM02", "Swapping classes 0<->1 gives 100.0 % instead of 50.0 %.")


def test_order_that_is_no_swap_is_told_answer_by_answer():
    (cause,) = diagnose(lambda _, images: np.array([1, 2, 0, 3])[right(images) % 4]).faults
    # Class 0 was answered as 1, so an answer 1 is to be read as 0.
    assert cause.message == "Reading answers 0 as 2, 1 as 0, 2 as 1 gives 100.0 % instead of 25.0 %."


@pytest.mark.parametrize("seed", range(5))
def test_guesses_have_no_remedy(seed):
    rng = np.random.default_rng(seed)
    assert diagnose(lambda _, images: rng.integers(0, 4, len(images))).faults == []


def test_of_orders_that_are_as_good_the_one_that_moves_less():
    assert diagnosis.best_order(np.array([0, 0, 1]), np.array([0, 0, 1]), 5).tolist() == [0, 1, 2, 3, 4]


def test_submission_that_fails_on_what_is_tried_is_not_cured_by_it():
    def answer(_, images):
        if images.max() > 255 or images.min() < 0:
            raise Failed(fault("RUN01", "In predict(X): ValueError: pixels."))
        return right(images / 255)

    found = diagnose(answer)
    assert list(found.remedies) == ["if X is divided by 255", "if the colours are swapped, BGR for RGB"]
    assert found.faults == []


def test_record_is_plain():
    record = diagnose(lambda _, images: right(images / 255)).to_dict()
    assert record["order"] == [0, 1, 2, 3] and "faults" not in record
    assert dataclasses.fields(diagnosis.Diagnosis)[0].name in record
