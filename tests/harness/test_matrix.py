"""One zip under several interpreters: the first gives the verdict, the others are compared with it."""

import sys

import pytest
from judging import CODALAB, codes
from submissions import making
from submissions.making import MODEL, RETURN

from plants.harness.batch import judge_under_each
from plants.harness.examples import Examples
from plants.harness.options import JudgeOptions
from plants.harness.report import table

# Right under Python 3.9; under a later one the answers to the first two classes are swapped.
SWAPPED = "import sys\n" + MODEL.replace(
    RETURN,
    "answers = np.asarray(X)[:, 0, 0, 0].astype(int)\n"
    "        return np.array([1, 0, 2])[answers] if sys.version_info > (3, 11) else answers",
)
FAILING = "import sys\nassert sys.version_info < (3, 11), 'too new'\n" + MODEL


@pytest.fixture
def another_python(tmp_path):
    """This interpreter under another name."""
    launcher = tmp_path / "another-python"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    launcher.chmod(0o755)
    return str(launcher)


def judge(path, *interpreters):
    examples = Examples(making.dataset(), "all")
    return judge_under_each(path, examples, JudgeOptions(CODALAB, interpreters=interpreters))


def test_rows_tell_versions_and_scores_and_no_fault_where_all_answers_agree(another_python, tmp_path):
    result = judge(making.good(tmp_path / "a.zip"), sys.executable, another_python)
    assert codes(result) == []
    version = sys.version.split()[0]
    rows = [(row.interpreter, row.python, row.accuracy, row.changed) for row in result.matrix]
    assert rows == [(sys.executable, version, 0.9, 0), (another_python, version, 0.9, 0)]
    assert result.to_dict()["matrix"][1]["verdict"] == "accepted"
    head, first, second = table.matrix_lines(result.matrix)
    assert head.split()[:4] == ["Python", "TensorFlow", "verdict", "accuracy"]
    assert first.split()[:6] == [version, "-", "accepted", "0.9000", "0.9000", "0"]


def test_one_interpreter_makes_no_matrix(tmp_path):
    result = judge(making.good(tmp_path / "a.zip"), None)
    assert (result.matrix, result.scores["accuracy"]) == ([], 0.9)


def test_answers_that_differ_between_interpreters_are_said(legacy_python, tmp_path):
    result = judge(making.good(tmp_path / "a.zip", model__py=SWAPPED), legacy_python, sys.executable)
    (found,) = result.faults
    assert (found.code, result.scores["accuracy"]) == ("DET04", 0.9)
    # By making.images_and_labels the first pixel is 0 in ten images and 1 in ten.
    assert f"20 of 30 answers flip between {legacy_python} (Python 3." in found.message
    assert [row.changed for row in result.matrix] == [0, 20]
    # Right are now the 9 Cedars that were, and the one Ash that has the first pixel of a Birch.
    assert [row.accuracy for row in result.matrix] == [0.9, 10 / 30]


def test_failure_under_another_interpreter_is_a_row_and_no_fault_of_the_zip(legacy_python, tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=FAILING)
    result = judge(path, legacy_python, sys.executable)
    assert (codes(result), result.verdict) == ([], "accepted")
    assert [row.verdict for row in result.matrix] == ["accepted", "rejected"]
    assert result.matrix[1].why.startswith(
        "RUN01 In the import of model.py (model.py, line 2): AssertionError"
    )
    assert result.matrix[1].changed is None
    assert judge(path, sys.executable, legacy_python).verdict == "rejected"


def test_check_runs_nothing_under_any_interpreter(tmp_path):
    options = JudgeOptions(CODALAB, interpreters=("no-python", "none"))
    result = judge_under_each(making.good(tmp_path / "a.zip"), None, options)
    assert (result.matrix, codes(result)) == ([], [])
