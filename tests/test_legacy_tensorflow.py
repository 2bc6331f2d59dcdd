"""The zip under the Python and TensorFlow of the contest's time answers as under today's."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import composing
import fresh_process
import numpy as np
import pytest

REPO = Path(__file__).parents[1]

MISSING = (
    "no Python 3.8 to 3.10 with TensorFlow 2.8 to 2.11 on PATH or under pyenv; "
    "run `make legacy`, or name the interpreter of one in LEGACY_PYTHON"
)


def candidates():
    """Interpreters of the contest's time: that of `make legacy`, those on PATH, those of pyenv."""
    made = REPO / ".venv-legacy" / "bin" / "python"
    names = ("python3.10", "python3.9", "python3.8")
    on_path = [found for name in names if (found := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return (
        [str(made)] * made.exists()
        + on_path
        + [str(path) for name in names for path in sorted(pyenv.glob(f"*/bin/{name}"))]
    )


def has_legacy_tensorflow(python):
    """Whether an interpreter is old enough and imports an old enough TensorFlow."""
    code = "import sys, tensorflow as tf; print(sys.version_info[1], tf.__version__.split('.')[1])"
    done = subprocess.run(
        [python, "-s", "-c", code],
        env=fresh_process.clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode != 0:
        return False
    python_minor, tensorflow_minor = map(int, done.stdout.split())
    return 8 <= python_minor <= 10 and 8 <= tensorflow_minor <= 11


@pytest.fixture(scope="module")
def legacy_python():
    """An interpreter of the contest's time; without one skips, or fails where REQUIRE_LEGACY=1."""
    named = os.environ.get("LEGACY_PYTHON")
    if named:
        assert has_legacy_tensorflow(named), f"LEGACY_PYTHON={named} has no TensorFlow 2.8 to 2.11"
        return named
    found = next(filter(has_legacy_tensorflow, candidates()), None)
    if not found:
        (pytest.fail if os.environ.get("REQUIRE_LEGACY") == "1" else pytest.skip)(MISSING)
    return found


@pytest.fixture(scope="module")
def trained_on_the_sample(tmp_path_factory):
    """(zip, held-out images): the smoke recipe on the generated sample, trained and built."""
    from plants.bundle import build, members
    from plants.data import sample, splits
    from plants.recipes import catalog
    from plants.training.make_run import make_run

    images = sample.generate()
    folder = tmp_path_factory.mktemp("sample")
    make_run(catalog.by_name("smoke"), images, folder / "run", seed=0, command=[], say=lambda line: None)
    build.build(members.open_members([folder / "run"]), folder / "submission.zip")
    return folder / "submission.zip", images.images[splits.split(images).held_out]


def test_the_zip_gives_the_same_labels_under_the_tensorflow_of_the_contest_and_todays(
    legacy_python, trained_on_the_sample, tmp_path
):
    zip_path, images = trained_on_the_sample
    today = fresh_process.labels_of(zip_path, images, tmp_path / "today")
    old = fresh_process.labels_of(zip_path, images, tmp_path / "old", python=legacy_python)
    assert str(old.pop("version")).split(".")[1] in ("8", "9", "10", "11")
    assert int(str(today.pop("version")).split(".")[1]) >= 19
    expected = today["float32 tensor"]
    assert len(expected) == 28 and len(set(expected.tolist())) > 1
    for kind in fresh_process.KINDS:
        np.testing.assert_array_equal(today[kind], expected, err_msg=kind)
        np.testing.assert_array_equal(old[kind], expected, err_msg=kind)


@pytest.mark.parametrize("limit, count", [(1_500_000_000, 1), (560, 3)])  # bytes of a graph; graphs
def test_a_composition_gives_the_same_labels_under_both_in_one_graph_and_in_several(
    legacy_python, tiny_dataset, tmp_path, monkeypatch, limit, count
):
    from plants.bundle import build, export, members

    monkeypatch.setattr(export, "LARGEST_GRAPH", limit)
    with composing.quick():
        composing.train(tiny_dataset, tmp_path / "run", composing.ONE_VS_REST)
        build.build(members.open_members([tmp_path / "run"]), tmp_path / "submission.zip")
    with zipfile.ZipFile(tmp_path / "submission.zip") as archive:
        assert sum(name.endswith("saved_model.pb") for name in archive.namelist()) == count
    images = tiny_dataset.images[::3]
    today = fresh_process.labels_of(tmp_path / "submission.zip", images, tmp_path / "today")
    old = fresh_process.labels_of(tmp_path / "submission.zip", images, tmp_path / "old", python=legacy_python)
    assert len(set(today["uint8 array"].tolist())) > 1
    for kind in fresh_process.KINDS:
        np.testing.assert_array_equal(old[kind], today["uint8 array"], err_msg=kind)
