"""Where images are looked for, and in which order."""

import dataclasses
import shutil

import pytest

from plants.contests import contest as contests
from plants.data import sources
from plants.data.sources import open_dataset
from plants.errors import InputError


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No data in its usual places; returns where data/training_data_final would be."""
    monkeypatch.delenv("CHALLENGE_DATA", raising=False)
    place = tmp_path / "data" / "training_data_final"
    of_2022 = dataclasses.replace(contests.default(), data=(place.with_suffix(".zip"), place))
    monkeypatch.setattr(contests, "default", lambda: of_2022)
    return place


def unannounced(line):
    raise AssertionError(f"announced: {line}")


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
    assert open_dataset(announce=lines.append).images is tiny_dataset.images
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
