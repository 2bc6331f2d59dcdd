"""ImageNet weights of keras.applications: Keras's own files, checked, and no waiting without a network."""

import contextlib
import hashlib
import http.server
import inspect
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import keras
import pytest
from keras.src.applications import convnext, efficientnet, efficientnet_v2

from plants.errors import InputError
from plants.nets import applications, download
from plants.nets.download import FILES, WeightsFile

REPO = Path(__file__).parents[2]
CONTENT = bytes(range(256)) * 400  # of a small stand-in for a weights file
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.mark.parametrize(
    "name, module, key",
    [
        ("efficientnetb0", efficientnet, "b0"),
        ("efficientnetb7", efficientnet, "b7"),
        ("efficientnetv2b0", efficientnet_v2, "b0"),
        ("efficientnetv2l", efficientnet_v2, "-l"),
        ("convnextlarge", convnext, "convnext_large"),
    ],
)
def test_files_are_those_of_the_installed_keras(name, module, key):
    maker = inspect.signature(applications.MAKERS[name])
    file = WeightsFile(
        module.BASE_WEIGHTS_PATH,
        maker.parameters["name"].default + "_notop.h5",
        module.WEIGHTS_HASHES[key][1],
    )
    assert FILES[name] == file


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_files_of_vgg_are_those_that_keras_would_download(name, monkeypatch):
    def stop(fname, origin, file_hash, **_):
        raise LookupError(fname, origin, file_hash)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", stop)
    with pytest.raises(LookupError) as caught:
        applications.MAKERS[name](include_top=False, weights="imagenet")
    assert caught.value.args == (FILES[name].name, FILES[name].url, FILES[name].checksum)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Keras's folder of weights, empty; a download would use it."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "models"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, content, *, silent_after=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.silent_after, self.requests = content, silent_after, 0
        self.released = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests += 1
        if server.silent_after is None:
            self.answer(server.content)
        else:
            if server.silent_after:
                self.answer(server.content[: server.silent_after])
            server.released.wait(30)

    def answer(self, sent):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(sent)
        self.wfile.flush()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(monkeypatch, content=CONTENT, **options):
    """A server that has vgg16's file, whose checksum is that of CONTENT."""
    server = Server(content, **options)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setitem(FILES, "vgg16", WeightsFile(address, "vgg16_notop.h5", MD5))
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()


def test_a_file_is_downloaded_once_and_then_needs_no_network(folder, monkeypatch):
    with serving(monkeypatch) as server:
        path = download.imagenet_file("vgg16")
        assert download.imagenet_file("vgg16") == path
    assert path == folder / "vgg16_notop.h5"
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in folder.iterdir()] == ["vgg16_notop.h5"]
    assert server.requests == 1
    assert download.imagenet_file("vgg16") == path


def test_what_a_download_killed_days_ago_left_is_removed_by_the_next_one(folder, monkeypatch):
    left = {
        name: folder / f"{name}.partial" for name in ("vgg16_notop.h5-old", "vgg16_notop.h5-new", "other")
    }
    for path in left.values():
        path.mkdir(parents=True)
        (path / "half.h5").touch()
    for name in ("vgg16_notop.h5-old", "other"):
        os.utime(left[name], (0, 0))
    with serving(monkeypatch):
        download.imagenet_file("vgg16")
    assert {path.name for path in folder.iterdir()} == {
        *("vgg16_notop.h5", "vgg16_notop.h5-new.partial", "other.partial")
    }


def test_a_sha256_is_checked_too(folder, monkeypatch):
    folder.mkdir(parents=True)
    (folder / "some.h5").write_bytes(CONTENT)
    right, wrong = hashlib.sha256(CONTENT).hexdigest(), "0" * 64
    monkeypatch.setitem(FILES, "vgg16", WeightsFile("", "some.h5", right))
    assert download.imagenet_file("vgg16") == folder / "some.h5"
    monkeypatch.setitem(FILES, "vgg16", WeightsFile("", "some.h5", wrong))
    with pytest.raises(InputError, match=f"its sha256 is {right}, expected {wrong}; remove it"):
        download.imagenet_file("vgg16")


def test_a_file_with_another_checksum_is_refused_and_left_as_it_is(folder, monkeypatch):
    folder.mkdir(parents=True)
    (folder / "vgg16_notop.h5").write_bytes(b"half a file")
    found = hashlib.md5(b"half a file").hexdigest()
    with serving(monkeypatch) as server:
        with pytest.raises(InputError, match=rf"is incomplete or another file: its md5 is {found}, expected"):
            download.imagenet_file("vgg16")
    assert server.requests == 0
    assert (folder / "vgg16_notop.h5").read_bytes() == b"half a file"


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"!", CONTENT[:1000]])
def test_a_download_with_another_checksum_leaves_nothing(content, folder, monkeypatch):
    with serving(monkeypatch, content):
        with pytest.raises(InputError, match=r"\(Incomplete or corrupted file.*\): put vgg16_notop.h5"):
            download.imagenet_file("vgg16")
    assert list(folder.iterdir()) == []


def says_what_to_do(error, folder):
    message = str(error)
    assert "\n" not in message
    for part in (
        "vgg16_notop.h5",
        str(folder),
        "--set weights=<path",
        "--set weights=none",
        "backbone=lite0",
    ):
        assert part in message
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("silent_after", [0, 1000])
def test_a_server_that_falls_silent_is_not_waited_for(silent_after, folder, monkeypatch):
    monkeypatch.setattr(download, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(download, "SILENCE_SECONDS", 1.5)
    started = time.monotonic()
    with serving(monkeypatch, silent_after=silent_after):
        with pytest.raises(InputError, match="no answer in 1 seconds|timed out") as caught:
            download.imagenet_file("vgg16")
    assert time.monotonic() - started < 5
    says_what_to_do(caught.value, folder)


def test_a_name_server_that_hangs_is_given_up_in_time(folder, monkeypatch):
    monkeypatch.setattr(download, "ANSWER_SECONDS", 1.0)
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(60) or 1 / 0)
    started = time.monotonic()
    with pytest.raises(
        InputError, match=r"of vgg16 \(no answer in 1 seconds\): put vgg16_weights_tf"
    ) as caught:
        download.imagenet_file("vgg16")
    assert time.monotonic() - started < 5
    release.set()
    assert str(folder) in str(caught.value)


def test_without_a_network_the_message_says_what_to_do(folder, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setitem(FILES, "vgg16", WeightsFile("https://weights.example/", "vgg16_notop.h5", MD5))
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    message = (
        r"^cannot download the ImageNet weights of vgg16 \(URL fetch failure.*Name or service not known.*\)"
    )
    with pytest.raises(InputError, match=message) as caught:
        download.imagenet_file("vgg16")
    says_what_to_do(caught.value, folder)
    assert "from https://weights.example/, into" in str(caught.value)


@pytest.mark.rest
@pytest.mark.parametrize("folds", [[], ["--folds", "2"]])
def test_train_says_so_in_under_20_seconds_and_leaves_nothing(folds, class_folders, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the worst of networks: nothing is refused
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        call = ["train.py", "--recipe", "efficientnetv2l", "--data", class_folders, *folds]
        process = subprocess.Popen(
            [sys.executable, REPO / call[0], *call[1:]],
            env=os.environ | {"https_proxy": proxy, "no_proxy": "", "KERAS_HOME": str(tmp_path / "keras")},
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        silent.settimeout(120)
        with silent.accept()[0]:  # from here on it waits, whatever its imports took
            started = time.monotonic()
            _, stderr = process.communicate()
            seconds = time.monotonic() - started
    assert process.returncode == 2
    message = r"^error: cannot download the ImageNet weights of efficientnetv2l \(no answer in 5 seconds\)"
    assert re.search(message + ": put efficientnetv2-l_notop.h5, from", stderr.splitlines()[-1])
    assert seconds < 15
    assert {path.name for path in tmp_path.iterdir()} == {"tiny", "keras"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match=rf"\(.*{re.escape(str(tmp_path))}/file/models.*\): put vgg16"):
        download.imagenet_file("vgg16")


def test_ctrl_c_leaves_nothing_and_connections_wait_as_before(folder, monkeypatch):
    with serving(monkeypatch, silent_after=0) as server:

        def interrupted(*_, **__):
            while not server.requests:
                time.sleep(0.01)
            raise KeyboardInterrupt

        monkeypatch.setattr(download.concurrent.futures, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            download.imagenet_file("vgg16")
        assert list(folder.iterdir()) == []
    assert socket.getdefaulttimeout() is None


def test_keras_keeps_its_weights_in_the_home_folder_unless_told_otherwise(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert download.keras_folder() == tmp_path / ".keras" / "models"
    monkeypatch.setenv("KERAS_HOME", "/somewhere")
    assert str(download.keras_folder()) == "/somewhere/models"


def test_a_download_that_another_tool_serves_is_used_where_it_lies(folder, monkeypatch, tmp_path):
    (tmp_path / "mirror.h5").write_bytes(CONTENT)
    monkeypatch.setattr(keras.utils, "get_file", lambda *_, **__: str(tmp_path / "mirror.h5"))
    assert download.imagenet_file("vgg16") == tmp_path / "mirror.h5"
    assert list(folder.iterdir()) == []
    assert (tmp_path / "mirror.h5").exists()
