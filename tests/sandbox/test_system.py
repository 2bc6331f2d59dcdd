"""What is known of processes with and without /proc, and a submission where the system is not Linux."""

import functools
import os
import subprocess
import sys

import elsewhere
import psutil
import pytest
from judging import codes, told
from processes import nap, running, wait_until
from submissions import making
from submissions.making import RETURN, good, predicting
from walls import scored

from plants.errors import HarnessError
from plants.sandbox import inside, isolation
from plants.sandbox.inside import system

pytestmark = pytest.mark.rest

SLEEP = "import subprocess\nsubprocess.Popen(['sleep', '{}'])\nprint('started', flush=True)\n"
OTHER_SESSION = SLEEP.replace("])", "], start_new_session=True, env={{}})", 1)


MARK = f"/a/folder/of/{os.getpid():07}"


@pytest.fixture
def without_proc(monkeypatch):
    monkeypatch.setattr(system, "has_proc", lambda: False)


@pytest.fixture
def blind(without_proc, monkeypatch):
    """Neither /proc nor psutil."""
    monkeypatch.setattr(system, "_psutil", lambda: None)


def wear(guise, tmp_path, monkeypatch):
    """The harness finds no namespaces and no prctl; its supervisor and child lack them indeed."""
    (tmp_path / "programs").mkdir()
    monkeypatch.setattr(inside, "FOLDER", elsewhere.programs(tmp_path / "programs", guise))
    monkeypatch.setattr(system, "has_namespaces", lambda: False)
    monkeypatch.setattr(system, "in_c_library", lambda name: None)
    monkeypatch.setattr(isolation, "_chosen", {})


@pytest.fixture
def macos(without_proc, tmp_path, monkeypatch):
    wear("macos", tmp_path, monkeypatch)


@pytest.fixture
def bare(blind, tmp_path, monkeypatch):
    wear("bare", tmp_path, monkeypatch)


@pytest.fixture
def sleeper():
    """A process that sleeps, and has a word in its environment that no other has."""
    with subprocess.Popen(["sleep", "60"], env={"MARK": MARK}) as process:
        yield process
        process.kill()


# What is known of processes


@pytest.mark.parametrize("place", ["/proc", "psutil"])
def test_a_process_is_known_by_its_parent_name_start_and_memory(place, sleeper, request):
    if place == "psutil":
        request.getfixturevalue("without_proc")
    assert system.parents()[sleeper.pid] == os.getpid()
    status = system.process_status(sleeper.pid)
    assert (status.pid, status.name, status.parent, status.tasks) == (sleeper.pid, "sleep", os.getpid(), 1)
    assert 0 < status.rss_bytes < 50 << 20 and status.cpu_seconds < 1
    assert system.process_status(sleeper.pid).started == status.started
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not yet forgotten
    assert system.process_status(sleeper.pid) is None


@pytest.mark.parametrize("place", ["/proc", "psutil"])
def test_a_process_is_found_by_what_its_environment_holds(place, sleeper, request):
    if place == "psutil":
        request.getfixturevalue("without_proc")
    assert system.marked_processes(MARK.encode()) == [sleeper.pid]


def test_both_count_the_same_memory_time_and_threads(monkeypatch):
    own = system.process_status(os.getpid())
    monkeypatch.setattr(system, "has_proc", lambda: False)
    other = system.process_status(os.getpid())
    assert other.tasks == own.tasks == psutil.Process().num_threads()
    assert other.rss_bytes == pytest.approx(own.rss_bytes, rel=0.05)
    assert other.cpu_seconds == pytest.approx(own.cpu_seconds, abs=1)


def test_a_users_tasks_are_counted_or_not_known(sleeper, monkeypatch):
    by_proc = functools.partial(system.count_tasks, os.getuid())
    assert by_proc() >= 2

    def by_psutil():
        with monkeypatch.context() as patch:
            patch.setattr(system, "has_proc", lambda: False)
            return system.count_tasks(os.getuid())

    assert wait_until(lambda: by_psutil() == by_proc())  # other processes come and go
    monkeypatch.setattr(system, "has_proc", lambda: False)
    monkeypatch.setattr(system, "_psutil", lambda: None)
    assert system.count_tasks(os.getuid()) is None


def test_where_nothing_tells_of_processes_there_are_none_to_see(blind):
    assert not system.tells_of_processes()
    assert (system.parents(), system.process_status(os.getpid())) == ({}, None)
    assert system.marked_processes(b"/") == []


@pytest.mark.parametrize("name", ["no_proc", "no_psutil"])
def test_a_psutil_that_fails_counts_as_none(name, monkeypatch):
    """As it does on a system it was not made for, and where /proc is empty."""
    system._psutil.cache_clear()
    if name == "no_psutil":
        monkeypatch.setitem(sys.modules, "psutil", None)
    else:
        monkeypatch.setattr(psutil, "PROCFS_PATH", "/nowhere")
    assert system._psutil() is None
    system._psutil.cache_clear()
    monkeypatch.undo()
    assert system._psutil() is psutil


# A limit that the kernel does not take


@pytest.mark.parametrize("refused, is_fatal", [("RLIMIT_DATA", False), ("RLIMIT_NOFILE", True)])
def test_only_a_limit_that_nobody_else_watches_must_be_taken(refused, is_fatal, monkeypatch):
    import resource

    taken = []

    def setrlimit(kind, limits):
        if kind == getattr(resource, refused):
            raise ValueError("current limit exceeds maximum limit")
        taken.append(kind)

    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (-1, resource.RLIM_INFINITY))
    limits = {"cpu_seconds": 9.5, "processes": None, "memory_bytes": 1, "open_files": 64, "tmp_bytes": 1}
    if is_fatal:
        with pytest.raises(ValueError, match="exceeds maximum"):
            system.set_limits(limits)
    else:
        system.set_limits(limits)
        assert resource.RLIMIT_NPROC not in taken  # None: what it would count is not known
        assert {resource.RLIMIT_CPU, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE} <= set(taken)


# A submission on macOS


def test_without_namespaces_a_zip_is_scored_under_limits_which_the_table_says(macos, tmp_path):
    result = scored(good(tmp_path / "a.zip"), making.dataset())
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    (note,) = [note for note in result.notes if note.startswith("limits only")]
    assert note.startswith("limits only (this system has no namespaces")
    assert "the submission could reach files, network and processes" in note
    assert "a process that hides from its parents may run on" in note and "watched" not in note
    assert {"limit on memory", "limit on processes"} <= set(result.isolation)
    assert result.peak_rss_mb > 5


def test_without_psutil_too_it_is_scored_and_what_is_not_watched_is_said(bare, tmp_path):
    result = scored(good(tmp_path / "a.zip"), making.dataset())
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert any("memory and processes are not watched" in note for note in result.notes)
    assert "limit on CPU time" in result.isolation
    assert not {"limit on memory", "limit on processes"} & set(result.isolation)
    assert result.peak_rss_mb is None


def test_required_isolation_is_refused_where_there_are_no_namespaces(macos, tmp_path):
    result = scored(good(tmp_path / "a.zip"), making.dataset(), requires_isolation=True)
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert "isolation was required, but this system has no namespaces" in result.faults[0].message


def test_memory_is_watched_without_proc(macos, tmp_path):
    body = "import time\nkept = []\nfor _ in range(30):\n    kept.append(np.ones(20 << 20, 'uint8'))\n"
    path = predicting(tmp_path / "a.zip", body + "    time.sleep(0.1)\n" + RETURN)
    result = scored(path, making.dataset(), memory_limit_bytes=200 << 20)
    assert codes(result) == ["RES04"]
    assert "GB of memory in phase predict (limit 0.2)" in result.faults[0].message


@pytest.mark.parametrize("guise", ["macos", "bare"])
def test_computing_without_end_is_ended(guise, tmp_path, request):
    request.getfixturevalue(guise)
    path = predicting(tmp_path / "a.zip", "while True:\n    pass")
    result = scored(path, making.dataset(), cpu_limit_seconds=2.0)
    assert codes(result) == ["RES03"] and "Killed at 2 s of CPU time" in result.faults[0].message


ORPHAN = """\
import os, time
if os.fork() == 0:
    if os.fork() == 0:
        os.execve('/bin/sleep', ['sleep', '{}'], {{}})
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize("body", [ORPHAN, OTHER_SESSION], ids=["lost its parent", "left its session"])
def test_what_a_submission_leaves_running_is_found_told_and_ended(body, macos, tmp_path):
    result = scored(predicting(tmp_path / "a.zip", body.format(nap(652)) + RETURN), making.dataset())
    assert codes(result) == ["RES05"] and "(sleep); killed" in result.faults[0].message
    assert running(nap(652)) == []


DAEMON = """\
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve('/bin/sleep', ['sleep', '{}'], dict(os.environ))
    os._exit(0)
os.wait()
print('started', flush=True)
"""


def test_a_daemon_that_was_never_seen_is_known_by_its_environment(macos, tmp_path):
    result = scored(predicting(tmp_path / "a.zip", DAEMON.format(nap(654)) + RETURN), making.dataset())
    assert "started" in result.output and running(nap(654)) == []


def test_without_psutil_what_is_in_the_childs_group_is_ended(bare, tmp_path):
    result = scored(predicting(tmp_path / "a.zip", SLEEP.format(nap(655)) + RETURN), making.dataset())
    assert "started" in result.output and running(nap(655)) == []


def test_a_submission_that_runs_too_long_is_ended_with_all_that_it_started(macos, tmp_path):
    body = SLEEP.format(nap(656)) + f"subprocess.run(['sleep', '{nap(657)}'])"
    path = predicting(tmp_path / "a.zip", body)
    result = scored(path, making.dataset(), time_limit_seconds=2.0)
    assert codes(result) == ["RES02"] and result.faults[0].line is not None
    assert "started" in result.output and running(nap(656)) == running(nap(657)) == []


# Windows


def test_where_nothing_can_be_run_one_line_names_what_can(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "resource", None)
    with pytest.raises(HarnessError, match="Linux and macOS only; on Windows give the same command in WSL2"):
        isolation.require_system()
    result = scored(good(tmp_path / "a.zip"), making.dataset())
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert "WSL2" in result.faults[0].message and "\n" not in result.faults[0].message
    monkeypatch.undo()
    assert system.why_nothing_runs() is None
