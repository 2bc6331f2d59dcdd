"""Which walls are taken where not all of them work, and what limits alone hold and leave open."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from judging import codes, told
from processes import nap, running
from submissions import making
from submissions.making import RETURN, good, predicting
from walls import SECRET, WRITE_EVERYWHERE, scored, with_canaries, works

from plants.errors import HarnessError
from plants.sandbox import isolation, mounts
from plants.sandbox.isolation import BUBBLEWRAP, NAMESPACES


@pytest.mark.parametrize("missing", ["bwrap", "both"])
def test_without_bubblewrap_the_next_layer_is_taken_and_said(missing, tmp_path, monkeypatch):
    if missing == "bwrap" and not works(NAMESPACES):
        pytest.skip("isolation layer missing: unshare does not work on this machine")
    monkeypatch.setattr(isolation.shutil, "which", lambda name: None)
    monkeypatch.setattr(isolation, "_chosen", {})
    if missing == "both":
        monkeypatch.setattr(isolation, "wall_command", lambda *_: ["/bin/false"])
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
    body = f"import subprocess\nsubprocess.Popen(['sleep', '{nap(633)}'], start_new_session=True, env={{}})\n"
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    assert "RES05" in codes(result) and running(nap(633)) == []


def test_a_supervisor_that_was_killed_leaves_nothing_running(limits_only, tmp_path):
    """Only there, and only where the child has the harness's own user, can a submission do so."""
    body = f"import os, subprocess, time\nsubprocess.Popen(['sleep', '{nap(644)}'], start_new_session=True)\n"
    body += "print('started', flush=True)\nos.kill(os.getppid(), 9)\ntime.sleep(5)\n"
    result = scored(predicting(tmp_path / "a.zip", body + RETURN), making.dataset())
    assert result.verdict == "rejected" and "started" in result.output
    assert running(nap(644)) == []


def test_with_limits_only_canaries_find_what_the_note_says(limits_only, secret_dataset, tmp_path):
    with tempfile.TemporaryDirectory(dir="/tmp", prefix=f"{SECRET}0") as found_by_search:
        os.chmod(found_by_search, 0o755)
        result = scored(with_canaries(tmp_path / "a.zip", secret_dataset), secret_dataset)
    found = set(json.loads(re.search(r"tried \d+ open (.*)", result.output)[1]))
    assert found >= {
        "names of the data's files, by a search of the file system",
        "the network",
    }
    assert any("could reach files, network and processes of this machine" in note for note in result.notes)
    assert "no network" not in result.isolation


@pytest.mark.parametrize("has_own_user, is_told", [(False, True), (True, False)])
def test_where_files_left_behind_cannot_be_told_the_note_says_so(has_own_user, is_told):
    (note,) = isolation.Isolation(isolation.LIMITS_ONLY, has_own_user, ("none works",)).notes
    assert note.startswith(
        "limits only (none works): the submission could reach files, network and processes"
    )
    assert ("/dev/shm, /tmp and /var/tmp cannot be told" in note) == is_told


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
        mounts._roots("/bin/false")


# In a namespace where root is number 1000: without any right, but with the same files. A new process, since
# one with threads may not enter it, and libraries start some as soon as they are used.
JUDGE_AS_SOMEBODY = """\
import ctypes, os, pathlib, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) != 0:
    raise OSError(ctypes.get_errno(), "unshare")
for name, text in (("setgroups", "deny"), ("uid_map", "1000 0 1"), ("gid_map", "1000 0 1")):
    pathlib.Path(f"/proc/self/{name}").write_text(text)
sys.path[:0] = sys.argv[1:3]
from judging import judge, told
from plants.sandbox import isolation
isolation.ORDER = tuple(filter(None, [sys.argv[3]]))
result = judge(pathlib.Path(sys.argv[4]))
print("user", os.getuid(), "layer", result.isolation[0], "score", result.scores.get("accuracy"), told(result))
print(result.output)
"""


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
        capture_output=True,
        text=True,
        timeout=300,
    )
    layer = wanted or "write-protected submission"
    assert f"user 1000 layer {layer} score 0.9 []" in done.stdout, done.stdout + done.stderr
    if wanted:
        assert "written [] user 19000" in done.stdout
