"""Ctrl-C, held back or ignored where it would leave something half done; for the main thread."""

import contextlib
import signal
from multiprocessing import resource_tracker


@contextlib.contextmanager
def held_back():
    """A Ctrl-C waits until the block has ended."""
    # A mask would not do: the system gives the signal to any thread, and TensorFlow has many.
    came = []
    previous = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def handed_down():
    """A process that is started in the block holds a Ctrl-C back until it calls `let_through`."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # else multiprocessing does so in the block, and lets Ctrl-C through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through():
    """Ends what `handed_down` began, in a process that was started in it; Ctrl-C raises KeyboardInterrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


@contextlib.contextmanager
def ignored():
    """Ctrl-C does nothing while the block runs."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
