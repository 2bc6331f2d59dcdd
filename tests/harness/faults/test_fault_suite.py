"""Every bad submission of makers/submissions: its code and no other, said well, and nothing left behind.

After each the good one is scored again.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from judging import CODALAB, judge, told
from processes import wait_until
from submissions import CASES, making

from plants.harness.faults import CATALOGUE
from plants.harness.report import page, table
from plants.sandbox.isolation import child_uid

OUTSIDE = (Path("/dev/shm"), Path("/var/tmp"))  # where programs leave files, beside the temporary folder
BECOME_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
ORDERED = sorted(CASES, key=lambda case: list(CATALOGUE).index(case.code))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """(path, Verdict) of the good submission."""
    path = making.good(tmp_path_factory.mktemp("good") / "good.zip")
    first = judge(path)
    # 27 of 30 first pixels are the label, by making.images_and_labels.
    assert (told(first), first.scores["accuracy"]) == ([], 0.9)
    return path, first


@pytest.fixture(scope="module", autouse=True)
def orphans_come_here():
    """Processes that outlive their parent become children of the tests, which can count them."""
    prctl = ctypes.CDLL(None).prctl
    prctl(BECOME_SUBREAPER, 1, 0, 0, 0)
    yield
    prctl(BECOME_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Empty folders in place of the temporary, the home and the working one, to find leftovers in."""
    folders = [tmp_path / name for name in ("temporary", "home", "work")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders[0]))
    monkeypatch.setenv("TMPDIR", str(folders[0]))
    monkeypatch.setenv("HOME", str(folders[1]))
    monkeypatch.chdir(folders[2])
    return folders


def files_in(folders):
    return sorted(str(path) for folder in folders for path in folder.iterdir())


def files_outside():
    """What lies in OUTSIDE and is of the tests' user, or of the one that a child of theirs gets."""
    found = set()
    for path in (path for folder in OUTSIDE for path in folder.iterdir()):
        with contextlib.suppress(FileNotFoundError):  # another program's, gone again
            if path.lstat().st_uid in (os.getuid(), child_uid()):
                found.add(str(path))
    return found


def descendants():
    """{pid: command} of all processes that come of this one and still run."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (folder / "stat").read_text().rpartition(")")
        except OSError:  # ended
            continue
        state, parent = rest.split()[:2]
        if state not in "ZX":  # dead, only not yet asked for its exit code
            parents[int(folder.name)] = int(parent), name
    found, new = {}, {os.getpid()}
    while new:
        new = {pid for pid, (parent, _) in parents.items() if parent in new}
        found |= {pid: parents[pid][1] for pid in new}
    return found


@pytest.mark.rest
@pytest.mark.parametrize("case", ORDERED, ids=str)
def test_bad_submission(case, good, places, tmp_path):
    path = case.build(tmp_path / "submission.zip")
    profile = dataclasses.replace(CODALAB, **case.limits)
    before = descendants(), files_outside()
    result = (case.judged or judge)(path, profile)
    check_fault(case, result)
    check_words(case, result, profile)
    check_leftovers(before, places)
    check_good_one(*good)


def check_fault(case, result):
    """The code with its place, cause and remedy, once, and no other that rejects."""
    found = [fault for fault in result.faults if fault.code == case.code]
    assert len(found) == 1, told(result)
    assert (found[0].file, found[0].line) == (case.file, case.line)
    assert re.search(case.says, found[0].message), found[0].message
    assert re.search(case.remedy, found[0].remedy), found[0].remedy
    if case.cause is None:
        assert found[0].cause == CATALOGUE[case.code].cause
    else:
        assert re.search(case.cause, found[0].cause), found[0].cause
    assert found[0].cause.endswith(".") and found[0].remedy.endswith("."), found[0]
    others = [fault for fault in result.faults if fault is not found[0]]
    assert [fault.code for fault in others if fault.level != "warning"] == [], told(result)
    expected = {"reject": "rejected", "warning": "accepted", "harness": "harness_error"}
    assert result.verdict == expected[found[0].level], told(result)


def check_words(case, result, profile):
    """The table, the record and the page can say it, and no line of it is a traceback."""
    lines = [*table.lines(result, profile), *told(result), *result.notes]
    assert not any("Traceback" in line or "\n" in line for line in lines), lines
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["verdict"] == result.verdict
    assert f'<span class="code">{case.code}</span>' in page.render([result], profile)


def check_leftovers(before, places, *, patience=10.0):
    """No process or file that was not there before, and nothing at all in the `places`.

    Other programs may run, too: what they put into OUTSIDE for a moment is gone within `patience` seconds.
    """
    processes, files = before
    assert {pid: name for pid, name in descendants().items() if pid not in processes} == {}
    wait_until(lambda: files_outside() <= files, patience)
    assert files_outside() - files == set()
    assert files_in(places) == []


def check_good_one(path, first):
    again = judge(path)
    assert (told(again), again.scores) == ([], first.scores)
    assert np.array_equal(again.answered.answers, first.answered.answers)


def test_daemon_that_is_left_running_is_seen(places):
    before = descendants(), files_outside()
    subprocess.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 &"], check=True, start_new_session=True)
    left = [pid for pid in descendants() if pid not in before[0]]
    while Path(f"/proc/{left[0]}/comm").read_text() != "sleep\n":  # it is the shell's copy at first
        time.sleep(0.01)
    with pytest.raises(AssertionError, match="sleep"):
        check_leftovers(before, places)
    os.kill(left[0], signal.SIGKILL)
    os.waitpid(left[0], 0)
    check_leftovers(before, places)


def test_file_that_is_left_behind_is_seen(places):
    before = descendants(), files_outside()
    tempfile.NamedTemporaryFile(prefix="left", delete=False).close()
    with pytest.raises(AssertionError, match="/temporary/left"):
        check_leftovers(before, places)


@pytest.mark.parametrize("folder", OUTSIDE, ids=str)
def test_file_that_is_left_outside_is_seen(folder, places):
    before = descendants(), files_outside()
    with tempfile.NamedTemporaryFile(prefix="left", dir=folder) as file:
        for owner in {os.getuid(), child_uid() if os.getuid() == 0 else os.getuid()}:
            os.chown(file.name, owner, -1)
            with pytest.raises(AssertionError, match=f"{folder}/left"):
                check_leftovers(before, places, patience=0.0)
    check_leftovers(before, places)


def test_every_fault_of_the_catalogue_has_a_bad_submission():
    assert {case.code for case in CASES} == set(CATALOGUE)


def test_the_cause_of_every_fault_is_told_once_as_the_catalogue_has_it():
    assert {case.code for case in CASES if case.cause is None} == set(CATALOGUE)
