"""The walls around a child, layer by layer: what it cannot reach, and what is left when it is gone."""

import ctypes
import dataclasses
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from unittest import mock

import pytest
from judging import CODALAB, codes, told
from processes import running, wait_until
from submissions import making
from submissions.making import RETURN, good, predicting

from plants.data.dataset import Dataset
from plants.errors import HarnessError
from plants.harness import verdict
from plants.harness.examples import Examples
from plants.harness.inside import canaries
from plants.harness.running import isolation, open_ways, runner
from plants.harness.running.entrance import BUBBLEWRAP, NAMESPACES

SECRET = "CanaryLabel"  # in the names of the classes, of the data's folder and of its files


def works(layer):
    if layer == BUBBLEWRAP:
        return shutil.which("bwrap") is not None
    command = [sys.executable, "-c", "import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x10000000))"]
    return subprocess.run(command).returncode == 0


@pytest.fixture(params=[BUBBLEWRAP, NAMESPACES])
def layer(request, monkeypatch):
    """Only this layer is tried; skips where the machine does not have it."""
    if not works(request.param):
        pytest.skip(f"isolation layer missing: {request.param} does not work on this machine")
    monkeypatch.setattr(isolation, "ORDER", (request.param,))
    return request.param


@pytest.fixture
def limits_only(monkeypatch):
    monkeypatch.setattr(isolation, "ORDER", ())


@pytest.fixture
def secret_dataset(tmp_path):
    """The images of `making`, as if read from a folder whose every name holds SECRET."""
    place = tmp_path / f"{SECRET}Data"
    for number, label in enumerate(making.images_and_labels()[1]):
        folder = place / f"{SECRET}{label}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:05d}.jpg").write_text(f"{SECRET}{label}")
    images, labels = making.images_and_labels()
    names = tuple(f"{SECRET}{label}/{number:05d}.jpg" for number, label in enumerate(labels))
    classes = tuple(f"{SECRET}{label}" for label in range(3))
    return Dataset(
        images=images, labels=labels, class_names=classes, names=names, source="secret", place=place
    )


def scored(path, dataset, **profile):
    profile = dataclasses.replace(CODALAB, **profile)
    return verdict.judge(path, Examples(dataset, "all"), profile=profile)


def with_canaries(path, dataset):
    """A submission that tries every way to the labels during predict, and prints those that are open."""
    words = [SECRET, str(dataset.place)]
    body = f"""\
import canaries, json, sys
if len(X) == 30:
    probes = (*canaries.PROBES, canaries.objects_in_its_process)
    words = [bytes(reversed(word)).decode() for word in {[word[::-1].encode() for word in words]!r}]
    print("tried", len(probes), "open", json.dumps(canaries.open_ways(words, {os.getpid()}, probes)))
"""
    return predicting_with(path, body + RETURN, canaries__py=Path(canaries.__file__).read_text())


def predicting_with(path, body, **files):
    indented = body.replace("\n", "\n        ")
    return good(path, model__py=making.MODEL.replace(RETURN, indented), **files)


def test_no_canary_finds_a_label(layer, secret_dataset, tmp_path):
    result = scored(with_canaries(tmp_path / "a.zip", secret_dataset), secret_dataset)
    tried = re.search(r"tried (\d+) open (.*)", result.output)
    assert int(tried[1]) >= 10
    assert json.loads(tried[2]) == []
    assert result.isolation[0] == layer


def test_with_limits_only_the_report_lists_the_very_ways_that_are_open(limits_only, secret_dataset, tmp_path):
    """What a submission finds, and nothing else; some of it is told by the names of the classes alone."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix=f"{SECRET}0") as found_by_search:
        os.chmod(found_by_search, 0o755)
        result = scored(with_canaries(tmp_path / "a.zip", secret_dataset), secret_dataset)
    found = set(json.loads(re.search(r"tried \d+ open (.*)", result.output)[1]))
    (note,) = [note for note in result.notes if note.startswith("limits only")]
    assert found >= {"names of the data's files, by a search of the file system", "the network"}
    # The one more that the submission tries finds what the others have left in its memory.
    found.discard(canaries.objects_in_its_process.__doc__)
    assert {probe.__doc__ for probe in canaries.PROBES if probe.__doc__ in note} == found
    assert "no network" not in result.isolation


def test_what_tells_of_the_data_is_its_path_as_typed_and_as_it_is_and_the_names_of_its_classes(
    tmp_path, monkeypatch
):
    for name in ("Species1", "Species2", "no"):  # the last is in too many words to tell anything
        (tmp_path / "photos" / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("photos")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["score.py", "a.zip", "--data=link", "./photos/"])
    monkeypatch.setenv("CHALLENGE_DATA", "../" + tmp_path.name + "/photos")
    real = str(tmp_path.resolve() / "photos")
    expected = {"link", "./photos/", f"../{tmp_path.name}/photos", real, "photos", "Species1", "Species2"}
    assert set(open_ways._names_of([tmp_path / "link"])) == expected


@pytest.mark.parametrize("uid, said", [(None, True), (isolation.FIRST_UID, False)])
def test_where_files_left_behind_cannot_be_told_the_note_says_so(uid, said, monkeypatch):
    monkeypatch.setattr(open_ways.subprocess, "run", lambda *_, **__: mock.Mock(stdout=b'["the network"]'))
    layer = isolation.Isolation(isolation.LIMITS, uid, ("none works",))
    note = open_ways.note(layer, {"environment": {}}, sys.executable, app=Path("app"), hidden=())
    assert note.startswith("limits only (none works): a submission could reach the network")
    assert ("/dev/shm, /tmp and /var/tmp cannot be told (no SEC10)" in note) == said


def test_data_within_the_interpreters_own_folders_is_hidden(layer, tmp_path, monkeypatch):
    """As where the project is installed for development: its folder is on the interpreter's path."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "labels.txt").write_text(SECRET)
    (folder / "other.txt").write_text("visible")
    monkeypatch.setattr(
        isolation.view,
        "_roots",
        lambda interpreter, real=isolation.view._roots: (*real(interpreter), str(folder)),
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


WRITE_EVERYWHERE = """\
import os
home, library = os.path.expanduser("~"), os.path.dirname(np.__file__)
places = [self.path, home, library, "/", "/usr", "/etc", "/dev", "/app"]
written = []
for place in places:
    try:
        open(os.path.join(place, "canary"), "w").close()
        written.append(place)
    except OSError:
        pass
print("written", written, "user", os.getuid(), os.getgid(), os.getgroups())
"""


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
    assert "processes 2\n" in result.output  # itself and its warden


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
    mounts = Path("/proc/self/mountinfo").read_text()
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    for body in (RETURN, "import os\nos._exit(1)", "import os\nos.kill(os.getppid(), 9)\n" + RETURN):
        scored(predicting(tmp_path / "a.zip", body), making.dataset())
        assert Path("/proc/self/mountinfo").read_text() == mounts
        assert list((tmp_path / "temp").iterdir()) == []


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
    monkeypatch.setattr(isolation, "TMP_FILES", 200)
    body = "import tempfile, time\nfor _ in range(400):\n    tempfile.mkstemp()\ntime.sleep(5)\n"
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    assert codes(result) == ["RES06"]
    said = result.faults[0].message
    assert re.fullmatch(
        r"Made too many temporary files in phase predict; killed \(model\.py, line 1[12]\)\.", said
    )


@pytest.mark.parametrize("missing", ["bwrap", "both"])
def test_without_bubblewrap_the_next_layer_is_taken_and_said(missing, tmp_path, monkeypatch):
    if missing == "bwrap" and not works(NAMESPACES):
        pytest.skip("isolation layer missing: unshare does not work on this machine")
    monkeypatch.setattr(isolation.shutil, "which", lambda name: None)
    monkeypatch.setattr(isolation, "_chosen", {})
    if missing == "both":
        monkeypatch.setattr(isolation, "entrance", lambda *_: ["/bin/false"])
    result = scored(good(tmp_path / "a.zip"), making.dataset())
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    if missing == "bwrap":
        assert result.isolation[0] == NAMESPACES
    else:
        assert "unshare" not in result.isolation and "limit on memory" in result.isolation
        assert any(
            "limits only (bubblewrap is not installed; unshare does not work here" in note
            for note in result.notes
        )


def test_required_isolation_that_is_missing_is_the_harnesss_problem(limits_only, tmp_path):
    result = scored(good(tmp_path / "a.zip"), making.dataset(), requires_isolation=True)
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert "Harness problem, not yours: isolation was required, but" in result.faults[0].message


def test_required_isolation_that_is_there_changes_nothing(layer, tmp_path):
    result = scored(good(tmp_path / "a.zip"), making.dataset(), requires_isolation=True)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)


def test_limits_alone_hold_and_leave_nothing_running(limits_only, tmp_path):
    body = """\
import os, subprocess
subprocess.Popen(["sleep", "633.25"], start_new_session=True, env={})
"""
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    assert "RES05" in codes(result) and running("633.25") == []


def test_a_warden_that_was_killed_leaves_nothing_running(limits_only, tmp_path):
    """Only there, and only where the child has the harness's own user, can a submission do so."""
    body = "import os, subprocess, time\nsubprocess.Popen(['sleep', '644.25'], start_new_session=True)\n"
    body += "os.kill(os.getppid(), 9)\ntime.sleep(5)\n"
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    assert result.verdict == "rejected" and running("644.25") == []


def test_child_is_gone_when_its_session_is_left(layer, tmp_path):
    body = "import subprocess\nsubprocess.Popen(['sleep', '655.25'])\n" + RETURN
    workspace = tmp_path.resolve()
    shutil.unpack_archive(predicting(tmp_path / "a.zip", body), workspace / "submission")
    with runner.isolated(workspace, 3, profile=CODALAB, interpreter=sys.executable) as session:
        session.load()
        session.predict(making.images_and_labels()[0])
        assert wait_until(lambda: running("655.25"))  # just started, it may not have its name yet
    assert running("655.25") == []


def test_full_disk_is_the_harnesss_problem(tmp_path, monkeypatch):
    """A temporary folder of 256 KB, on a file system of its own."""
    if os.getuid() != 0:
        pytest.skip("isolation layer missing: only root can mount a small file system")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small]).returncode != 0:
        pytest.skip("isolation layer missing: this root cannot mount a small file system")
    try:
        monkeypatch.setattr("tempfile.tempdir", str(small))
        path = good(tmp_path / "a.zip", weights__bin=os.urandom(1 << 20))
        result = scored(path, making.dataset())
        assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
        assert "No space left on device" in result.faults[0].message
        (small / "ballast").write_bytes(bytes(200 << 10))
        result = scored(good(tmp_path / "b.zip"), making.dataset())
        assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"]), told(result)
        (small / "ballast").unlink()
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_an_interpreter_that_says_nothing_of_its_libraries_is_the_harnesss_problem(tmp_path):
    with pytest.raises(HarnessError, match="does not say where its libraries lie"):
        isolation.view._roots("/bin/false")


JUDGE_AS_SOMEBODY = """\
import os, sys
sys.path[:0] = sys.argv[1:3]
from judging import judge, told
from plants.harness.running import isolation
isolation.ORDER = tuple(filter(None, [sys.argv[3]]))
result = judge(sys.argv[4])
print("user", os.getuid(), "layer", result.isolation[0], "score", result.scores.get("accuracy"), told(result))
print(result.output)
"""


def become_ordinary():
    """In a namespace where root is number 1000: without any right, but with the same files."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", "1000 0 1"), ("gid_map", "1000 0 1")):
        Path(f"/proc/self/{name}").write_text(text)


@pytest.mark.parametrize("wanted", [BUBBLEWRAP, NAMESPACES, ""])
def test_an_ordinary_user_has_the_same_walls(wanted, tmp_path):
    if os.getuid() != 0 or (wanted and not works(wanted)):
        pytest.skip(f"isolation layer missing: {wanted} as root, from which to become an ordinary user")
    root = Path(__file__).parents[2]
    path = predicting(tmp_path / "a.zip", WRITE_EVERYWHERE + RETURN)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            JUDGE_AS_SOMEBODY,
            str(root / "tests" / "makers"),
            str(root),
            wanted,
            str(path),
        ],
        preexec_fn=become_ordinary,
        capture_output=True,
        text=True,
        timeout=300,
    )
    layer = wanted or "write-protected submission"
    assert f"user 1000 layer {layer} score 0.9 []" in done.stdout, done.stdout + done.stderr
    if wanted:
        assert "written [] user 19000" in done.stdout
