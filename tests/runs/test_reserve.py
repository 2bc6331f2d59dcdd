"""Which folders a run may have: what counts as empty."""

import pytest

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
