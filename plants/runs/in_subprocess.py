"""A function in a process of its own: nothing of one training is left for the next.

What Keras and TensorFlow gather (keras#20552) ends with the process. It ends with its parent,
however that ends, and is told of a Ctrl-C once, so that it may conclude what it does.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from plants import interrupts, streams
from plants.errors import InputError

DONE, STOPPED, REFUSED = "done", "stopped", "refused"
HAS_GROUPS = hasattr(os, "setpgrp")  # not on Windows, where os.kill ends a process without a word


def run_in_subprocess(function: Callable[..., object], *arguments: Any, doing: str) -> None:
    """Calls a function of a module, or a method, in a fresh process; what it returns is lost.

    `doing` says what it does, for messages. Raises the InputError or KeyboardInterrupt that ended the
    function, and InputError if the process died.
    """
    sys.stdout.flush()  # before the child says more
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(there, function, arguments))
    try:
        with interrupts.held_back(), interrupts.handed_down():  # until the child is ready for it
            process.start()
            there.close()
        process.join()
    except KeyboardInterrupt:
        with interrupts.ignored():
            if process.is_alive() and process.pid:
                if HAS_GROUPS:  # else the terminal has told it, too
                    os.kill(process.pid, signal.SIGINT)
                process.join()
        raise
    _raise_what_ended(process, here, doing)


def _raise_what_ended(process: SpawnProcess, pipe: Connection, doing: str) -> None:
    try:
        outcome, text = pipe.recv()
    except EOFError:
        if process.exitcode and process.exitcode > 0:  # a defect, which the process has told of itself
            raise RuntimeError(f"{doing}: its process ended with code {process.exitcode}") from None
        raise InputError(
            f"{doing}: its process ended with code {process.exitcode} and no word; -9 is most often too "
            "little memory: lower batch_size or image_size. The same command goes on"
        ) from None
    if outcome == REFUSED:
        raise InputError(text)
    if outcome == STOPPED:
        raise KeyboardInterrupt


def _work(pipe: Connection, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    """What the child does: the function, then a word on how it ended."""
    if HAS_GROUPS:
        os.setpgrp()  # a terminal's Ctrl-C reaches the parent alone, which passes it on once
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with streams.lasting():
        try:
            interrupts.let_through()
            function(*arguments)
            pipe.send((DONE, ""))
        except KeyboardInterrupt:
            pipe.send((STOPPED, ""))
        except InputError as error:
            pipe.send((REFUSED, str(error)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
