"""A zip's answers: classes by name, in several calls, and what it is told that cannot answer."""

import dataclasses
import json

import numpy as np
import pytest
from judging import CODALAB
from submissions import making

from plants.errors import HarnessError, InputError
from plants.prediction.questions import CALL, Questions
from plants.prediction.submission_zip import Rejected, SubmissionZip, open_zip

# 0.8 for the class in the first pixel, 0.1 for each of the two others.
PROBABILITIES = (
    making.MODEL
    + """
    def probabilities(self, X):
        given = np.full((len(X), 3), 0.1)
        given[np.arange(len(X)), self.predict(X)] = 0.8
        return given
"""
)


def images(count=5):
    """Images whose class stands in their first pixel: 0, 1, 2, 0, 1, ..."""
    made = np.full((count, 4, 4, 3), 100, np.uint8)
    made[:, 0, 0, 0] = np.arange(count) % 3
    return made


def asked(path, count=5, *, said=None, interpreter=None, profile=CODALAB, **options):
    announce = pytest.fail if said is None else said.append
    submission = SubmissionZip(path, making.CLASS_NAMES, 4, profile, interpreter, announce)
    return submission.answer(images(count), **options)


def rejected(path, count=5, **options):
    said = []
    with pytest.raises(Rejected) as raised:
        asked(path, count, said=said, **options)
    assert str(raised.value) == f"{path}: rejected for what is said above; nothing was written"
    return said


def test_it_answers_in_as_many_calls_as_it_takes(tmp_path):
    model = making.MODEL.replace(
        making.RETURN, f"assert len(X) in ({CALL}, 2), len(X)\n        {making.RETURN}"
    )
    answers = asked(making.good(tmp_path / "a.zip", model__py=model), 2 * CALL + 2)
    assert answers.class_names == ("Ash", "Birch", "Cedar")
    np.testing.assert_array_equal(answers.labels, np.arange(2 * CALL + 2) % 3)
    assert answers.probabilities is None


def test_it_gives_probabilities_where_it_can(tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=PROBABILITIES)
    answers = asked(path, CALL + 1, probabilities=True)
    np.testing.assert_array_equal(answers.labels, np.arange(CALL + 1) % 3)
    assert answers.probabilities[0].tolist() == [0.8, 0.1, 0.1]
    assert answers.probabilities[CALL].tolist() == np.roll([0.8, 0.1, 0.1], CALL % 3).tolist()


def test_a_zip_that_gives_classes_alone_has_no_probabilities(tmp_path):
    path = making.good(tmp_path / "a.zip")
    with pytest.raises(InputError) as raised:
        asked(path, probabilities=True)
    assert str(raised.value) == (
        f"{path}: its class has no method probabilities(X), and predict gives classes alone: leave out "
        "--probabilities, or add the method, as zips of build_submission.py have it"
    )


@pytest.mark.parametrize(
    "change",
    [
        ("return given", "return 100 * given"),
        ("return given", "return given[:, :2]"),
        ("return given", "return given[:1]"),
        ("return given", "return 'much'"),
        ("= 0.8", "= np.nan"),
        ("= 0.8", "= 0.0\n        given[:, 0] += 0.8"),  # whatever predict answers
        ("return given", f"return given if len(X) == {CALL} else -given"),  # from the second call on
    ],
)
def test_numbers_that_are_no_probabilities_are_not_written(change, tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=PROBABILITIES.replace(*change))
    with pytest.raises(InputError) as raised:
        asked(path, CALL + 5, probabilities=True)
    assert str(raised.value) == (
        f"{path}: its method probabilities(X) does not give 3 numbers for each image which add up to 1, the "
        "highest for the class that predict gives: leave out --probabilities"
    )


# What cannot answer


def test_a_zip_that_fails_is_rejected_by_the_fault_that_score_names(tmp_path):
    model = making.MODEL.replace(making.RETURN, "1 / 0")
    said = rejected(making.good(tmp_path / "a.zip", model__py=model))
    assert said[0].startswith("RUN01 In predict(X) (model.py, line 9): ZeroDivisionError: division by zero.")


def test_a_failure_in_a_later_call_rejects_too(tmp_path):
    model = making.MODEL.replace(making.RETURN, f"assert len(X) == {CALL}, 'few'\n        {making.RETURN}")
    path = making.good(tmp_path / "a.zip", model__py=model)
    assert asked(path, CALL).labels.shape == (CALL,)
    said = rejected(path, CALL + 1)
    assert said[0].startswith("RUN01 In predict(X) (model.py, line 9): AssertionError: few.")


def test_answers_that_are_no_classes_are_named(tmp_path):
    model = making.MODEL.replace(making.RETURN, making.RETURN + " + 1")
    said = rejected(making.good(tmp_path / "a.zip", model__py=model))
    assert said[0] == "OUT04 Values 1..3: classes are 0..2."


def test_what_ends_the_checks_ends_it_before_anything_runs(tmp_path):
    (tmp_path / "a.zip").write_text("no zip")
    said = rejected(tmp_path / "a.zip", profile=dataclasses.replace(CODALAB, time_limit_seconds=0.0))
    assert said[0].startswith("ZIP01 Not a readable zip")


def test_what_the_server_would_not_take_is_rejected_though_it_answers(tmp_path):
    said = rejected(making.good(tmp_path / "a.zip", metadata=None))
    assert said[0].startswith("CON01 ")


def test_warnings_are_said_and_keep_nothing_from_being_answered(tmp_path):
    said = []
    assert asked(making.good(tmp_path / "a.zip", **{"__MACOSX/._x": "x"}), said=said).labels.shape == (5,)
    assert said[0].startswith("ZIP03 W: 1 junk files")


def test_an_interpreter_that_does_not_start_is_the_harness_s_fault(tmp_path):
    with pytest.raises(HarnessError, match="--python /nowhere: not a Python interpreter that starts"):
        asked(making.good(tmp_path / "a.zip"), interpreter="/nowhere")


def test_a_disk_without_room_is_the_harness_s_fault(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    with pytest.raises(HarnessError, match="No space left on device"):
        asked(making.good(tmp_path / "a.zip"))


@pytest.mark.parametrize("count, calls", [(1, 2), (CALL - 1, 2), (CALL, 3), (10 * CALL + 1, 12)])
def test_each_call_may_compute_as_long_as_the_only_one_of_a_server(count, calls, tmp_path):
    questions = Questions(tmp_path, images(count), 3, wants_probabilities=False)
    assert questions.with_time_for_all(CODALAB).cpu_limit_seconds == calls * CODALAB.cpu_limit_seconds


# What its classes are called


def of_classes(path, *names, **changes):
    manifest = json.loads(making.manifest(making.dataset(), class_names=names)) | changes
    return making.good(path, manifest__json=json.dumps(manifest))


def opened(path, contest=None, said=None):
    return open_zip(path, contest, None, pytest.fail if said is None else said.append)


def test_a_manifest_names_the_classes_and_the_side(tmp_path):
    found = opened(of_classes(tmp_path / "a.zip", "Ash", "Oak", image_shape=[32, 32, 3]))
    assert (found.class_names, found.image_side, found.profile.name) == (("Ash", "Oak"), 32, "codalab-2022")


def test_classes_of_the_contest_of_a_manifest_are_counted_as_there(tmp_path):
    from plants.contests import contest as contests

    cells = contests.by_name("an2dl-2024")
    path = of_classes(tmp_path / "a.zip", "Platelet", "Monocyte", contest=cells.to_dict())
    found = opened(path)
    assert found.class_names == ("Monocyte", "Platelet")
    assert (found.image_side, found.profile.name) == (96, "codabench-2024")


def test_a_zip_that_says_nothing_has_numbers_for_classes_and_that_is_said(tmp_path):
    said = []
    found = opened(making.good(tmp_path / "a.zip"), said=said)
    assert found.class_names == ("0", "1", "2", "3", "4", "5", "6", "7")
    assert said == [
        f"{tmp_path}/a.zip does not say what its classes are called: the labels are their numbers, 0 to 7 as "
        "in an2dl-2022, and images have 96x96 pixels; --contest names another contest and its classes"
    ]


def test_the_contest_that_is_named_names_its_classes(tmp_path):
    found = opened(making.good(tmp_path / "a.zip"), "an2dl-2024")
    assert (found.class_names[0], found.profile.name) == ("Basophil", "codabench-2024")


def test_a_zip_of_other_classes_than_the_contest_s_is_refused(tmp_path):
    path = of_classes(tmp_path / "a.zip", "Ash", "Oak")
    with pytest.raises(
        InputError, match="a.zip: the classes are Ash, Oak, but those of an2dl-2022 are Species1"
    ):
        opened(path, "an2dl-2022")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InputError, match="nowhere.zip: no such file; expected a zip"):
        opened(tmp_path / "nowhere.zip")
