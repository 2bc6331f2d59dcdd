"""Locks of compare.py; a second descriptor in one process stands for a second process."""

import threading

import compare
from plants.comparison import locks, records


def test_the_lock_of_a_file_ends_with_its_block(tmp_path):
    with locks.locked(tmp_path / "one.lock") as ours, locks.locked(tmp_path / "one.lock") as theirs:
        assert (ours, theirs) == (True, False)
    with locks.locked(tmp_path / "one.lock") as again:
        assert again


def test_the_document_is_written_by_one_process_at_a_time_from_the_records_of_then(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reading = threading.Event()

    def read_all(folder, variants):
        reading.set()
        return {}

    monkeypatch.setattr(records, "read_all", read_all)
    second = threading.Thread(target=compare.write_document)
    with locks.turn(tmp_path / "docs"):
        second.start()
        assert not reading.wait(1.0)  # it waits before it reads: what is written meanwhile is in its document
    second.join(60.0)
    assert reading.is_set()
    assert [path.name for path in (tmp_path / "docs").iterdir()] == ["report_claims.md"]
