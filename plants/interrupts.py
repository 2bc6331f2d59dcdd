"""Ctrl-C, held back or ignored where it would leave something half done."""

import contextlib
import signal
from multiprocessing import resource_tracker


@contextlib.contextmanager
def held_back():
    """A Ctrl-C waits until the block has ended; a process that is started in it begins that way."""
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
    """Ends what `held_back` began, in a process that was started in it; Ctrl-C raises KeyboardInterrupt."""
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
