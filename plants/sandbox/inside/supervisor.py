"""First process around a submission: starts the child with few rights, watches and ends it.

Started as `python -I -S supervisor.py SETTINGS CONTROL CHANNEL`: a JSON object and the numbers of two
inherited sockets. In a process namespace of its own it is process 1, which nothing in there can stop;
elsewhere the processes that the child leaves behind become its own children. It writes one line of JSON
to CONTROL when something has changed and one at the end, when all processes are gone. The end of CONTROL
makes it end everything; so does a line there, after which the child may still say where it was. Python 3.8
and standard library; nothing of ours.

SETTINGS: `command`, `environment`, `folder` (where it works), `uid` (null: as it is), `tmp` (the folder that
is limited), `tmp_is_mounted`, `shared` (folders that should be empty at the end), `swept` (others that the
child's user may have written to: its files are removed), and limits: `cpu_seconds`, `memory_bytes`, `tasks`,
`processes` (what the kernel counts, maybe with others of the same user), `open_files`, `tmp_bytes`,
`tmp_files`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any, NoReturn

SET_DUMPABLE, CAPBSET_DROP, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 4, 24, 36, 38  # of prctl(2)
CAPABILITIES = 64  # more than there are
TICK_SECONDS = 0.05
WALK_SECONDS = 1.0  # between two walks through a folder whose files are counted
SHARE_OF_MEASURING = 0.05  # of the time, at most
LAST_WORDS_SECONDS = 0.5  # for faulthandler's traceback after SIGABRT
PATIENCE_SECONDS = 2.0  # for processes that end by themselves after the child
KILL_ROUNDS = 200
RESERVED_BYTES = 8 << 30  # address space beyond the memory limit: much is only reserved


def load_beside(name: str) -> ModuleType:
    """A module from the folder of this program, which is on no path."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    module = ModuleType(name)
    SourceFileLoader(name, path).exec_module(module)
    return module


procfs = load_beside("procfs")


def main(settings: dict[str, Any], control: int, channel: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(SET_DUMPABLE, 0, 0, 0, 0)  # its descriptors and memory are closed to the child
    libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.set_inheritable(control, False)
    before = procfs.entries(settings["shared"] + settings["swept"])
    child = os.fork()
    if child == 0:
        become_child(settings, channel, libc)
    os.close(channel)
    Supervisor(settings, child, socket.socket(fileno=control), before).watch()


def become_child(settings: dict[str, Any], channel: int, libc: ctypes.CDLL) -> NoReturn:
    """Gives up all rights that a submission should not have, and runs the command."""
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        set_limits(settings)
        for capability in range(CAPABILITIES):
            libc.prctl(CAPBSET_DROP, capability, 0, 0, 0)
        uid = settings["uid"]
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.makedirs(settings["folder"], exist_ok=True)
        os.chdir(settings["folder"])
        os.set_inheritable(channel, True)
        command = settings["command"] + [str(channel)]
        os.execve(command[0], command, settings["environment"])
    except BaseException as error:
        print("cannot start {}: {}".format(settings["command"][0], error), file=sys.stderr, flush=True)
    os._exit(127)


def set_limits(settings: dict[str, Any]) -> None:
    """The limits that the kernel keeps. The others are looked after by Supervisor."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(settings["cpu_seconds"]) + 1,
        resource.RLIMIT_NOFILE: settings["open_files"],
        resource.RLIMIT_NPROC: settings["processes"],
        resource.RLIMIT_FSIZE: settings["tmp_bytes"],
        resource.RLIMIT_DATA: settings["memory_bytes"] + RESERVED_BYTES,
    }
    for kind, limit in limits.items():
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(kind, (limit, limit))


class Supervisor:
    """Watches one child and everything that it started."""

    def __init__(
        self, settings: dict[str, Any], child: int, control: socket.socket, before: set[str]
    ) -> None:
        """`child` is its process, `before` what lay in the folders that are cleared at the end."""
        self.settings, self.child, self.control, self.before = settings, child, control, before
        self.exit_code: int | None = None  # as subprocess gives it
        self.peak_bytes, self.cpu_seconds = 0, 0.0
        self.next_measure = self.next_walk = 0.0
        self.last_report: dict[str, Any] | None = None
        self.oom_kills: int = procfs.count_oom_kills()

    def watch(self) -> None:
        """Returns when the child and all that it started are gone."""
        why = None
        while self.exit_code is None and why is None:
            why = self.listen() or self.measure()
            self.reap()
        if self.exit_code is None and why != "closed":
            self.abort()
        why = why or self.measure_files(float("inf"))  # it may have been quicker than the measuring
        left = self.survivors() if why is None else []
        self.kill_all()
        shared = self.clear_shared()
        oom_kills = procfs.count_oom_kills() - self.oom_kills
        self.report(
            {"exit": self.exit_code, "why": why, "left": left, "shared": shared, "oom_kills": oom_kills}
        )

    def listen(self) -> str | None:
        """Waits a moment for the harness: "told" or "closed" if all has to end, else None."""
        if not select.select([self.control], [], [], TICK_SECONDS)[0]:
            return None
        try:
            return "told" if self.control.recv(16) else "closed"
        except OSError:
            return "closed"

    def measure(self) -> str | None:
        """Notes what is used and returns which limit is broken, or None."""
        now = time.monotonic()
        if now < self.next_measure:
            return None
        settings, processes = self.settings, self.processes()
        held = sum(process.rss_bytes for process in processes)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu_seconds = used.ru_utime + used.ru_stime + sum(process.cpu_seconds for process in processes)
        why = None
        if held > settings["memory_bytes"]:
            held = sum(procfs.proportional_bytes(process) for process in processes)  # shared pages count once
            why = "memory" if held > settings["memory_bytes"] else None
        elif self.cpu_seconds > settings["cpu_seconds"]:
            why = "cpu"
        elif sum(process.tasks for process in processes) > settings["tasks"]:
            why = "tasks"  # the kernel does not count those of root
        self.peak_bytes = max(self.peak_bytes, held)
        why = why or self.measure_files(now)
        self.report()
        self.next_measure = now + (time.monotonic() - now) / SHARE_OF_MEASURING
        return why

    def measure_files(self, now: float) -> str | None:
        """Which limit on temporary files is broken, or None."""
        settings = self.settings
        if settings["tmp_is_mounted"]:
            status = os.statvfs(settings["tmp"])
            size, count = 0, status.f_files - status.f_ffree  # the mount keeps to its size by itself
        elif now < self.next_walk:
            return None
        else:
            size, count = procfs.usage(settings["tmp"], settings["tmp_files"])
            self.next_walk = now + max(WALK_SECONDS, (time.monotonic() - now) / SHARE_OF_MEASURING)
        if count > settings["tmp_files"]:
            return "files"
        return "space" if size > settings["tmp_bytes"] else None

    def abort(self) -> None:
        """Ends the child so that faulthandler can say where it was."""
        with contextlib.suppress(OSError):
            os.kill(self.child, signal.SIGCONT)
            os.kill(self.child, signal.SIGABRT)
        end = time.monotonic() + LAST_WORDS_SECONDS
        while self.exit_code is None and time.monotonic() < end:
            time.sleep(0.01)
            self.reap()

    def survivors(self) -> list[str]:
        """The names of processes that still run though they had the time to end."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            left = [process.name for process in self.processes()]
            if not left or time.monotonic() > end or self.is_told_to_end():
                return left
            time.sleep(0.02)
            self.reap()

    def is_told_to_end(self) -> bool:
        return bool(select.select([self.control], [], [], 0)[0])

    def kill_all(self) -> None:
        for _ in range(KILL_ROUNDS):
            if os.getpid() == 1:
                kill(-1)
            for process in self.processes():
                kill(process.pid)
            self.reap()
            if not self.processes():
                return
            time.sleep(0.01)

    def reap(self) -> None:
        """Takes note of processes that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child:
                is_killed = os.WIFSIGNALED(status)
                self.exit_code = -os.WTERMSIG(status) if is_killed else os.WEXITSTATUS(status)

    def processes(self) -> list[Any]:
        """The procfs.ProcessStatus of each process below this one."""
        statuses = {}
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                status = procfs.process_status(int(name))
                if status:
                    statuses[status.pid] = status
        ours = {os.getpid()}
        while True:  # children, their children, and so on
            more = {pid for pid, status in statuses.items() if status.parent in ours} - ours
            if not more:
                return [statuses[pid] for pid in ours if pid in statuses]
            ours |= more

    def clear_shared(self) -> list[str]:
        """The new things of the child's user in the folders that should be empty; all are removed."""
        new = []
        shared, uid = self.settings["shared"], self.settings["uid"]
        for path in sorted(procfs.entries(shared + self.settings["swept"]) - self.before):
            with contextlib.suppress(OSError):
                if uid in (None, os.lstat(path).st_uid):
                    new += [path] if os.path.dirname(path) in shared else []
                    procfs.remove(path)
        return new

    def report(self, end: dict[str, Any] | None = None) -> None:
        """Sends what is used, if it has changed, and the `end`; waits for the harness at the end only."""
        report = {"peak_bytes": self.peak_bytes, "cpu_seconds": round(self.cpu_seconds, 1)}
        if report == self.last_report and not end:
            return
        self.last_report = report
        self.control.setblocking(bool(end))
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps({**report, **(end or {})}).encode() + b"\n")


def kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
