"""Locks; a second descriptor in one process stands for a second process."""

import errno
import fcntl
import os
import threading

import pytest

from plants import locks

MISSING = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF)


@pytest.fixture(params=MISSING, ids=errno.errorcode.get)
def no_locks(request, monkeypatch):
    """A file system that has none, as some network shares; gives what it says."""

    def flock(descriptor, operation):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(locks, "_told", set())
    return os.strerror(request.param)


@pytest.fixture
def no_open_folders(monkeypatch):
    """Folders cannot be opened, as on Windows."""
    real = os.open

    def open_file(path, *arguments, **named):
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", open_file)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_lock_is_one_holders_until_its_block_ends(tmp_path, kind):
    path = tmp_path / "lock"
    path.touch() if kind == "file" else path.mkdir()
    with locks.held(path) as ours, locks.held(path) as theirs:
        assert (ours, theirs, locks.is_held(path)) == (True, False, True)
    assert not locks.is_held(path)
    with locks.held(path) as again:
        assert again


def test_a_folder_that_cannot_be_opened_is_locked_by_a_file_that_goes(tmp_path, no_open_folders):
    with locks.held(tmp_path) as ours:
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]
        with locks.held(tmp_path) as theirs:
            assert (ours, theirs) == (True, False)
    assert not list(tmp_path.iterdir())


def test_who_waits_comes_after_the_holder(tmp_path):
    entered = threading.Event()

    def wait():
        with locks.held(tmp_path, wait=True) as ours:
            assert ours
            entered.set()

    second = threading.Thread(target=wait)
    with locks.held(tmp_path):
        second.start()
        assert not entered.wait(0.5)
    second.join(60.0)
    assert entered.is_set()


def test_a_lock_on_nothing_is_an_error_and_makes_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone.lock"), locks.held(tmp_path / "gone.lock"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wait", [False, True])
def test_without_locks_the_work_goes_on_after_a_word_said_once(no_locks, wait, tmp_path, capsys):
    for _ in range(2):
        with locks.held(tmp_path, wait=wait) as ours:
            assert ours
    assert capsys.readouterr().err == (
        f"note: no lock on {tmp_path} ({no_locks}): let no second command write there meanwhile\n"
    )


def test_without_locks_nobody_is_said_to_hold_one_or_not(no_locks, tmp_path):
    with pytest.raises(OSError, match=no_locks):
        locks.is_held(tmp_path)
