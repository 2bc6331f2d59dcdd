"""What a child has of the variables and settings of those who judge it: what a server would have."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from submissions import making
from submissions.making import RETURN, predicting
from walls import scored

LEFTOVERS = {
    "KERAS_BACKEND": "torch",
    "KERAS_HOME": "/somewhere/keras",
    "KERAS_MAX_STEPS_PER_EPOCH": "1",
    "TF_USE_LEGACY_KERAS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2",
    "XLA_FLAGS": "--xla_dump_to=/tmp",
    "PYTHONPATH": "/somewhere",
}
TELL = """\
import json, os
# Where Keras looks for its keras.json: with a home folder that cannot be written, in /tmp.
home = os.environ.get("KERAS_HOME", "/tmp/.keras")
print("has", json.dumps(dict(os.environ)))
settings = os.path.join(home, "keras.json")
print("settings", os.path.exists(settings), os.access(os.path.expanduser("~"), os.W_OK))
"""
HAS = {"HOME", "LANG", "MPLCONFIGDIR", "PATH", "TF_CPP_MIN_LOG_LEVEL", "TMPDIR", "XDG_CACHE_HOME"}
MAY_HAVE = {"LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "LC_CTYPE", "PWD"}


@pytest.fixture
def settings_in_tmp():
    """A keras.json where Keras looks that cannot write to its user's home folder; goes afterwards."""
    folder = Path("/tmp/.keras")
    if folder.exists():
        yield  # whatever it is
        return
    folder.mkdir()
    (folder / "keras.json").write_text('{"image_data_format": "channels_first"}')
    yield
    shutil.rmtree(folder)


def environment_of_child(tmp_path, monkeypatch):
    for name, value in LEFTOVERS.items():
        monkeypatch.setenv(name, value)
    result = scored(predicting(tmp_path / "a.zip", TELL + RETURN), making.dataset())
    assert result.scores["accuracy"] == 0.9
    assert "settings False False" in result.output
    environment = json.loads(re.search(r"has (.*)", result.output)[1])
    assert not set(environment.values()) & set(LEFTOVERS.values())
    return environment


def test_behind_walls_no_variable_or_setting_of_keras_is_the_callers(
    layer, settings_in_tmp, tmp_path, monkeypatch
):
    assert HAS <= environment_of_child(tmp_path, monkeypatch).keys() <= HAS | MAY_HAVE


def test_under_limits_alone_neither_are_those_that_anybody_left_in_tmp(
    limits_only, settings_in_tmp, tmp_path, monkeypatch
):
    environment = environment_of_child(tmp_path, monkeypatch)
    assert HAS | {"KERAS_HOME"} <= environment.keys() <= HAS | {"KERAS_HOME"} | MAY_HAVE
    assert os.path.dirname(environment["KERAS_HOME"]) == environment["TMPDIR"] != "/tmp"
