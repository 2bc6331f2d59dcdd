"""Ctrl-C, held back or ignored for a moment, or insisted on where libraries lose it; for the main thread."""

import contextlib
import signal
import sys
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
def reraise_lost_interrupts():
    """A Ctrl-C raises KeyboardInterrupt at once, and once more at the end of the block if a library lost it.

    Gives a function for the long way there: it raises KeyboardInterrupt if a Ctrl-C came. An error that
    a library made of one becomes KeyboardInterrupt again.
    """
    # Keras loses it: some of its `except:`s go on or raise a ValueError, whatever came (a layer without
    # a `build` of its own is built in one). So does C code that asks `hasattr`, before Python 3.13.
    came = []

    def stop(*_):
        came.append(True)
        raise KeyboardInterrupt

    def stop_if_asked():
        if came:
            raise KeyboardInterrupt

    def quiet(lost):  # it came in a finalizer, whose errors Python prints and drops
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            hook(lost)

    previous, hook = signal.getsignal(signal.SIGINT), sys.unraisablehook
    sys.unraisablehook = quiet
    if previous is not signal.SIG_IGN:  # so a shell starts what is to outlive its Ctrl-C
        signal.signal(signal.SIGINT, stop)
    try:
        yield stop_if_asked
        stop_if_asked()
    except Exception:
        stop_if_asked()
        raise
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGINT, previous)


@contextlib.contextmanager
def ignored():
    """Ctrl-C does nothing while the block runs."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
