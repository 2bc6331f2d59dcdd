"""Submissions of the contest's time: judged under a Python like the server's, and not blamed for today's."""

import subprocess

import fresh_process
import pytest
from judging import judge, told
from submissions import making

from plants.harness.profiles import PROFILES

pytestmark = pytest.mark.rest

CODALAB = PROFILES["codalab-2022"]
# Of x, the first pixel's red, the logits are 0, x - 1/2 and 2x - 2: the largest is that of x itself.
SAVE_A_NET = """\
import sys
import numpy as np
import tensorflow as tf

net = tf.keras.Sequential([
    tf.keras.Input((4, 4, 3)),
    tf.keras.layers.Cropping2D(((0, 3), (0, 3))),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(3),
])
net.layers[-1].set_weights([np.outer([1.0, 0, 0], [0, 1, 2]), np.array([0, -0.5, -2])])
net.save(sys.argv[1])
"""
LOADING_MODEL = """\
import os
import tensorflow as tf
from keras.utils import np_utils


class model:
    def __init__(self, path):
        self.net = tf.keras.models.load_model(os.path.join(path, "SubmissionModel"))

    def predict(self, X):
        return tf.argmax(self.net.predict(X, verbose=0), axis=-1)
"""


def test_zip_runs_under_the_python_of_the_contest(legacy_python, tmp_path):
    result = judge(making.good(tmp_path / "a.zip"), interpreter=legacy_python)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)
    assert result.versions["python"].split(".")[1] in ("8", "9", "10")


def test_model_saved_by_keras_2_is_scored_under_it(legacy_python, tmp_path):
    subprocess.run(
        [legacy_python, "-s", "-c", SAVE_A_NET, str(tmp_path / "net")],
        env=fresh_process.clean_environment(),
        check=True,
        capture_output=True,
        timeout=120,
    )
    files = [path for path in (tmp_path / "net").rglob("*") if path.is_file()]
    saved = {f"SubmissionModel/{path.relative_to(tmp_path / 'net')}": path.read_bytes() for path in files}
    path = making.good(tmp_path / "a.zip", model__py=LOADING_MODEL, **saved)
    result = judge(path, CODALAB, interpreter=legacy_python)
    assert (told(result), result.scores["accuracy"]) == ([], 0.9)


@pytest.mark.parametrize(
    "model, part",
    [
        (LOADING_MODEL, "needs keras.utils.np_utils, which"),
        (
            LOADING_MODEL.replace("from keras.utils import np_utils\n", ""),
            "needs Keras 2's SavedModel format, which",
        ),
    ],
)
def test_model_of_keras_2_is_not_rejected_for_the_keras_of_today(model, part, tmp_path):
    path = making.good(tmp_path / "a.zip", model__py=model, **{"SubmissionModel/saved_model.pb": "a graph"})
    result = judge(path, CODALAB)
    assert result.verdict == "harness_error"
    assert part in result.faults[0].message
    assert "needs an interpreter like the server's: make legacy" in result.faults[0].message
