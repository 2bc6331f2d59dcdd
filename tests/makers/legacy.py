"""Interpreters with the Python and TensorFlow of the contest's time, and what they answer."""

import os
import shutil
import subprocess
from pathlib import Path

import fresh_process
import numpy as np

REPO = Path(__file__).parents[2]
ROUNDING = 1e-3  # of float32 through dozens of random layers; 2e-4 was seen

MISSING = (
    "no Python 3.8 to 3.10 with TensorFlow 2.8 to 2.11 on PATH or under pyenv; "
    "run `make legacy`, or name the interpreter of one in LEGACY_PYTHON"
)

ASK = """
import sys
import numpy as np
import tensorflow as tf
images, answers = tf.constant(np.load("images.npy")), {}
for name in sys.argv[1:]:
    graph = tf.saved_model.load(name).signatures["serving_default"]
    answers[name] = graph(images=images)["probabilities"].numpy()
np.savez("answers.npz", version=tf.__version__, **answers)
"""

ASK_ENTRY = """
import resource
import sys
import numpy as np
import tensorflow as tf
sys.path.insert(0, sys.argv[1])
from model import Model
answers = Model().probabilities(np.load("images.npy")).numpy()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
np.savez("answers.npz", version=tf.__version__, probabilities=answers, peak=peak)
"""


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


def ask_legacy(python, folder, names, images):
    """{name: probabilities} by an old TensorFlow, of the SavedModels of these names in `folder`."""
    answers = _run(python, folder, [ASK, *names], images)
    check_legacy(answers)
    return {name: answers[name] for name in names}


def check_legacy(answers):
    """That what `version` says was answered by a TensorFlow of the contest's time."""
    assert str(answers["version"]).split(".")[1] in ("8", "9", "10", "11")


def ask_entry(python, folder, images):
    """`version`, `probabilities` and `peak` bytes of memory of the unpacked submission in `folder`."""
    return _run(python, folder, [ASK_ENTRY, str(folder)], images)


def _run(python, folder, program, images):
    """What a program leaves in answers.npz, run by an interpreter in `folder` beside the images."""
    np.save(folder / "images.npy", images)
    done = subprocess.run(
        [str(python), "-s", "-c", *program],
        cwd=folder,
        env=fresh_process.clean_environment(),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-3000:]}"
    with np.load(folder / "answers.npz") as file:
        return {name: file[name] for name in file.files}
