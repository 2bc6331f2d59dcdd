"""What the submission gets and does not get, and what becomes of its process."""

import io
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from judging import IMPATIENT, codes, judge, told
from processes import nap, running
from submissions import making
from submissions.making import RETURN, predicting
from submissions.reaching_faults import WRITE_TO_THE_HARNESS

from plants.harness.faults import Fault
from plants.harness.run import check_answers

PRINT_ALL_IT_SEES = (
    """\
import os, sys
print("argv", sys.argv, sys.orig_argv)
print("environment", dict(os.environ))
print("names", dir(sys.modules["__main__"]))
for folder in (os.getcwd(), self.path, os.path.dirname(sys.argv[0]), os.path.dirname(self.path)):
    for place, folders, files in os.walk(folder):
        print("files", place, folders, files)
"""
    + RETURN
)


@pytest.fixture
def temp_folder(tmp_path, monkeypatch):
    """Where the harness makes its temporary folders during the test."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_no_label_and_no_name_is_in_reach_of_the_child(tmp_path):
    result = judge(predicting(tmp_path / "a.zip", PRINT_ALL_IT_SEES))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert "argv" in result.output and "environment" in result.output and "weights.txt" in result.output
    seen = result.output.replace(sys.executable, "python")  # which may lie in the checkout
    for label_word in ("Ash", "Birch", "Cedar", ".jpg", "test images", "label", str(Path.cwd())):
        assert label_word not in seen
    assert ".npy" not in seen  # the images come over the channel


def test_child_environment_has_only_neutral_names(tmp_path, monkeypatch):
    monkeypatch.setenv("CHALLENGE_DATA", "/secret/place")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    result = judge(predicting(tmp_path / "a.zip", f"import os\nprint(sorted(os.environ))\n{RETURN}"))
    names = ["HOME", "LANG", "MPLCONFIGDIR", "PATH", "TF_CPP_MIN_LOG_LEVEL", "TMPDIR", "XDG_CACHE_HOME"]
    assert result.output.splitlines()[0] == str(names)


def test_images_come_in_another_order_and_answers_go_back_to_theirs(tmp_path):
    body = f"print('second channel', X[:, 1, 1, 1].astype(int).tolist())\n{RETURN}"
    result = judge(predicting(tmp_path / "a.zip", body))
    seen = eval(result.output.splitlines()[0].removeprefix("second channel"))
    assert seen != sorted(seen) and sorted(seen) == list(range(30))
    assert result.scores["accuracy"] == 0.9


def test_images_are_float32_from_0_to_255(tmp_path):
    body = f"print(X.dtype, X.min(), X.max(), X.shape)\n{RETURN}"
    result = judge(predicting(tmp_path / "a.zip", body))
    assert result.output.splitlines()[0] == "float32 0.0 100.0 (30, 4, 4, 3)"


@pytest.mark.parametrize(
    "answers",
    [
        "X[:, 0, 0, 0].astype(int).tolist()",
        "tuple(X[:, 0, 0, 0].astype('int8'))",
        "X[:, 0, 0, 0]",
        "X[:, 0, 0, 0].astype('uint64')",
        "X[:, 0, 0, 0].astype(int).astype(object)",
        "type('Tensor', (), {'__array__': lambda self, *a, **k: X[:, 0, 0, 0].astype('int64')})()",
    ],
)
def test_whatever_converts_to_whole_numbers_is_accepted(answers, tmp_path):
    result = judge(predicting(tmp_path / "a.zip", f"return {answers}"))
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)


def test_time_limit_ends_grandchildren_too_even_in_sessions_of_their_own(tmp_path):
    body = f"""\
import subprocess, time
for own_session in (False, True):
    subprocess.Popen(["sleep", "{nap(611)}"], start_new_session=own_session)
print("started", flush=True)
time.sleep(600)"""
    result = judge(predicting(tmp_path / "a.zip", body), IMPATIENT)
    assert codes(result) == ["RES02"] and "started" in result.output
    assert running(nap(611)) == []


def test_nothing_runs_on_after_a_good_answer(tmp_path):
    body = f"""\
import os, subprocess, sys
if len(X) == 30 and os.fork() == 0:
    os.setsid()
    os.environ.clear()
    subprocess.Popen(["sleep", "{nap(622)}"])
    os._exit(0)
{RETURN}"""
    result = judge(predicting(tmp_path / "a.zip", body))
    assert running(nap(622)) == []
    assert "RES05" in codes(result)
    assert re.search(r"Left (a process|processes) running \(sleep\); killed\.", told(result)[0])


def test_temporary_folders_are_removed_even_where_the_submission_locked_them(tmp_path, temp_folder):
    lock = "folder = tempfile.mkdtemp()\nos.mkdir(folder + '/a')\nos.chmod(folder, 0)\n"
    body = f"import os, tempfile\n{lock}{RETURN}"
    assert told(judge(predicting(tmp_path / "a.zip", body))) == []
    assert codes(judge(predicting(tmp_path / "a.zip", "import os\nos._exit(0)"))) == ["RUN02"]
    assert list(temp_folder.iterdir()) == []


@pytest.mark.parametrize(
    "reply",
    [
        "b'[' * 100000 + b'\\n'",
        "json.dumps({'status': 'ok', 'payload': len(file.getvalue())}).encode() + b'\\n' + file.getvalue()",
        "json.dumps({'status': 'ok', 'payload': 0, 'nonce': '0' * 32}).encode() + b'\\n'",
    ],
)
def test_a_reply_written_by_the_submission_itself_is_no_answer(reply, tmp_path):
    """It finds the harness's socket among its descriptors and writes there."""
    body = WRITE_TO_THE_HARNESS.format(reply=reply) + RETURN
    result = judge(predicting(tmp_path / "a.zip", body))
    assert codes(result) == ["SEC01"]
    assert "In phase predict something else than the answer" in result.faults[0].message


def test_a_forged_array_header_allocates_nothing():
    file = io.BytesIO()
    header = {"descr": "<i8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(file, header)
    found = check_answers.check({"type": "ndarray"}, file.getvalue(), count=30, num_classes=3)
    assert isinstance(found, Fault) and found.code == "OUT01"


def test_output_that_is_no_text_is_kept_readable(tmp_path):
    body = "import os\nos.write(1, bytes(range(256)))\n" + RETURN
    result = judge(predicting(tmp_path / "a.zip", body))
    assert told(result) == [] and "ABC" in result.output


def test_peak_memory_is_the_childs_own_not_the_harnesss(tmp_path):
    ballast = np.ones(300 << 20, np.uint8)
    small = judge(predicting(tmp_path / "a.zip", RETURN))
    large = judge(predicting(tmp_path / "a.zip", f"ballast = np.ones(200 << 20, 'uint8')\n{RETURN}"))
    assert 10 < small.peak_rss_mb < 200 < large.peak_rss_mb < 400
    assert ballast[0] == 1  # still there


def test_phases_are_timed(tmp_path):
    sleeps_once = "import time\nif not hasattr(self, 'slept'):\n    time.sleep(0.5)\nself.slept = True\n"
    body = sleeps_once + RETURN
    timing = judge(predicting(tmp_path / "a.zip", body)).timing
    assert set(timing) >= {"check", "unpack", "start", "import", "init", "predict", "score"}
    assert timing["predict"] >= 0.5 > timing["init"]


def test_no_place_for_temporary_files_is_the_harnesss_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    result = judge(making.good(tmp_path / "a.zip"))
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
