"""What Keras is told before it is imported, so that no other project's settings decide what is learned.

Keras reads `keras.json` in $KERAS_HOME, else in ~/.keras: there somebody may have asked for images with the
channels first, for half precision or for another backend. Here it reads this project's own instead. The
user's folder stays that of the ImageNet weights, and `KERAS_BACKEND` still chooses what trains.
"""

import importlib.util
import os
from pathlib import Path

from plants.errors import InputError

FOLDER = str(Path(__file__).with_name("keras_home"))  # of this project's keras.json
HOME, USERS_HOME = "KERAS_HOME", "PLANTS_USERS_KERAS_HOME"
BACKEND = "KERAS_BACKEND"
TRAIN = ("tensorflow", "jax", "torch")  # the backends that can train; numpy and openvino only predict
# They shorten what is predicted, or choose another kind of layers, without a word.
IGNORED = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED", "TF_USE_LEGACY_KERAS")


def pin() -> None:
    """Has Keras take this project's settings, in this process and those that it starts; may be repeated.

    Without effect once Keras is imported.
    """
    if os.environ.get(HOME) != FOLDER:
        os.environ[USERS_HOME] = os.environ.get(HOME, "")
        os.environ[HOME] = FOLDER
    for name in IGNORED:
        os.environ.pop(name, None)


def users_home() -> Path:
    """Where the user keeps what Keras downloads: $KERAS_HOME as it was before `pin`, or ~/.keras."""
    named = os.environ.get(HOME)
    if named == FOLDER:
        named = os.environ.get(USERS_HOME)
    return Path(named or "~/.keras").expanduser()


def require_backend() -> None:
    """Raises InputError if KERAS_BACKEND names what cannot train, or is not installed here."""
    named = os.environ.get(BACKEND) or TRAIN[0]
    if named not in TRAIN:
        raise InputError(
            f"{BACKEND}={named}: expected one that trains, {', '.join(TRAIN[:-1])} or {TRAIN[-1]}; unset it "
            f"(`unset {BACKEND}`) for TensorFlow"
        )
    if importlib.util.find_spec(named) is None:
        raise InputError(
            f"{BACKEND}={named}: expected one that is installed, but this Python has no {named}; unset it "
            f"(`unset {BACKEND}`) for TensorFlow, or install {named}"
        )
