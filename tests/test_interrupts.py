"""Ctrl-C, held back or ignored for a moment, whichever thread the system gives it to."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from plants import interrupts


@pytest.fixture
def other_thread():
    """A thread that does not hold Ctrl-C back, as TensorFlow's many."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    yield
    ended.set()
    thread.join()


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)  # Python looks for signals between its own steps


@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_waits_until_the_block_has_ended(other_thread, times):
    done = []
    with pytest.raises(KeyboardInterrupt):
        with interrupts.held_back():
            for _ in range(times):
                press_ctrl_c()
            done.append("the block")
        done.append("behind the block")
    assert done == ["the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_the_block_is_as_any_other(other_thread):
    with pytest.raises(ValueError, match="its own"), interrupts.held_back():
        raise ValueError("its own")
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()


def test_ctrl_c_is_ignored_where_it_would_leave_something_half_done(other_thread):
    with interrupts.ignored():
        press_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()


def a_library_that_goes_on_whatever_comes():
    try:
        press_ctrl_c()
    except:  # noqa: E722  Keras has such ones
        pass


def a_library_that_makes_a_value_error_of_whatever_comes():
    try:
        press_ctrl_c()
    except:  # noqa: E722
        raise ValueError("cannot interpret the dtype")  # noqa: B904


def test_a_ctrl_c_that_no_library_loses_comes_at_once(other_thread):
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts.reraise_lost_interrupts():
        press_ctrl_c()
        done.append("behind it")
    assert not done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_that_a_library_loses_comes_again_where_it_is_asked_for(other_thread):
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts.reraise_lost_interrupts() as stop_if_asked:
        stop_if_asked()
        a_library_that_goes_on_whatever_comes()
        done.append("the step")
        stop_if_asked()
        done.append("the next step")
    assert done == ["the step"]


@pytest.mark.parametrize(
    "library", [a_library_that_goes_on_whatever_comes, a_library_that_makes_a_value_error_of_whatever_comes]
)
def test_a_ctrl_c_that_a_library_loses_comes_again_at_the_end_of_the_block(other_thread, library):
    with pytest.raises(KeyboardInterrupt), interrupts.reraise_lost_interrupts():
        library()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_that_the_shell_had_ignored_stays_ignored():
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.reraise_lost_interrupts() as stop_if_asked:
            press_ctrl_c()
            stop_if_asked()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, previous)


class RunsWhenItIsFinalized:
    def __init__(self, function):
        self.function = function

    def __del__(self):
        self.function()


def test_a_ctrl_c_that_a_finalizer_loses_comes_again_and_prints_no_traceback(monkeypatch):
    printed = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: printed.append(lost.exc_type))
    with pytest.raises(KeyboardInterrupt), interrupts.reraise_lost_interrupts():
        RunsWhenItIsFinalized(press_ctrl_c)
    assert printed == []
    with interrupts.reraise_lost_interrupts():
        RunsWhenItIsFinalized([].pop)
    RunsWhenItIsFinalized([].pop)
    assert printed == [IndexError, IndexError]  # other errors as ever, in the block and behind it


def test_an_error_that_no_ctrl_c_came_before_stays_what_it_is():
    with pytest.raises(ValueError, match="its own"), interrupts.reraise_lost_interrupts():
        raise ValueError("its own")


CHILD = """
import os, signal, time
from plants import interrupts
os.kill(os.getpid(), signal.SIGINT)
time.sleep(0.05)
print("not yet", flush=True)
try:
    interrupts.let_through()
    time.sleep(5)
except KeyboardInterrupt:
    print("now")
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="this system has no masks of signals")
def test_a_process_begins_with_what_it_was_handed_down_until_it_lets_ctrl_c_through():
    with interrupts.handed_down():
        done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("not yet\nnow\n", "")


# Kills


def kill(number):
    os.kill(os.getpid(), number)
    time.sleep(0.05)


@pytest.mark.parametrize("number", interrupts.KILLS)
def test_a_kill_and_the_end_of_the_terminal_do_what_ctrl_c_does_at_the_moment(number, other_thread):
    before, done = signal.getsignal(number), []
    with interrupts.kills_as_ctrl_c():
        with pytest.raises(KeyboardInterrupt):
            kill(number)
        with interrupts.ignored():
            kill(number)
        with pytest.raises(KeyboardInterrupt), interrupts.held_back():
            kill(number)
            done.append("the block")
        with pytest.raises(KeyboardInterrupt), interrupts.reraise_lost_interrupts() as stop_if_asked:
            with contextlib.suppress(KeyboardInterrupt):
                kill(number)
            stop_if_asked()
    assert done == ["the block"] and signal.getsignal(number) is before


KILLED = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for what it starts with an &
from plants import commandline

def command(_):
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
    time.sleep(5)

commandline.run(command)
"""


@pytest.mark.parametrize("number", interrupts.KILLS)
def test_a_kill_ends_a_command_that_no_ctrl_c_reaches(number):
    done = subprocess.run([sys.executable, "-c", KILLED, number.name], capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (-number, b"")


def test_a_command_that_nohup_protects_outlives_its_terminal():
    code = "import os, signal\nfrom plants import commandline\n"
    code += "commandline.run(lambda _: os.kill(os.getpid(), signal.SIGHUP) or print('goes on'))"
    done = subprocess.run(["nohup", sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "goes on\n")
