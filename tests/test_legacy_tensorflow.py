"""The zip under the Python and TensorFlow of the contest's time answers as under today's."""

import os
import shutil
import subprocess
from pathlib import Path

import fresh_process
import numpy as np
import pytest
import tiny_runs

MISSING = (
    "no Python 3.8 to 3.10 with TensorFlow 2.8 to 2.11 on PATH or under pyenv; "
    "name the interpreter of one in LEGACY_PYTHON"
)


def candidates():
    """Interpreters of the contest's time: those on PATH, then those of pyenv."""
    names = ("python3.10", "python3.9", "python3.8")
    on_path = [found for name in names if (found := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return on_path + [str(path) for name in names for path in sorted(pyenv.glob(f"*/bin/{name}"))]


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


def test_the_zip_gives_the_same_labels_under_the_tensorflow_of_the_contest(legacy_python, tmp_path):
    zip_path, images = tiny_runs.built() / "submission.zip", tiny_runs.photos(20)
    old = fresh_process.labels_of(zip_path, images, tmp_path / "old", python=legacy_python)
    expected = tiny_runs.trained(0)[2].argmax(axis=1)  # what Keras says today
    assert str(old.pop("version")).split(".")[1] in ("8", "9", "10", "11")
    assert old.keys() == set(fresh_process.KINDS)
    for kind in fresh_process.KINDS:
        np.testing.assert_array_equal(old[kind], expected, err_msg=kind)
