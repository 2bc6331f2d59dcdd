"""Which files are opened, by whichever program."""

import subprocess
import sys

import pytest

from plants.sandbox.open_trace import OpenTrace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def test_files_opened_by_another_program_are_seen_and_others_not(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("model.py", "a/x.h5", "a/b/y.data", "a/never.h5"):
        (tmp_path / name).write_text("x")
    with OpenTrace(tmp_path) as trace:
        subprocess.run(
            ["cat", "model.py", "a/x.h5", "a/b/y.data"], cwd=tmp_path, check=True, capture_output=True
        )
        list((tmp_path / "a").iterdir())  # looking at a folder opens none of its files
    assert trace.opened == {"model.py", "a/x.h5", "a/b/y.data"}


def test_more_openings_than_the_system_keeps_are_not_known(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text("x")
    with open("/proc/sys/fs/inotify/max_queued_events") as file:
        limit = int(file.read())
    if limit > 100_000:
        pytest.skip("the system's queue is too long to be filled quickly")
    with OpenTrace(tmp_path) as trace:
        for _ in range(limit // 2 + 1):  # equal events in a row count once
            (tmp_path / "a").open().close()
            (tmp_path / "b").open().close()
    assert trace.opened is None
