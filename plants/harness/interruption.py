"""Ctrl-C, kills, a closed terminal: each waits until it can end the judging, and cuts nothing else short."""

import contextlib
import signal

NUMBERS = [signal.SIGINT, signal.SIGTERM]
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else under nohup
    NUMBERS.append(signal.SIGHUP)
_came = []


def keep():
    """From now on they only raise within `let_through`; for the main thread."""
    for number in NUMBERS:
        signal.signal(number, _note)


@contextlib.contextmanager
def let_through():
    """Within, the first raises KeyboardInterrupt, one that has waited at once; further ones do nothing.

    So none disturbs the clearing up after the first. Does nothing unless `keep` was called.
    """
    if signal.getsignal(signal.SIGINT) is not _note:
        yield
        return
    try:
        for number in NUMBERS:
            signal.signal(number, _raise)
        if _came:
            _raise()
        yield
    finally:
        keep()


def came():
    """Whether any came. Some C extensions turn the KeyboardInterrupt of one into another error."""
    return bool(_came)


def over():
    """Whether any came; what comes from now on is ignored, if `keep` was called."""
    if signal.getsignal(signal.SIGINT) is _note:
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)
    return bool(_came)


def _note(*_):
    _came.append(True)


def _raise(*_):
    keep()
    _note()
    raise KeyboardInterrupt
