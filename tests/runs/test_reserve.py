"""Which folders a run may have: what counts as empty, and what of a file system they can do without."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from plants import locks
from plants.errors import InputError
from plants.runs import reserve

LEFT = [
    ".DS_Store",
    "._run.json",
    "Thumbs.db",
    "desktop.ini",
    ".directory",
    "@eaDir",
    "System Volume Information",
]


@pytest.mark.parametrize("name", LEFT)
def test_a_folder_with_only_what_a_file_manager_leaves_is_empty_and_keeps_it(name, tmp_path):
    (tmp_path / name).touch()
    with reserve.reserve_folder(tmp_path, {}):
        (tmp_path / "run.json").write_text("{}")
    assert {name, "run.json"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("name", ["thesis.tex", "Thumbs.db.txt", "desktop"])
def test_a_folder_with_anything_else_is_not(name, tmp_path):
    (tmp_path / ".DS_Store").touch()
    (tmp_path / name).touch()
    with pytest.raises(InputError, match="exists and is not a run folder: choose another --out"):
        reserve.refuse_other_files(tmp_path)


def test_a_file_system_without_locks_may_hold_a_run_and_says_so(tmp_path, monkeypatch, capsys):
    def flock(descriptor, operation):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(locks, "_told", set())
    with reserve.reserve_folder(tmp_path, {}):
        (tmp_path / "run.json").write_text("{}")
    why = f"no lock on {tmp_path} (Function not implemented)"
    assert capsys.readouterr().err == f"note: {why}: let no second command write there meanwhile\n"


def test_a_file_system_without_links_has_no_latest_and_says_so(tmp_path, monkeypatch):
    def symlink_to(link, target):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(Path, "symlink_to", symlink_to)
    run, said = tmp_path / "runs" / "first", []
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"format": 2, "status": "finished"}')
    reserve.point_latest_to(run, say=said.append)
    latest = run.parent / "latest"
    assert said == [f"{latest} could not be set (Operation not supported); name {run} instead"]
    assert list(run.parent.iterdir()) == [run]
