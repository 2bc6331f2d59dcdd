"""Settings of another project do not decide what Keras learns here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from plants import keras_settings
from plants.errors import InputError

PROGRAM = Path(__file__).parent / "makers" / "keras_json.py"
OURS = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "backend": "tensorflow",
    "max_epochs": None,
    "max_steps_per_epoch": None,
}
FILES = {
    "channels first": '{"image_data_format": "channels_first"}',
    "half precision": '{"floatx": "float16"}',
    "double precision": '{"floatx": "float64"}',
    "a precision that Keras refuses": '{"floatx": "bfloat16"}',
    "another epsilon": '{"epsilon": 0.001}',
    "an epsilon that is no float": '{"epsilon": 1}',
    "another backend": '{"backend": "torch"}',
    "a backend of long ago": '{"backend": "theano", "image_dim_ordering": "th", "floatx": "float64"}',
    "no object": "[1, 2]",
    "a format that there is not": '{"image_data_format": "NCHW"}',
}


@pytest.fixture(autouse=True)
def unpinned(monkeypatch):
    """As a process begins, whatever the one that runs the tests has been told."""
    for name in list(os.environ):
        if name.startswith(("KERAS", "PLANTS_")):
            monkeypatch.delenv(name)


def settings(*words, **environment):
    """What Keras would have in a process with these variables, or its error in words."""
    call = [sys.executable, PROGRAM, *words]
    done = subprocess.run(call, env=os.environ | environment, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.splitlines()[-1]


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_keras_json_of_somebody_else_changes_nothing(text, tmp_path):
    home = tmp_path / ".keras"
    home.mkdir()
    (home / "keras.json").write_text(text)
    assert settings(HOME=str(tmp_path)) != OURS  # as Keras is by itself
    assert settings("pinned", HOME=str(tmp_path)) == OURS
    assert settings("pinned", KERAS_HOME=str(home)) == OURS
    assert {path.name: path.read_text() for path in home.iterdir()} == {"keras.json": text}


@pytest.mark.parametrize("text", ["{not JSON", "", '{"unknown": 1, "version": "2.1"}'])
def test_what_keras_does_not_understand_changes_nothing_either(text, tmp_path):
    (tmp_path / "keras.json").write_text(text)
    assert settings("pinned", KERAS_HOME=str(tmp_path)) == OURS


@pytest.mark.parametrize("variable", ["KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"])
def test_variables_that_shorten_a_training_are_ignored(variable, tmp_path):
    environment = {variable: "1", "HOME": str(tmp_path)}
    assert settings(**environment) != OURS
    assert settings("pinned", **environment) == OURS


def test_nothing_is_written_to_the_users_home_nor_to_where_he_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings("pinned", HOME=str(tmp_path), KERAS_HOME="") == OURS
    assert not list(tmp_path.iterdir())


def test_the_variable_still_chooses_the_backend(tmp_path):
    assert settings("pinned", KERAS_BACKEND="jax") == OURS | {"backend": "jax"}


def test_the_folder_of_weights_stays_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for named, expected in ((None, tmp_path / ".keras"), ("~/other", tmp_path / "other"), ("/a", Path("/a"))):
        monkeypatch.delenv("KERAS_HOME", raising=False)
        if named:
            monkeypatch.setenv("KERAS_HOME", named)
        assert keras_settings.users_home() == expected
        for _ in range(2):  # a second time, as in a process that a pinned one starts
            keras_settings.pin()
            assert os.environ["KERAS_HOME"] == keras_settings.FOLDER
            assert keras_settings.users_home() == expected


@pytest.mark.parametrize("named", ["", "tensorflow"])
def test_tensorflow_is_a_backend_that_trains(named, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", named)
    keras_settings.require_backend()


@pytest.mark.parametrize("named", ["theano", "numpy", "openvino", "TensorFlow"])
def test_a_backend_that_cannot_train_is_refused_by_the_name_of_its_variable(named, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", named)
    with pytest.raises(
        InputError, match=f"^KERAS_BACKEND={named}: expected .*tensorflow, jax or torch; unset"
    ):
        keras_settings.require_backend()


@pytest.mark.parametrize("named", ["jax", "torch"])
def test_a_backend_that_is_not_installed_is_refused(named, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", named)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=f"^KERAS_BACKEND={named}: .* this Python has no {named}; unset it"):
        keras_settings.require_backend()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    keras_settings.require_backend()


@pytest.mark.parametrize("script", [["train.py"], ["compare.py", "smoke"], ["search.py"]])
def test_commands_that_train_refuse_it_in_one_line(script, tmp_path):
    root = PROGRAM.parents[2]
    done = subprocess.run(
        [sys.executable, root / script[0], *script[1:]],
        env=os.environ | {"KERAS_BACKEND": "theano"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: KERAS_BACKEND=theano: ") and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())
