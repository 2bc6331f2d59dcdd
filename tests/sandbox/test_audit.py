"""What the audit hook notes inside a submission's process, and what it takes for nothing."""

import errno
import ftplib
import http.client
import os
import socket
import subprocess
import sys
import urllib.error

import numpy as np
import pytest
from judging import codes, judge, told
from submissions.making import RETURN, predicting

from plants.sandbox.inside import audit


@pytest.fixture
def hook(monkeypatch):
    """One that is told of events by hand, in predict."""
    monkeypatch.setattr(sys, "addaudithook", lambda hook: None)
    found = audit.AuditHook(cut_network=False)
    found.phase = "predict"
    return found


def noted(hook, event, *args):
    hook._hook(event, args)
    return [(note["kind"], note["what"]) for note in hook.take_notes()]


LOOPBACK = (
    *("localhost", "LOCALHOST", "a.localhost", "localhost.localdomain", "ip6-localhost"),
    *("127.0.0.1", "127.1.2.3", "::1", "::", "0.0.0.0", "::ffff:127.0.0.1"),
)


@pytest.mark.parametrize("host", [*LOOPBACK, b"localhost", "", None, socket.gethostname()])
def test_to_look_up_its_own_machine_is_no_attempt(host, hook):
    assert noted(hook, "socket.getaddrinfo", host, 80, 0, 0, 0) == []


@pytest.mark.parametrize("host", LOOPBACK)
def test_to_connect_to_its_own_machine_is_no_attempt(host, hook):
    with socket.socket() as any_socket:
        assert noted(hook, "socket.connect", any_socket, (host, 1)) == []


@pytest.mark.parametrize("host", ["localhost.example", "127.0.0.1.example", "pool.example"])
def test_another_name_is_a_lookup(host, hook):
    assert noted(hook, "socket.getaddrinfo", host, 80, 0, 0, 0) == [("lookup", f"{host}:80")]


def test_a_name_looked_up_by_what_sends_was_to_be_reached(hook, monkeypatch):
    """Where it is not found, as here, nothing else shows of the request."""

    def look_up(*args):
        hook._hook("socket.getaddrinfo", args)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for send in (http.client.HTTPConnection("a.example").connect, lambda: ftplib.FTP("a.example")):
        with pytest.raises(socket.gaierror, match="no such name"):
            send()
    assert [(note["kind"], note["what"]) for note in hook.take_notes()] == [
        ("network", "a.example:80"),
        ("network", "a.example:21"),
    ]


def test_an_address_is_noted_when_it_is_connected_to(hook):
    assert noted(hook, "socket.getaddrinfo", "192.0.2.1", 80, 0, 0, 0) == []
    with socket.socket() as any_socket:
        assert noted(hook, "socket.connect", any_socket, ("192.0.2.1", 80)) == [("network", "192.0.2.1:80")]


def test_where_no_wall_does_so_the_hook_cuts_the_network_and_loopback_too(hook):
    hook.cut_network = True
    with socket.socket() as any_socket:
        for address in (("192.0.2.1", 80), ("127.0.0.1", 80)):
            with pytest.raises(OSError, match="unreachable"):
                noted(hook, "socket.connect", any_socket, address)
        noted(hook, "socket.bind", any_socket, ("127.0.0.1", 0))
        hook._hook("socket.connect", (any_socket, ("127.0.0.1", 80)))  # it is its own server


def test_a_program_that_downloads_is_noted(hook):
    assert noted(hook, "os.system", b"wget http://a/b") == [("download", "wget http://a/b")]
    assert noted(hook, "os.system", b"ls") == []


@pytest.mark.parametrize("name", ["cmdline", "environ", "task/1/maps", "fd/3"])
def test_secrets_of_its_own_processes_are_its_own(name, hook):
    with subprocess.Popen(["sleep", "60"]) as own:
        assert noted(hook, "open", f"/proc/{own.pid}/{name}", "r", 0) == []
        own.kill()
    assert noted(hook, "open", f"/proc/{own.pid}/{name}", "r", 0) == []  # it has ended
    assert noted(hook, "open", f"/proc/{os.getpid()}/{name}", "r", 0) == []


def test_secrets_of_others_are_noted(hook):
    pid = os.getppid()
    assert noted(hook, "open", "/proc/1/cmdline", "r", 0) == [("truth", "/proc/1/cmdline")]
    assert noted(hook, "open", f"/proc/{pid}/cmdline", "r", 0) == [("truth", f"/proc/{pid}/cmdline")]


@pytest.mark.parametrize(
    "path, is_truth",
    [
        ("/reference/labels.npy", True),
        ("/app/input/ref/y_test.npy", True),
        ("/app/input/reference_data/answer.txt", True),
        ("../labels.npy", True),  # beside its own folder
        ("/content/drive/MyDrive/labels.json", False),  # where its maker had it
        ("/home/ada/plants/labels.txt", False),
        ("labels.json", False),
        ("/reference/weights.h5", False),
    ],
)
def test_a_file_that_names_labels_is_noted_unless_it_is_its_own(path, is_truth, hook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hook.own, hook.folder = [], str(tmp_path)
    expected = [("truth", os.path.normpath(tmp_path / path))] if is_truth else []
    assert noted(hook, "open", path, "r", 0) == expected


@pytest.mark.parametrize("event", ["os.listdir", "os.scandir"])
def test_a_folder_that_is_looked_through_counts_as_a_file_of_its_name(event, hook):
    assert noted(hook, event, "/reference") == [("truth", "/reference")]
    assert noted(hook, event, "/data") == []


def test_a_plain_type_in_place_of_a_librarys_is_no_patch(hook, monkeypatch):
    """As older code needs it: numpy 2 has another np.bool than numpy 1.20 had."""
    hook.remember_libraries()
    for name, value in (
        ("bool_", bool),
        ("float64", float),
        ("zeros", bool),
        ("int64", np.ones(2)),
        ("save", print),
    ):
        monkeypatch.setattr(np, name, value)
    (patch,) = hook.take_notes()
    assert (patch["kind"], set(patch["what"].split(", "))) == (
        "patch",
        {"numpy.zeros", "numpy.int64", "numpy.save"},
    )
    assert hook.take_notes() == []  # said once


def raised(raise_it):
    try:
        raise_it()
    except Exception as error:
        return error


def wrapped(first, second, *, explicitly):
    def raise_it():
        try:
            raise first
        except Exception as error:
            if explicitly:
                raise second from error
            raise second  # noqa: B904

    return raised(raise_it)


@pytest.mark.parametrize(
    "error, is_of_network",
    [
        (urllib.error.URLError("x"), True),
        (socket.gaierror(-3, "x"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (OSError(errno.ENETUNREACH, "x"), True),
        (type("MaxRetryError", (Exception,), {"__module__": "urllib3.exceptions"})(), True),
        (wrapped(urllib.error.URLError("x"), Exception("URL fetch failure"), explicitly=False), True),
        (wrapped(ConnectionResetError(), ValueError("x"), explicitly=True), True),
        (ZeroDivisionError(), False),
        (FileNotFoundError(errno.ENOENT, "x"), False),
        (wrapped(KeyError("x"), ValueError("x"), explicitly=False), False),
    ],
)
def test_an_exception_is_of_the_network_if_it_or_one_that_led_to_it_is(error, is_of_network, hook):
    assert hook.is_of_network(error) == is_of_network


def test_exceptions_that_led_to_one_another_in_a_circle_end():
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert not audit.AuditHook.is_of_network(one)


CAUGHT = "import socket\ntry:\n    {}\nexcept OSError:\n    pass\n"


@pytest.mark.parametrize("host", ["localhost", "pool.example"])
def test_a_caught_look_up_in_predict_is_accepted(host, tmp_path):
    body = CAUGHT.format(f"socket.getaddrinfo({host!r}, 80)") + RETURN
    result = judge(predicting(tmp_path / "a.zip", body))
    assert told(result) == []
    assert [note for note in result.notes if "tried to reach" in note] == [
        f"tried to reach {found}:80 in predict and went on without: the server has no internet"
        for found in [host]
        if found != "localhost"
    ]


def test_looking_around_and_trying_old_places_is_accepted_without_a_note(tmp_path):
    body = """\
import glob, os, pathlib
found = [*os.walk('/data'), *glob.glob('/home/*'), *os.walk('/data/deep'), *os.listdir(self.path)]
for place in ('/content/drive/MyDrive/labels.json', os.path.join(self.path, 'labels.json')):
    try:
        open(place).read()
    except OSError:
        pass
"""
    result = judge(predicting(tmp_path / "a.zip", body + RETURN))
    assert codes(result) == ["CON08"]  # a warning: these paths exist on one machine only
    assert [note for note in result.notes if not note.startswith("no manifest.json")] == []


def test_reading_the_command_line_of_ones_own_worker_is_accepted(tmp_path):
    body = "import subprocess\nwith subprocess.Popen(['sleep', '9']) as own:\n"
    body += "    open(f'/proc/{own.pid}/cmdline').read()\n    own.kill()\n"
    assert told(judge(predicting(tmp_path / "a.zip", body + RETURN))) == []


def test_what_fails_for_another_reason_is_not_laid_on_the_network(tmp_path):
    caught = CAUGHT.format("socket.create_connection(('192.0.2.1', 80), timeout=1)")
    result = judge(predicting(tmp_path / "a.zip", caught + "1 / 0\n"))
    assert codes(result) == ["RUN01"]
    assert "tried to reach 192.0.2.1:80 in predict" in " ".join(result.notes)


def test_what_fails_for_want_of_a_network_is_laid_on_it(tmp_path):
    result = judge(predicting(tmp_path / "a.zip", "import socket\nsocket.getaddrinfo('pool.example', 80)\n"))
    assert codes(result) == ["ENV04"]
    assert not any("tried to reach" in note for note in result.notes)
