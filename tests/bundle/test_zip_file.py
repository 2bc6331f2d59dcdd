"""The zip: whole or absent, and the same bytes for the same files."""

import os
import shutil
import zipfile

import pytest

from plants.bundle import zip_file

CONTENT = {"model.py": b"print()\n", "metadata": b"", "SubmissionModel/saved_model.pb": b"graph" * 999}


def fill(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(CONTENT[name])
    return folder


def test_holds_the_files_and_nothing_else_sorted_by_name(tmp_path):
    zip_file.write(fill(tmp_path / "files", CONTENT), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as made:
        assert made.namelist() == ["SubmissionModel/saved_model.pb", "metadata", "model.py"]
        assert {name: made.read(name) for name in made.namelist()} == CONTENT
        for entry in made.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr >> 16 == 0o100644  # an ordinary file that all may read
            assert entry.compress_type == zipfile.ZIP_DEFLATED


def test_neither_dates_nor_modes_nor_the_order_of_writing_change_the_bytes(tmp_path):
    zip_file.write(fill(tmp_path / "one", CONTENT), tmp_path / "one.zip")
    other = fill(tmp_path / "two", reversed(CONTENT))
    os.utime(other / "model.py", (1e9, 1e9))
    (other / "model.py").chmod(0o600)
    zip_file.write(other, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_error_half_way_leaves_the_former_zip_and_no_leftover(tmp_path, monkeypatch):
    (tmp_path / "out.zip").write_bytes(b"former")

    def fail(source, target):
        target.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", fail)
    files = fill(tmp_path / "files", CONTENT)
    with pytest.raises(OSError, match="No space left"):
        zip_file.write(files, tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_bytes() == b"former"
    assert {path.name for path in tmp_path.iterdir()} == {"out.zip", "files"}


def test_the_staging_folder_is_gone_after_an_interruption(tmp_path):
    out = tmp_path / "deep" / "out.zip"
    with pytest.raises(KeyboardInterrupt, match="^$"), zip_file.staging(out) as folder:
        (folder / "model.py").touch()
        raise KeyboardInterrupt
    assert list((tmp_path / "deep").iterdir()) == []


def test_only_the_leftovers_of_the_same_zip_are_swept_away(tmp_path):
    fill(tmp_path / "[out].zip.files.partial", CONTENT)
    for name in ("[out].zip.partial", "[out].zip", "o.zip.partial", "other.zip.partial"):
        (tmp_path / name).touch()
    zip_file.sweep(tmp_path / "[out].zip")
    assert {path.name for path in tmp_path.iterdir()} == {"[out].zip", "o.zip.partial", "other.zip.partial"}
