"""Each probe for a way to the labels finds it where it is open; test_walls.py has the walls."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import canaries
import pytest

SECRET = "CanaryWord"


@contextlib.contextmanager
def another(*arguments, **how):
    """The number of a process that sleeps."""
    with subprocess.Popen(["sh", "-c", "echo; read line", *arguments], stdout=-1, stdin=-1, **how) as process:
        process.stdout.readline()  # it is what it was started as
        yield process.pid
        process.kill()


@contextlib.contextmanager
def a_file(path):
    path.parent.mkdir(exist_ok=True)
    path.write_text(SECRET)
    try:
        yield
    finally:
        path.unlink()


@contextlib.contextmanager
def a_named_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        yield


@contextlib.contextmanager
def inherited(path):
    with a_file(path), path.open():
        yield


@contextlib.contextmanager
def an_open_file_of_another(path):
    with a_file(path), path.open() as file, another(pass_fds=[file.fileno()]):
        os.set_inheritable(file.fileno(), False)
        yield


def opened(name, tmp_path, monkeypatch):
    """A context in which the way that the probe `name` tries is open; gives the harness's process, if any."""
    secret = tmp_path / "data" / SECRET
    if name == "files_nearby":
        (tmp_path / "work").mkdir()
        monkeypatch.chdir(tmp_path / "work")
    if name == "environment":
        monkeypatch.setenv("ANY_NAME", SECRET)
    if name == "network":
        monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    if name == "arguments":  # of a process that was started with it
        monkeypatch.setattr(canaries, "read", lambda path: own_command_line(path, SECRET))
    return {
        "files_by_path": lambda: a_file(secret),
        "files_by_search": lambda: a_file(Path("/tmp") / f"{SECRET}{os.getpid()}"),
        "files_nearby": lambda: a_file(secret),
        "environment_of_others": lambda: another(env={"ANY_NAME": SECRET, "PATH": os.environ["PATH"]}),
        "arguments_of_others": lambda: another(SECRET),
        "descriptors": lambda: inherited(secret),
        "descriptors_of_others": lambda: an_open_file_of_another(secret),
        "tracing_the_harness": another,
        "shared_memory": lambda: a_file(Path("/dev/shm") / f"any{os.getpid()}"),
        "sockets_of_others": lambda: a_named_socket(tmp_path / "s"),
        "objects_in_its_process": lambda: contextlib.nullcontext([SECRET, "beside it"]),
    }.get(name, contextlib.nullcontext)()


def own_command_line(path, argument):
    program = f"print(open({path!r}).read())"
    return subprocess.run([sys.executable, "-c", program, argument], check=True, stdout=-1).stdout


PROBES = (*canaries.PROBES, canaries.objects_in_its_process)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
def test_a_probe_finds_its_way_where_it_is_open(probe, tmp_path, monkeypatch):
    words = [SECRET, str(tmp_path / "data" / SECRET)]
    with opened(probe.__name__, tmp_path, monkeypatch) as found:
        pid = found if isinstance(found, int) else os.getpid()
        assert canaries.open_ways(words, pid, [probe]) == [probe.__doc__]


@pytest.mark.parametrize(
    "name",
    ["files_by_path", "files_nearby", "environment", "environment_of_others", "arguments"]
    + ["arguments_of_others", "descriptors", "descriptors_of_others"],
)
def test_a_probe_finds_nothing_where_there_is_no_such_word(name, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert canaries.open_ways(["/no/such/Word" + "Anywhere"], os.getpid(), [getattr(canaries, name)]) == []


def test_the_memory_of_the_harness_is_found_open_without_a_word_to_look_for():
    with another() as pid:
        assert canaries.open_ways([], pid, [canaries.memory_of_the_harness]) == ["the memory of the harness"]
    assert canaries.open_ways([], pid, [canaries.memory_of_the_harness]) == []  # it has ended
