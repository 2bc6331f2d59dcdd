"""Ctrl-C, held back, ignored, or raised again where libraries lose it; all for the main thread.

A training holds it back or ignores it for a moment; a kill and the end of the terminal are a Ctrl-C to it. A
command that must say how it ended whatever comes defers them all, from its first line on, and allows them
only while it works.
"""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

KILLS = [signal.SIGTERM]
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else under nohup
    KILLS.append(signal.SIGHUP)
SIGNALS = [signal.SIGINT, *KILLS]
_came: list[bool] = []  # of the deferred ones


def defer() -> None:
    """From now on Ctrl-C, a kill and the end of the terminal raise only within `allowed`."""
    for number in SIGNALS:
        signal.signal(number, _note)


@contextlib.contextmanager
def allowed() -> Iterator[None]:
    """Within, the first raises KeyboardInterrupt, one that has waited at once; further ones do nothing.

    So none disturbs the clearing up after the first. Does nothing unless `defer` was called.
    """
    if signal.getsignal(signal.SIGINT) is not _note:
        yield
        return
    try:
        for number in SIGNALS:
            signal.signal(number, _raise)
        if _came:
            _raise()
        yield
    finally:
        defer()


def came() -> bool:
    """Whether any came. Some C extensions turn the KeyboardInterrupt of one into another error."""
    return bool(_came)


def end_deferring() -> bool:
    """Whether any came; what comes from now on does nothing, if `defer` was called."""
    if signal.getsignal(signal.SIGINT) is _note:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
    return bool(_came)


def _note(*_: int | FrameType | None) -> None:
    _came.append(True)


def _raise(*_: int | FrameType | None) -> None:
    defer()
    _note()
    raise KeyboardInterrupt


@contextlib.contextmanager
def kills_as_ctrl_c() -> Iterator[None]:
    """Within, a kill and the end of the terminal do what a Ctrl-C does at that moment, be it nothing.

    Does nothing where Ctrl-C is deferred, nor where a shell started the command with Ctrl-C ignored: a kill
    must end that all the same.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    before = [signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT)) for number in KILLS]
    try:
        yield
    finally:
        for number, handler in zip(KILLS, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """A Ctrl-C waits until the block has ended."""
    # A mask would not do: the system gives the signal to any thread, and TensorFlow has many.
    waiting: list[bool] = []
    previous = signal.signal(signal.SIGINT, lambda *_: waiting.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if waiting:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def handed_down() -> Iterator[None]:
    """A process that is started in the block holds a Ctrl-C back until it calls `let_through`."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker  # here, because a command defers Ctrl-C before all imports

    resource_tracker.ensure_running()  # else multiprocessing does so in the block, and lets Ctrl-C through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """Ends what `handed_down` began, in a process that was started in it; Ctrl-C raises KeyboardInterrupt.

    Kills do nothing: those that reach every process are passed on by the one that started it, as a Ctrl-C.
    """
    for number in KILLS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


@contextlib.contextmanager
def reraise_lost_interrupts() -> Iterator[Callable[[], None]]:
    """A Ctrl-C raises KeyboardInterrupt at once, and once more at the end of the block if a library lost it.

    Gives a function for the long way there: it raises KeyboardInterrupt if a Ctrl-C came. An error that
    a library made of one becomes KeyboardInterrupt again.
    """
    # Keras loses it: some of its `except:`s go on or raise a ValueError, whatever came (a layer without
    # a `build` of its own is built in one). So does C code that asks `hasattr`, before Python 3.13.
    pressed: list[bool] = []

    def stop(*_: int | FrameType | None) -> None:
        pressed.append(True)
        raise KeyboardInterrupt

    def stop_if_asked() -> None:
        if pressed:
            raise KeyboardInterrupt

    def quiet(lost: "sys.UnraisableHookArgs") -> None:  # Python prints and drops what a finalizer raises
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
def ignored() -> Iterator[None]:
    """Ctrl-C does nothing while the block runs."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
