"""Takes from a Python process what other operating systems do not have. Standard library only.

Call one before anything else is imported. psutil may go on looking into /proc: on a real macOS, too, it sees
what is hidden here.
"""

import builtins
import ctypes
import os
import signal
import sys

IN_LIBC = ("prctl", "unshare", "inotify_init1", "inotify_add_watch")
OF_LINUX = ("setresuid", "setresgid", "sched_getaffinity", "sched_setaffinity")
OF_UNIX = ("fork", "getuid", "geteuid", "getgid", "setsid", "getsid", "killpg", "setpgid", "setpgrp", "chown")
SIGNALS = ("SIGKILL", "SIGHUP", "SIGXCPU", "SIGCONT", "pthread_sigmask")
MODULES = ("fcntl", "resource", "pwd", "grp", "termios")


class Library(ctypes.CDLL):
    """A C library without what only that of Linux has."""

    def __getattr__(self, name):
        if name in IN_LIBC:
            raise AttributeError(name)
        return super().__getattr__(name)


def without_proc(function):
    """`function` of a path, for which there is no /proc."""

    def hidden(path=".", *arguments, **named):
        for_psutil = sys._getframe(1).f_globals.get("__name__", "").startswith("psutil")
        if str(path).startswith("/proc") and not for_psutil:
            raise FileNotFoundError(2, "No such file or directory", path)
        return function(path, *arguments, **named)

    return hidden


def remove(holder, names):
    for name in names:
        if hasattr(holder, name):
            delattr(holder, name)


def macos():
    """No prctl, no namespaces, no inotify, no /proc."""
    ctypes.CDLL = Library
    builtins.open, os.listdir = without_proc(open), without_proc(os.listdir)
    remove(os, OF_LINUX)


def bare():
    """As macOS, where psutil is not installed or does not work."""
    macos()
    sys.modules["psutil"] = None


def windows():
    """No fcntl and its like, no fork, no users, no process groups, nor some signals."""
    import psutil  # noqa: F401  # it works there, but is another

    sys.modules.update(dict.fromkeys(MODULES))
    remove(os, OF_UNIX)
    remove(signal, SIGNALS)
