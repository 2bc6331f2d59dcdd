"""The Python that runs a submission: named, found, and blamed itself for what it lacks."""

import dataclasses
import os
import sys

import pytest
from judging import CODABENCH, CODALAB, codes, judge
from submissions import making
from submissions.making import MODEL

from plants.errors import HarnessError
from plants.harness.run import failures, runner


def test_submission_runs_under_the_interpreter_that_is_named(tmp_path):
    """A launcher that needs the environment of the caller, as pyenv's do."""
    launcher = tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\n[ "$CALLER" ] && exec {sys.executable} "$@"\nexit 1\n')
    launcher.chmod(0o755)
    os.environ["CALLER"] = "1"
    try:
        assert judge(making.good(tmp_path / "a.zip"), interpreter=str(launcher)).verdict == "accepted"
    finally:
        del os.environ["CALLER"]


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n", "#!/bin/sh\n"])
def test_interpreter_that_does_not_start_is_the_harnesss_problem(script, tmp_path):
    interpreter = tmp_path / "python"
    if script:
        interpreter.write_text(script)
        interpreter.chmod(0o755)
    result = judge(making.good(tmp_path / "a.zip"), interpreter=str(interpreter))
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert f"Harness problem, not yours: --python {interpreter}: not a Python" in result.faults[0].message
    assert ("(it printed nothing)" in result.faults[0].message) == (script == "#!/bin/sh\n")


def test_interpreter_without_numpy_is_the_harnesss_problem(tmp_path):
    launcher = tmp_path / "python"  # without site-packages
    launcher.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exec echo {launcher}\nexec {sys.executable} -S "$@"\n')
    launcher.chmod(0o755)
    result = judge(making.good(tmp_path / "a.zip"), interpreter=str(launcher))
    assert codes(result) == ["HAR02"]
    assert "No module named 'numpy'" in result.faults[0].message


def test_library_that_the_server_has_and_this_machine_lacks_is_the_harnesss_problem(tmp_path):
    profile = dataclasses.replace(CODALAB, libraries=(*CODALAB.libraries, "server_library"))
    path = making.good(tmp_path / "a.zip", model__py="import server_library\n" + MODEL)
    result = judge(path, profile)
    assert (result.verdict, codes(result)) == ("harness_error", ["HAR02"])
    assert (
        "model.py line 1 needs server_library, which profile codalab-2022 lists" in result.faults[0].message
    )


def reply(kind, text, missing_module=None):
    error = {"type": kind, "text": text, "file": "model.py", "line": 1, "missing_module": missing_module}
    return {"status": "error", "error": error}


TODAYS = {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"}
SERVERS = {"python": "3.9.18", "tensorflow": "2.9.3", "keras": "2.9.0"}
PARTS_THAT_KERAS_3_LACKS = [
    (reply("ModuleNotFoundError", "x", "keras.utils.np_utils"), "needs keras.utils.np_utils, which"),
    (reply("ModuleNotFoundError", "x", "keras.engine"), "needs keras.engine, which"),
    (reply("ModuleNotFoundError", "x", "sklearn.externals"), "needs sklearn.externals, which"),
    (
        reply("ImportError", "cannot import name 'np_utils' from 'keras.utils' (/x.py)"),
        "needs keras.utils.np_utils, which",
    ),
    (
        reply("ValueError", "Note that the legacy SavedModel format is not supported by `load_model()`"),
        "needs Keras 2's SavedModel format, which",
    ),
]


@pytest.mark.parametrize("answer, message", PARTS_THAT_KERAS_3_LACKS)
def test_what_newer_libraries_have_no_more_is_the_harnesss_problem(answer, message):
    asks_for = (
        rf"model\.py line 1 {message} the server's libraries \(TensorFlow 2\.9\) have and the child's "
        r"\(TensorFlow 2\.21\.0, Keras 3\.15\.1\) lack; it needs an interpreter like the server's: "
        r"make legacy, then --python \.venv-legacy/bin/python$"
    )
    with pytest.raises(HarnessError, match=asks_for):
        failures.failure_in(answer, "the import of model.py", CODALAB, TODAYS)


@pytest.mark.parametrize("answer, message", PARTS_THAT_KERAS_3_LACKS)
def test_what_keras_2_lacks_too_is_the_submissions_fault(answer, message):
    found = failures.failure_in(answer, "the import of model.py", CODALAB, SERVERS)
    assert found.code == ("ENV01" if answer["error"]["missing_module"] else "RUN01")


def test_what_the_server_lacks_as_much_as_this_interpreter_is_the_submissions_fault():
    (answer, _) = PARTS_THAT_KERAS_3_LACKS[-1]
    assert failures.failure_in(answer, "Model()", CODABENCH, TODAYS).code == "RUN01"


@pytest.mark.parametrize("module, code", [("google.colab", "ENV01"), ("kerastuner", "ENV01"), ("", "RUN01")])
def test_module_of_no_listed_library_is_the_submissions_fault(module, code):
    answer = reply("ModuleNotFoundError", "x", module)
    assert failures.failure_in(answer, "the import of model.py", CODALAB, TODAYS).code == code


@pytest.mark.parametrize("servers, noted", [((3, 8), True), (sys.version_info[:2], False)])
def test_failure_under_a_newer_python_than_the_servers_is_noted(servers, noted, tmp_path):
    profile = dataclasses.replace(CODALAB, python=servers)
    result = judge(making.good(tmp_path / "a.zip", model__py="import keras_cv\n" + MODEL), profile)
    assert codes(result) == ["ENV01"]
    said = [note for note in result.notes if "it failed under Python 3" in note and "server has 3.8" in note]
    assert len(said) == noted


def test_launcher_may_speak_and_gets_no_input(tmp_path):
    launcher = tmp_path / "launcher"
    launcher.write_text("#!/bin/sh\nread line && exit 1\necho Welcome\necho /the/python\n")
    launcher.chmod(0o755)
    read_end, write_end = os.pipe()
    os.write(write_end, b"a line\n")
    kept = os.dup(0)
    os.dup2(read_end, 0)
    try:
        assert runner.find_interpreter(str(launcher)) == "/the/python"
    finally:
        os.dup2(kept, 0)
        for number in (kept, read_end, write_end):
            os.close(number)
