"""What participants really uploaded is accepted and scored, under an interpreter like their server's."""

import dataclasses
import subprocess
import sys

import fresh_process
import participants
import pytest
from judging import codes, judge, told
from submissions import making

from plants.harness.profiles import PROFILES

pytestmark = pytest.mark.rest

CODALAB, CODABENCH = PROFILES["codalab-2022"], PROFILES["codabench-2024"]
# Each: its model.py, the saved nets it packs, and where they lie in SubmissionModel.
ACCEPTED = {
    "SavedModel in the style of Keras 2": (participants.SAVED_MODEL, "plain", ""),
    "Xception's preprocess_input in predict": (participants.XCEPTION, "xception", ""),
    "average of four views": (participants.VIEWS, "plain", ""),
    "arrays in batches": (participants.IN_BATCHES_OF_ARRAYS, "plain", ""),
    "several .h5 files in one folder": (participants.SEVERAL_FILES, "folds", ""),
    "ensemble of three folders": (participants.THREE_FOLDERS, "ensemble", ""),
    "ImageDataGenerator in predict": (participants.GENERATOR, "rescaled.h5", "rescaled.h5"),
    "layer of its own": (participants.OWN_LAYER, "own_layer.h5", "own_layer.h5"),
    "weights for a net built in code": (participants.WEIGHTS_ALONE, "net.weights.h5", "net.weights.h5"),
}

# Keras 2's preprocess_input scales arrays in place and does not take integer tensors.
WARNED_OF = {participants.XCEPTION: ["OUT05", "OUT06"]}


def save_nets(python, folder):
    subprocess.run(
        [python, "-s", "-c", participants.SAVE_NETS, str(folder)],
        env=fresh_process.clean_environment() | {"CUDA_VISIBLE_DEVICES": "-1"},
        check=True,
        capture_output=True,
        timeout=600,
    )
    return folder


@pytest.fixture(scope="module")
def legacy_nets(legacy_python, tmp_path_factory):
    """The folder of all nets, saved under the older interpreter."""
    return save_nets(legacy_python, tmp_path_factory.mktemp("nets"))


@pytest.fixture(scope="module")
def todays_nets(tmp_path_factory):
    """The same, saved under this interpreter."""
    return save_nets(sys.executable, tmp_path_factory.mktemp("todays"))


def submission(path, model, net, place="SubmissionModel", metadata=""):
    """A zip of `model` and the file or folder `net`, which lies at `place` within it; `metadata` as text."""
    files = {net: place} if net.is_file() else {
        file: f"{place}/{file.relative_to(net)}" for file in net.rglob("*") if file.is_file()
    }  # fmt: skip
    return making.good(
        path,
        model__py=model,
        metadata=metadata,
        **{"SubmissionModel/weights.txt": None, **{name: file.read_bytes() for file, name in files.items()}},
    )


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_participants_uploaded_is_accepted_and_scored(name, legacy_python, legacy_nets, tmp_path):
    model, net, place = ACCEPTED[name]
    place = f"SubmissionModel/{place}" if place else "SubmissionModel"
    path = submission(tmp_path / "a.zip", model, legacy_nets / net, place)
    result = judge(path, CODALAB, interpreter=legacy_python)
    assert (codes(result), result.scores.get("accuracy")) == (WARNED_OF.get(model, []), 0.9), told(result)
    assert result.versions["keras"].startswith("2.")


@pytest.mark.parametrize(
    "model, code", [(participants.UNSEEDED, "DET01"), (participants.BATCH_MIXING, "DET02")]
)
def test_answers_that_are_not_stable_are_scored_with_a_warning(
    model, code, legacy_python, legacy_nets, tmp_path
):
    path = submission(tmp_path / "a.zip", model, legacy_nets / "plain")
    result = judge(path, CODALAB, interpreter=legacy_python)
    assert (codes(result), result.verdict, result.scores["n"]) == ([code], "accepted", 30), told(result)


def test_model_without_arguments_is_accepted_under_the_profile_of_its_contest(todays_nets, tmp_path):
    path = submission(
        tmp_path / "a.zip", participants.WITHOUT_ARGUMENTS, todays_nets / "rescaled.h5", place="rescaled.h5"
    )
    result = judge(path, CODABENCH)
    assert (told(result), result.scores.get("accuracy")) == ([], 0.9)
    assert codes(judge(path, CODALAB)) == ["CON05"]


@pytest.mark.parametrize("given", ["X", "(X / 1.0).astype('float32')", "np.flip(X.copy(), axis=2)"])
def test_template_of_2024_is_accepted_without_metadata_and_given_an_array(given, todays_nets, tmp_path):
    model = participants.TEMPLATE_2024.format(given=given)
    path = submission(
        tmp_path / "a.zip", model, todays_nets / "weights.keras", "weights.keras", metadata=None
    )
    result = judge(path, CODABENCH)
    assert (told(result), result.scores.get("accuracy")) == ([], 0.9)
    assert {"tensorflow", "keras"} <= set(result.versions)  # the submission loaded them


def test_class_of_2023_is_given_a_path_and_an_array(todays_nets, tmp_path):
    model = participants.OWN_LAYER.replace("self.model.predict(X)", "self.model.predict(X.astype('uint8'))")
    path = submission(tmp_path / "a.zip", model, todays_nets / "own_layer.h5", "SubmissionModel/own_layer.h5")
    result = judge(path, PROFILES["codalab-2023"])
    assert (told(result), result.scores.get("accuracy")) == ([], 0.9)


RESIZES = "tf.keras.Sequential([tf.keras.layers.experimental.preprocessing.Resizing(4, 4)])"
OF_ITS_YEARS = {
    "a layer that was experimental": (f"self.resize = {RESIZES}", "self.net.predict(self.resize(X) / 255.0)"),
    "several workers": ("", "self.net.predict(X / 255.0, workers=2)"),
    "a legacy optimizer": (
        "self.net.compile(tf.keras.optimizers.legacy.SGD(), 'mse')",
        "self.net.predict(X / 255.0)",
    ),
    "a backend function": ("tf.keras.backend.set_learning_phase(0)", "self.net.predict(X / 255.0)"),
}


@pytest.mark.parametrize("name", OF_ITS_YEARS)
def test_code_of_its_years_is_the_harnesss_problem_today_and_accepted_by_an_interpreter_like_the_servers(
    name, legacy_python, legacy_nets, tmp_path
):
    built, asked = OF_ITS_YEARS[name]
    model = participants.OF_ITS_YEARS.format(built=built or "pass", asked=asked)
    path = submission(tmp_path / "a.zip", model, legacy_nets / "rescaled.h5", "SubmissionModel/rescaled.h5")
    (found,) = judge(path, CODALAB).faults
    assert (found.code, found.level) == ("HAR02", "harness")
    assert (
        "it needs an interpreter like the server's: make legacy, then --python .venv-legacy/bin/python."
        in found.message
    )
    result = judge(path, CODALAB, interpreter=legacy_python)
    assert (result.verdict, result.scores.get("accuracy")) == ("accepted", 0.9), told(result)


def test_misspelt_layer_is_rejected_by_todays_interpreter_as_well(todays_nets, tmp_path):
    model = participants.OF_ITS_YEARS.format(built="tf.keras.layers.Resising(4, 4)", asked="X")
    path = submission(tmp_path / "a.zip", model, todays_nets / "rescaled.h5", "SubmissionModel/rescaled.h5")
    (found,) = judge(path, CODALAB).faults
    assert (found.code, found.file, found.line) == ("RUN01", "model.py", 8)


@pytest.mark.parametrize(
    "built",
    [
        "tf.config.experimental.set_memory_growth(tf.config.list_physical_devices('GPU')[0], True)",
        "gpus = tf.config.list_logical_devices('GPU'); self.gpu = gpus[0].name",
    ],
)
def test_first_of_no_gpus_is_env05(built, todays_nets, tmp_path):
    model = participants.OF_ITS_YEARS.format(built=built, asked="self.net.predict(X)")
    path = submission(tmp_path / "a.zip", model, todays_nets / "rescaled.h5", "SubmissionModel/rescaled.h5")
    (found,) = judge(path, CODALAB).faults
    assert (found.code, found.level, found.file, found.line) == ("ENV05", "reject", "model.py", 8)


def test_net_of_todays_keras_is_rejected_by_the_server_of_the_contest(legacy_python, todays_nets, tmp_path):
    model = participants.OWN_LAYER.replace("own_layer.h5", "rescaled.h5")
    path = submission(tmp_path / "a.zip", model, todays_nets / "rescaled.h5", "SubmissionModel/rescaled.h5")
    (found,) = judge(path, CODALAB, interpreter=legacy_python).faults
    assert (found.code, found.level, found.file, found.line) == ("ENV02", "reject", "model.py", 13)
    assert "Unrecognized keyword arguments: ['batch_shape'" in found.message
    assert found.remedy == "Save the model with the server's version of TensorFlow and Keras."


def test_layer_that_keras_is_not_told_of_is_rejected(legacy_python, legacy_nets, tmp_path):
    model = participants.OWN_LAYER.replace('custom_objects={"Negative": Negative}, ', "")
    path = submission(tmp_path / "a.zip", model, legacy_nets / "own_layer.h5", "SubmissionModel/own_layer.h5")
    (found,) = judge(path, CODALAB, interpreter=legacy_python).faults
    assert (found.code, found.file, found.line) == ("ENV03", "model.py", 13)
    assert "Unknown layer: Negative" in found.message and "custom_objects" in found.remedy


def test_graph_with_newer_operations_is_rejected_whichever_tensorflow_runs_it(
    legacy_python, todays_nets, tmp_path
):
    """The server's says so when it loads it; today's loads it, which the list of operations makes up for."""
    path = submission(tmp_path / "a.zip", participants.LOADS_A_GRAPH, todays_nets / "exported")
    (today,) = judge(path, CODALAB).faults
    assert (today.code, today.level, today.file) == ("ENV02", "reject", "SubmissionModel/saved_model.pb")
    assert "has operations that the server's 2.9 does not know: DisableCopyOnRead." in today.message
    (old,) = judge(path, CODALAB, interpreter=legacy_python).faults
    assert (old.code, old.level, old.file, old.line) == ("ENV02", "reject", "model.py", 7)
    assert "Op type not registered 'DisableCopyOnRead'" in old.message
    assert codes(judge(path, dataclasses.replace(CODABENCH, class_name="model", passes_path=True))) == []


def test_model_that_insists_on_a_gpu_is_rejected(legacy_python, tmp_path):
    model = participants.calling("""
        tf.config.set_soft_device_placement(False)
        with tf.device("/GPU:0"):
            return tf.cast(X[:, 0, 0, 0] + 0.0, tf.int64)
        """).replace('tf.keras.models.load_model(os.path.join(path, "SubmissionModel"))', "None")
    (found,) = judge(
        making.good(tmp_path / "a.zip", model__py=model), CODALAB, interpreter=legacy_python
    ).faults
    assert (found.code, found.level, found.file, found.line) == ("ENV05", "reject", "model.py", 13)
    assert "device:GPU:0'. enable_soft_placement=0" in found.message
