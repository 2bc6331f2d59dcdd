"""Which files are opened, by whichever program; which of them matter when they are not."""

import subprocess
import sys
import types

import pytest

from plants.harness.run.reconcile import unread
from plants.sandbox.open_trace import OpenTrace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
MEBIBYTE = 1 << 20


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


def archive(**sizes):
    files = {name.replace("__", "."): types.SimpleNamespace(file_size=size) for name, size in sizes.items()}
    return types.SimpleNamespace(files=files)


def test_files_that_others_read_and_small_ones_are_not_missed():
    zip_file = archive(
        metadata=MEBIBYTE, manifest__json=MEBIBYTE, helper__py=MEBIBYTE, notes__txt=MEBIBYTE - 1
    )
    assert unread(zip_file, {"model.py"}) == []


def test_unread_files_are_counted_together():
    (found,) = unread(archive(a__h5=MEBIBYTE, b__h5=MEBIBYTE // 2, c__h5=9 * MEBIBYTE), {"c.h5"})
    assert found.message == "1.5 MB never read, in 2 files such as 'a.h5'."
    assert (found.code, found.level, found.file) == ("ZIP11", "warning", "a.h5")
