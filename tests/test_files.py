"""Files appear whole or not at all."""

import pytest

from plants import files


def test_a_file_gets_its_name_only_when_it_is_whole(tmp_path):
    with files.whole_file(tmp_path / "new" / "a.txt") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "new" / "a.txt").exists()
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError("boom"), KeyboardInterrupt("boom")])
def test_a_failed_write_leaves_the_old_file_and_no_partial_one(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(type(error), match="boom"):
        with files.whole_file(tmp_path / "a.txt") as partial:
            partial.write_text("ha")
            raise error
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_json_is_read_as_it_was_written(tmp_path):
    files.write_json(tmp_path / "a.json", {"name": "Ragweed ü", "n": [1, None]})
    assert files.read_json(tmp_path / "a.json") == {"name": "Ragweed ü", "n": [1, None]}


def test_sweeping_removes_partial_files_and_folders_and_nothing_else(tmp_path):
    (tmp_path / "deep" / "x.partial").mkdir(parents=True)
    (tmp_path / "deep" / "x.partial" / "inside").touch()
    (tmp_path / "deep" / "run.json.partial").touch()
    (tmp_path / "deep" / "run.json").touch()
    files.sweep_partials(tmp_path)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run.json"]


def test_json_keeps_the_bytes_of_a_path_that_is_no_utf_8(tmp_path):
    command = ["train.py", "--data", "Pflanzen \udcfc", "ü \U0001f33f"]
    files.write_json(tmp_path / "a.json", command)
    assert files.read_json(tmp_path / "a.json") == command
