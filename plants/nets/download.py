"""ImageNet weights of keras.applications: the files, where they come from and where they lie."""

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras

from plants import keras_settings
from plants.errors import InputError

# Somebody without a network is to know it within 20 seconds of the command, whose start takes some of them.
ANSWER_SECONDS = 5.0  # from the request to the first byte, name server and connection included
SILENCE_SECONDS = 9.0  # longest pause of a connection

LEFTOVER_SECONDS = 24 * 3600.0  # after which what a killed download left is no other one's at work

HOST = "https://storage.googleapis.com/"
TENSORFLOW = HOST + "tensorflow/keras-applications/"


@dataclasses.dataclass(frozen=True)
class WeightsFile:
    """A net without its classifier, as keras.applications downloads it."""

    folder: str  # its address without the name
    name: str
    checksum: str  # md5, or sha256 where it has 64 digits

    @property
    def url(self) -> str:
        return self.folder + self.name


FILES = {
    "vgg16": WeightsFile(
        TENSORFLOW + "vgg16/",
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "6d6bbae143d832006294945121d1f1fc",
    ),
    "vgg19": WeightsFile(
        TENSORFLOW + "vgg19/",
        "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "253f8cb515780f3b799900260a226db6",
    ),
    "efficientnetb0": WeightsFile(
        HOST + "keras-applications/", "efficientnetb0_notop.h5", "50bc09e76180e00e4465e1a485ddc09d"
    ),
    "efficientnetb7": WeightsFile(
        HOST + "keras-applications/", "efficientnetb7_notop.h5", "cbcfe4450ddf6f3ad90b1b398090fe4a"
    ),
    "efficientnetv2b0": WeightsFile(
        TENSORFLOW + "efficientnet_v2/", "efficientnetv2-b0_notop.h5", "893217f2bb855e2983157299931e43ff"
    ),
    "efficientnetv2l": WeightsFile(
        TENSORFLOW + "efficientnet_v2/", "efficientnetv2-l_notop.h5", "b0b66b5c863aef5b46e8608fe1711615"
    ),
    "convnextlarge": WeightsFile(
        TENSORFLOW + "convnext/",
        "convnext_large_notop.h5",
        "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
    ),
}


def imagenet_file(backbone: str) -> Path:
    """A net's ImageNet weights: where Keras keeps them, downloaded if they are not there.

    Raises InputError if they cannot be downloaded (in less than 20 seconds where there is no
    network), or if the file that lies there has another checksum; it is left as it is.
    """
    file = FILES[backbone]
    path = keras_folder() / file.name
    if path.exists():
        require_checksum(path, file)
        return path
    try:
        return download(file, path)
    except Exception as error:  # whatever a network and a disk can do
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"cannot download the ImageNet weights of {backbone} ({reason}): put {file.name}, from "
            f"{file.folder}, into {path.parent}, or choose --set weights=<path of the file>, "
            "--set weights=none (random), or --set backbone=lite0, whose weights come with pip"
        ) from error


def keras_folder() -> Path:
    """Where keras.applications keeps its weights: `models` in $KERAS_HOME or ~/.keras."""
    return keras_settings.users_home() / "models"


def require_checksum(path: Path, file: WeightsFile) -> None:
    """Raises InputError unless the file at `path` has the checksum of `file`."""
    kind = "sha256" if len(file.checksum) == 64 else "md5"
    try:
        with open(path, "rb") as content:
            actual = hashlib.file_digest(content, kind).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read the weights file {path}: {error.strerror}") from error
    if actual != file.checksum:
        raise InputError(
            f"{path} is incomplete or another file: its {kind} is {actual}, expected {file.checksum}; "
            "remove it and it is downloaded again, or name it with --set weights=<path> if you trust it"
        )


def download(file: WeightsFile, path: Path) -> Path:
    """Fetches `file` to `path` by Keras's own download, which checks it. Returns the path.

    Under its final name the file is whole. Raises what goes wrong, TimeoutError if nothing comes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f"{file.name}-*.partial"):
        with contextlib.suppress(FileNotFoundError):  # removed by another process meanwhile
            if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(leftover, ignore_errors=True)
    partial = tempfile.TemporaryDirectory(
        ".partial", f"{file.name}-", dir=path.parent, ignore_cleanup_errors=True
    )
    with partial as folder, _sockets_give_up():
        arriving = _in_background(
            lambda: keras.utils.get_file(file.name, file.url, cache_subdir=folder, file_hash=file.checksum)
        )
        deadline = time.monotonic() + ANSWER_SECONDS
        while not arriving.done() and not os.listdir(folder):  # until the first byte
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer in {ANSWER_SECONDS:.0f} seconds")
            concurrent.futures.wait([arriving], timeout=0.1)
        fetched = Path(arriving.result())
        return fetched.replace(path) if fetched.parent == Path(folder) else fetched


@contextlib.contextmanager
def _sockets_give_up() -> Iterator[None]:
    """Within, no connection waits longer than SILENCE_SECONDS; Keras's download has no such limit."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _in_background(function: Callable[[], str]) -> concurrent.futures.Future[str]:
    """The future result of a function, from a thread that does not keep the process alive.

    A name server that does not answer cannot be interrupted, only left behind.
    """
    future = concurrent.futures.Future[str]()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
