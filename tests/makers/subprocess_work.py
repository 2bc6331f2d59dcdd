"""What the tests of plants.runs.in_subprocess do in processes of their own."""

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path

from plants.errors import InputError

LEFT_BEHIND = []


def write_process(path, text="done"):
    Path(path).write_text(f"{os.getpid()} {text}")


def note_what_is_left(path):
    """Writes how many calls before this one left something in the module."""
    with open(path, "a") as file:
        file.write(f"{len(LEFT_BEHIND)} {'tensorflow' in sys.modules}\n")
    LEFT_BEHIND.append(path)


def refuse():
    raise InputError("got 3, expected 4")


def interrupt():
    raise KeyboardInterrupt


def die(code):
    os.kill(os.getpid(), signal.SIGKILL) if code < 0 else os._exit(code)


def wait(path, seconds=60):
    """Says that it has begun, waits, and says how it was stopped."""
    write_process(path, "begun")
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        write_process(path, "stopping")
        time.sleep(0.5)
        write_process(path, "stopped")
        raise


@dataclasses.dataclass(frozen=True)
class Job:
    """A `jobs.Job` that does what it is told to, with its folder as the argument if there is one."""

    work: object
    folder: Path = None
    title: str = "working"

    def run(self):
        self.work(self.folder / "said") if self.folder else self.work()
        return self.folder


def say_much(path):
    """Says more than a pipe holds, in letters that not every stream has, then that it has done it."""
    for number in range(2000):
        print("樫の木", number, "x" * 60)
    write_process(path)
