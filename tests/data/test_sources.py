"""Where images are looked for, and in which order."""

import shutil

import pytest

from plants.data import sources
from plants.data.dataset import CONTEST_CLASSES
from plants.data.sources import open_dataset
from plants.errors import InputError


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No data in its usual places; returns where data/training_data_final would be."""
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    monkeypatch.setattr(sources, "CONTEST_DATA", tmp_path / "data" / "training_data_final")
    return tmp_path / "data" / "training_data_final"


def unannounced(line):
    raise AssertionError(f"announced: {line}")


def test_the_contests_classes_are_species_1_to_8():
    assert CONTEST_CLASSES == (
        *("Species1", "Species2", "Species3", "Species4", "Species5", "Species6", "Species7", "Species8"),
    )


def test_the_data_asked_for_comes_before_the_variable(nowhere, class_folders, monkeypatch):
    monkeypatch.setenv("CHALLENGE_DATA", "/nowhere/else")
    assert open_dataset(class_folders, announce=unannounced).source == "tiny"


def test_the_variable_comes_before_the_data_folder(nowhere, class_folders, monkeypatch):
    shutil.copytree(class_folders, nowhere)
    monkeypatch.setenv("CHALLENGE_DATA", str(class_folders))
    assert open_dataset(announce=unannounced).source == "tiny"


def test_the_zip_in_the_data_folder_comes_before_the_folder(nowhere, class_folders):
    shutil.copytree(class_folders, nowhere)
    assert open_dataset(announce=unannounced).source == "training_data_final"
    shutil.make_archive(nowhere, "zip", class_folders)
    assert open_dataset(announce=unannounced).source == "training_data_final.zip"


def test_without_data_the_sample_is_used_and_said_so(nowhere, tiny_dataset, monkeypatch):
    monkeypatch.setenv("CHALLENGE_DATA", "")
    monkeypatch.setattr(sources, "generate_sample", lambda: tiny_dataset)
    lines = []
    assert open_dataset(announce=lines.append) is tiny_dataset
    assert lines == [
        "No --data, no $CHALLENGE_DATA, no data/training_data_final.zip: using the generated sample."
    ]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ("absent", r"^\$CHALLENGE_DATA: .*absent: no such file or folder; .*; or unset the variable$"),
        ("empty", r"^\$CHALLENGE_DATA: .*empty: no images; .*; or unset the variable$"),
    ],
)
def test_a_variable_that_points_nowhere_is_named(wrong, message, nowhere, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("CHALLENGE_DATA", str(tmp_path / wrong))
    with pytest.raises(InputError, match=message):
        open_dataset(announce=unannounced)
