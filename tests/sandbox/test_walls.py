"""The walls around a child, layer by layer: what it cannot reach, and what is left when it is gone."""

import dataclasses
import json
import os
import re
import shutil
import socket
import sys
import threading
from pathlib import Path

import pytest
from judging import CODALAB, codes, told
from processes import nap, running, wait_until
from submissions import making
from submissions.making import RETURN, predicting
from walls import SECRET, WRITE_EVERYWHERE, scored, with_canaries

from plants.harness.run import runner
from plants.sandbox import isolation, launcher, mounts


def test_no_canary_finds_a_label(layer, secret_dataset, tmp_path):
    result = scored(with_canaries(tmp_path / "a.zip", secret_dataset), secret_dataset)
    tried = re.search(r"tried (\d+) open (.*)", result.output)
    assert int(tried[1]) >= 10
    assert json.loads(tried[2]) == []
    assert result.isolation[0] == layer


def test_data_within_the_interpreters_own_folders_is_hidden(layer, tmp_path, monkeypatch):
    """As where the project is installed for development: its folder is on the interpreter's path."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "labels.txt").write_text(SECRET)
    (folder / "other.txt").write_text("visible")
    monkeypatch.setattr(
        mounts,
        "_roots",
        lambda interpreter, real=mounts._roots: (*real(interpreter), str(folder)),
    )
    see = f"print('seen', sorted(os.listdir({str(folder)!r})), os.listdir({str(folder / 'data')!r}))"
    dataset = dataclasses.replace(making.dataset(), place=folder / "data")
    result = scored(predicting(tmp_path / "a.zip", f"import os\n{see}\n{RETURN}"), dataset)
    assert "seen ['data', 'other.txt'] []" in result.output


def test_a_listener_on_the_hosts_loopback_sees_no_connection(layer, tmp_path):
    """Neither from Python nor, past its audit hook, from C."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        body = f"""\
import ctypes, os, socket, struct, subprocess, sys
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=2).send(b"x")
except OSError as error:
    print("python", error)
libc = ctypes.CDLL(None, use_errno=True)
number = libc.socket(2, 1, 0)
address = struct.pack("=HH4s8x", 2, socket.htons({port}), bytes([127, 0, 0, 1]))
print("c", libc.connect(number, address, len(address)), os.strerror(ctypes.get_errno()))
"""
        result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
        try:
            connections.append(listener.accept())
        except TimeoutError:
            pass
    assert "python [Errno" in result.output and "c -1 Connection refused" in result.output
    assert connections == [] and told(result) == []  # its own loopback is nobody's concern


def test_nothing_but_temporary_folders_can_be_written(layer, tmp_path):
    result = scored(predicting(tmp_path / "a.zip", WRITE_EVERYWHERE + RETURN), making.dataset())
    uid = isolation.FIRST_UID + os.getpid()
    assert f"written [] user {uid} {uid} " in result.output
    assert told(result) == []


def test_child_has_no_capabilities_and_sees_only_its_own_processes(layer, tmp_path):
    body = """\
import os
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print("rights", [status[name].strip() for name in ("CapPrm", "CapEff", "CapBnd", "NoNewPrivs")])
print("processes", len([name for name in os.listdir("/proc") if name.isdigit()]))
"""
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    none = "0" * 16
    assert f"rights ['{none}', '{none}', '{none}', '1']" in result.output
    assert "processes 2\n" in result.output  # itself and its supervisor


REMEMBER = """\
import os, tempfile
places = [tempfile.gettempdir(), "/dev/shm", "/var/tmp", os.getcwd(), os.path.expanduser("~"), self.path]
seen = [place for place in places if os.path.exists(os.path.join(place, "marker"))]
print("seen", seen)
for place in places:
    try:
        open(os.path.join(place, "marker"), "w").close()
    except OSError:
        pass
"""


def test_nothing_of_one_run_is_found_by_the_next(layer, tmp_path):
    path = predicting(tmp_path / "a.zip", f"if len(X) == 30:\n    pass\n{REMEMBER}{RETURN}")
    for _ in range(2):
        result = scored(path, making.dataset())
        assert result.output.splitlines()[0] == "seen []"
        assert "SEC10" in codes(result)


def test_mounts_and_folders_are_gone_after_a_run(layer, tmp_path, monkeypatch):
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    for body in (RETURN, "import os\nos._exit(1)", "import os\nos.kill(os.getppid(), 9)\n" + RETURN):
        scored(predicting(tmp_path / "a.zip", body), making.dataset())
        assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
        assert list((tmp_path / "temp").iterdir()) == []


@pytest.mark.rest
def test_two_runs_at_once_do_not_see_one_another(layer, tmp_path):
    path = predicting(
        tmp_path / "a.zip", "import time\ntime.sleep(0.5)\n" + REMEMBER.replace("/dev/shm", "/tmp") + RETURN
    )
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(scored(path, making.dataset()))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.scores["accuracy"] for result in results] == [0.9, 0.9]
    assert [result.output.splitlines()[0] for result in results] == ["seen []", "seen []"]


def test_too_many_temporary_files_end_the_run(layer, tmp_path, monkeypatch):
    monkeypatch.setattr(launcher, "TMP_FILES", 200)
    body = "import tempfile, time\nfor _ in range(400):\n    tempfile.mkstemp()\ntime.sleep(5)\n"
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    assert codes(result) == ["RES06"]
    said = result.faults[0].message
    assert re.fullmatch(
        r"Made too many temporary files in phase predict; killed \(model\.py, line 1[12]\)\.", said
    )


def test_child_is_gone_when_its_session_is_left(layer, tmp_path):
    body = f"import subprocess\nsubprocess.Popen(['sleep', '{nap(655)}'])\n" + RETURN
    workspace = tmp_path.resolve()
    shutil.unpack_archive(predicting(tmp_path / "a.zip", body), workspace / "submission")
    with runner.isolated(workspace, 3, profile=CODALAB, interpreter=sys.executable) as session:
        session.load()
        session.predict(making.images_and_labels()[0])
        assert wait_until(lambda: running(nap(655)))  # just started, it may not have its name yet
    assert running(nap(655)) == []
