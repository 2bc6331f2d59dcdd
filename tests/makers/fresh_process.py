"""Runs a zip as the contest's server would: unpacked elsewhere, imported in a new process."""

import os
import subprocess
import sys
import zipfile

import numpy as np

KINDS = ["float32 tensor", "uint8 array", "float64 array", "one by one", "permuted"]

SCRIPT = """
import sys
import numpy as np
import tensorflow as tf
sys.path.insert(0, sys.argv[1])
from model import model
images = np.load("images.npy")
entry = model(sys.argv[1])
order = np.random.RandomState(0).permutation(len(images))
ask = {
    "float32 tensor": lambda: entry.predict(tf.constant(images, tf.float32)),
    "uint8 array": lambda: entry.predict(images),
    "float64 array": lambda: entry.predict(images.astype("float64")),
    "one by one": lambda: tf.concat([entry.predict(image[None]) for image in images], 0),
    "permuted": lambda: tf.gather(entry.predict(images[order]), np.argsort(order)),
}
np.savez("labels.npz", version=tf.__version__, **{kind: ask[kind]().numpy() for kind in ask})
"""


def unpack(zip_path, folder):
    with zipfile.ZipFile(zip_path) as archive:
        archive.extractall(folder)
    return folder


def clean_environment():
    """The environment without what steers Python: nothing of today's may reach another interpreter."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def labels_of(zip_path, images, workdir, *, python=sys.executable):
    """{kind of input: labels (n,)} of the uint8 images, and the process's TensorFlow `version`."""
    host = unpack(zip_path, workdir / "host")
    elsewhere = workdir / "elsewhere"
    elsewhere.mkdir(parents=True)
    np.save(elsewhere / "images.npy", images)
    done = subprocess.run(
        [str(python), "-s", "-c", SCRIPT, str(host)],
        cwd=elsewhere,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(elsewhere / "labels.npz") as file:
        return {name: file[name] for name in file.files}
