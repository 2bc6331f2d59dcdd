"""Locks; a second descriptor in one process stands for a second process."""

import threading

import pytest

from plants import locks

pytestmark = pytest.mark.skipif(not locks.AVAILABLE, reason="this system has no flock")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_lock_is_one_holders_until_its_block_ends(tmp_path, kind):
    path = tmp_path / "lock"
    path.touch() if kind == "file" else path.mkdir()
    with locks.held(path) as ours, locks.held(path) as theirs:
        assert (ours, theirs) == (True, False)
    with locks.held(path) as again:
        assert again


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
