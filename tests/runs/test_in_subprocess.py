"""A function in a process of its own: how it ends, and that nothing of it is left."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest
import subprocess_work

from plants.errors import InputError
from plants.runs.in_subprocess import run_in_subprocess

REPO = Path(__file__).parents[2]
CALL = """
import sys, time
from pathlib import Path
import subprocess_work
from plants import commandline
from plants.runs.in_subprocess import run_in_subprocess

def wait(_):
    print("ready", flush=True)  # a Ctrl-C before it would be the interpreter's own
    run_in_subprocess(subprocess_work.wait, sys.argv[1], doing="waiting")

if __name__ == "__main__":
    sys.exit(commandline.run(wait))
Path(sys.argv[1]).write_text("starting")  # here in the process of its own, which imports this file too
time.sleep(1)
"""


def start(tmp_path):
    """A command whose subprocess writes to `said`; it leads a process group, as under a shell."""
    script = tmp_path / "command.py"
    script.write_text(CALL)
    return subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "said")],
        env=os.environ | {"PYTHONPATH": f"{REPO}{os.pathsep}{REPO / 'tests' / 'makers'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def said(path, word):
    return path.exists() and path.read_text().endswith(word)


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    # A child that nobody has collected yet has ended all the same.
    status = Path(f"/proc/{process_id}/stat")
    return not status.exists() or status.read_text().split()[2] != "Z"


def test_the_function_runs_in_another_process_of_another_group(tmp_path):
    run_in_subprocess(subprocess_work.write_process, tmp_path / "said", doing="writing")
    process, word = (tmp_path / "said").read_text().split()
    assert word == "done" and int(process) != os.getpid()


def test_nothing_of_one_call_is_left_for_the_next(tmp_path):
    subprocess_work.LEFT_BEHIND.append("in the parent")
    for _ in range(2):
        run_in_subprocess(subprocess_work.note_what_is_left, tmp_path / "said", doing="noting")
    assert (tmp_path / "said").read_text() == "0 False\n0 False\n"


def test_bad_input_comes_through_with_its_message():
    with pytest.raises(InputError, match="^got 3, expected 4$"):
        run_in_subprocess(subprocess_work.refuse, doing="refusing")


def test_an_interruption_comes_through():
    with pytest.raises(KeyboardInterrupt):
        run_in_subprocess(subprocess_work.interrupt, doing="stopping")


def test_a_process_that_is_killed_is_bad_input_with_the_remedy():
    message = r"^training it: its process ended with code -9 and no word; .* lower batch_size"
    with pytest.raises(InputError, match=message):
        run_in_subprocess(subprocess_work.die, -9, doing="training it")


def test_a_process_that_ends_by_a_defect_is_one_here_too():
    with pytest.raises(RuntimeError, match="^training it: its process ended with code 7$"):
        run_in_subprocess(subprocess_work.die, 7, doing="training it")


def test_ctrl_c_reaches_the_function_once_and_waits_for_it(tmp_path):
    def interrupt():
        wait_for(lambda: said(tmp_path / "said", "begun"))
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        wait_for(lambda: said(tmp_path / "said", "stopping"))
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # an impatient second one

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_in_subprocess(subprocess_work.wait, tmp_path / "said", doing="waiting")
    thread.join()
    assert said(tmp_path / "said", "stopped")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_terminals_ctrl_c_is_told_once_and_leaves_no_traceback(tmp_path):
    process = start(tmp_path)
    wait_for(lambda: said(tmp_path / "said", "begun"))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert said(tmp_path / "said", "stopped")


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.2])  # seconds after the command begins
def test_ctrl_c_soon_after_the_start_leaves_no_traceback_and_no_process(tmp_path, delay):
    process = start(tmp_path)
    assert process.stdout.readline() == "ready\n"
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)  # ends when no process holds the pipe any more
    assert (process.returncode, err) == (130, "interrupted\n")


def test_ctrl_c_while_the_process_imports_leaves_no_traceback_and_no_process(tmp_path):
    process = start(tmp_path)
    wait_for(lambda: said(tmp_path / "said", "starting"))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert said(tmp_path / "said", "starting")  # the function never began


def test_ctrl_c_just_when_the_process_starts_reaches_it_too(tmp_path, monkeypatch):
    begin = SpawnProcess.start

    def start_and_interrupt(process):
        begin(process)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    monkeypatch.setattr(SpawnProcess, "start", start_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_in_subprocess(subprocess_work.wait, tmp_path / "said", doing="waiting")
    assert multiprocessing.active_children() == []
    assert not (tmp_path / "said").exists()


def test_the_process_dies_with_its_parent(tmp_path):
    process = start(tmp_path)
    wait_for(lambda: said(tmp_path / "said", "begun"))
    child = int((tmp_path / "said").read_text().split()[0])
    assert child != process.pid and is_alive(child)
    process.kill()
    process.communicate(timeout=30)
    wait_for(lambda: not is_alive(child))
    assert said(tmp_path / "said", "begun")  # it was not asked to stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_is_passed_on_as_a_ctrl_c_is(number, tmp_path):
    process = start(tmp_path)
    wait_for(lambda: said(tmp_path / "said", "begun"))
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert said(tmp_path / "said", "stopped")


def test_a_kill_of_every_process_at_once_is_told_once(tmp_path):
    process = start(tmp_path)
    wait_for(lambda: said(tmp_path / "said", "begun"))
    child = int((tmp_path / "said").read_text().split()[0])
    os.kill(child, signal.SIGTERM)  # as systemd and batch systems end all that belongs to a job
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert said(tmp_path / "said", "stopped")
