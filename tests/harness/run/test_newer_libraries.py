"""What Keras 2 had and today's lacks is told from what neither ever had, by exceptions that were raised."""

import json
import subprocess
import sys

import fresh_process
import pytest
from judging import CODABENCH, CODALAB

from plants.errors import HarnessError
from plants.harness.run import newer_libraries
from plants.sandbox import inside

SERVERS = {"python": "3.9.18", "tensorflow": "2.9.3", "keras": "2.9.0"}
TODAYS = {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"}
NET = "net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]); x = np.zeros((1, 2), 'float32'); "
# Code that TensorFlow 2.9 runs, and what of it today's lacks.
OLD = {
    "tf.keras.layers.experimental.preprocessing.Resizing(9, 9)": "keras.layers.experimental",
    "tf.keras.layers.experimental.RandomFourierFeatures(9)": "keras.layers.experimental",
    "tf.keras.optimizers.legacy.Adam()": "keras.optimizers.legacy",
    "tf.keras.optimizers.Adam(lr=0.1)": "the argument lr",
    "tf.keras.optimizers.experimental.Adam()": "keras.optimizers.experimental",
    "tf.keras.optimizers.Adam().lr": "Adam.lr",
    "tf.keras.layers.LocallyConnected2D(1, 2)": "keras.layers.LocallyConnected2D",
    "tf.keras.backend.learning_phase()": "keras.backend.learning_phase",
    "tf.keras.utils.OrderedEnqueuer": "keras.utils.OrderedEnqueuer",
    "tf.keras.experimental.LinearModel()": "keras.experimental",
    "tf.keras.estimator": "keras.estimator",
    "tf.estimator": "tensorflow.estimator",
    "from tensorflow.keras.layers.experimental import preprocessing": "keras.layers.experimental",
    "from tensorflow.keras.wrappers.scikit_learn import KerasClassifier": "keras.wrappers.scikit_learn",
    "import keras.engine": "keras.engine",
    "from keras.utils.np_utils import to_categorical": "keras.utils.np_utils",
    "from keras.utils import np_utils": "keras.utils.np_utils",
    "from keras.layers.core import Dense": "keras.layers.core",
    NET + "net.predict(x, workers=2)": "predict(workers=...)",
    NET + "net.predict(x, 2, 0, None, None, 10)": "max_queue_size, use_multiprocessing, workers)",
    NET + "net.predict(x, use_multiprocessing=False, verbose=0)": "predict(use_multiprocessing=...)",
    NET + "net.compile(loss='mse'); net.evaluate(x, x, workers=1)": "the argument workers",
    NET + "net.layers[0].output_shape": "Dense.output_shape",
    NET + "net.reset_states()": "Sequential.reset_states",
    "keras.layers.Dense(1, weights=[np.zeros((2, 1)), np.zeros(1)])": "Dense(weights=...)",
    "class Net(keras.Model): pass\nNet().reset_states()": "Net.reset_states",
    "class Own(keras.layers.Layer): pass\nOwn(weights=None)": "Own(weights=...)",
}
# Code that neither runs, and the submission's own names that happen to be like old ones.
WRONG = [
    "keras.layers.Densee(1)",
    "from tensorflow.keras.layers import Densee",
    "from keras.layers.experimenal import Resizing",
    "tf.keras.backend.means(tf.zeros(3))",
    "tf.keras.optimizers.Adam(lrr=0.1)",
    "keras.layers.Dense(1, wieghts=[])",
    "keras.layers.Dense(1, workers=2)",
    "tf.Session()",
    NET + "net.predict(x, worker=2)",
    NET + "net.predict_on_batchs(x)",
    NET + "net.layers[0].lr",
    "class model:\n    def predict(self, X): pass\nmodel().predict(1, workers=2)",
    "class model: pass\nmodel().reset_states()",
    "class Model: pass\nModel().reset_states()",
    NET + "net.predict(x, 2, 0, None, None, 10, 1, False, 9)",
    "def load_model(path): pass\nload_model(workers=1)",
    "np.layers",
]
RAISED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from child import library_kinds, missing_module
import numpy as np
import tensorflow as tf
from tensorflow import keras
found = []
for code in json.load(sys.stdin):
    try:
        exec(code, dict(np=np, tf=tf, keras=keras))
        found.append(None)
    except Exception as error:
        text = type(error).__name__, str(error)[:2000]
        found.append([*text, missing_module(error) or "", library_kinds(error)])
print(json.dumps(found))
"""


def raised_by(interpreter):
    """{code: its exception as child.py sends it, or None} for OLD and WRONG, in one process."""
    done = subprocess.run(
        [interpreter, "-s", "-c", RAISED, str(inside.FOLDER)],
        input=json.dumps([*OLD, *WRONG]),
        env=fresh_process.clean_environment() | {"CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip([*OLD, *WRONG], json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.fixture(scope="module")
def raised():
    return raised_by(sys.executable)


def lacked(exception, profile=CODALAB, versions=TODAYS):
    kind, text, module, kinds = exception
    return newer_libraries.lacked(kind, text, profile, versions, module=module, kinds=kinds)


@pytest.mark.parametrize("code", OLD)
def test_code_of_the_servers_time_lacks_a_name_that_the_server_has(code, raised):
    assert raised[code], "today's libraries take it"
    assert (lacked(raised[code]) or "").endswith(OLD[code]), raised[code]
    assert lacked(raised[code], versions=SERVERS) is None
    assert lacked(raised[code], profile=CODABENCH) is None  # its server has Keras 3


@pytest.mark.parametrize("code", WRONG)
def test_name_that_neither_has_is_the_submissions_own_mistake(code, raised):
    assert raised[code] and lacked(raised[code]) is None, raised[code]


@pytest.mark.rest
def test_the_servers_tensorflow_runs_the_first_and_not_the_second(legacy_python):
    found = raised_by(legacy_python)
    assert {code: error for code, error in found.items() if bool(error) == (code in OLD)} == {}


@pytest.mark.parametrize(
    "versions, newer",
    [
        ({"tensorflow": "2.9.3"}, False),
        ({"tensorflow": "2.8.4", "keras": "2.8.0"}, False),
        ({"tensorflow": "2.10.0"}, True),
        ({"keras": "3.0.1"}, True),  # TensorFlow is not loaded yet
        ({"keras": "2.15.0"}, False),
        ({}, False),
    ],
)
def test_child_is_newer_by_its_tensorflow_or_else_by_its_keras(versions, newer):
    assert newer_libraries.is_newer(versions, CODALAB) == newer


def test_argument_is_known_without_its_class_where_python_does_not_name_it():
    text = "predict() got an unexpected keyword argument 'workers'"
    assert newer_libraries.lacked("TypeError", text, CODALAB, TODAYS | {"python": "3.9.18"})
    assert newer_libraries.lacked("TypeError", text, CODALAB, TODAYS) is None


def test_server_with_keras_3_is_not_to_be_had_by_make_legacy():
    with pytest.raises(
        HarnessError, match=r"\(TensorFlow 2\.17\) have.*: name one with TensorFlow 2\.17 by --python"
    ):
        newer_libraries.refuse("model.py needs tf.lite", CODABENCH, TODAYS)
