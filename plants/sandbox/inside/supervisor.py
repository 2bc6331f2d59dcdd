"""First process around a submission: starts the child with few rights, watches and ends it.

Started as `python -I -S supervisor.py SETTINGS CONTROL CHANNEL`: a JSON object and the numbers of two
inherited sockets. In a process namespace of its own it is process 1, which nothing in there can stop;
elsewhere the processes that the child leaves behind become its own children, where the system does that
(system.py). It writes one line of JSON to CONTROL when something has changed and one at the end, when all
processes are gone. The end of CONTROL makes it end everything; so does a line there, after which the child
may still say where it was. The line LOOK makes it measure at once, and say so. Python 3.8, standard library,
and what lies beside it.

SETTINGS: `command`, `environment`, `folder` (where it works), `uid` (null: as it is), `tmp` (the folder that
is limited), `tmp_is_mounted`, `shared` (folders that should be empty at the end), `swept` (others that the
child's user may have written to: its files are removed), and limits: `cpu_seconds`, `memory_bytes`, `tasks`,
`processes` (what the kernel counts, maybe with others of the same user; null: no limit), `open_files`,
`tmp_bytes`, `tmp_files`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any, NoReturn

LOOK = b"look\n"
TICK_SECONDS = 0.05
WALK_SECONDS = 1.0  # between two walks through a folder whose files are counted
SHARE_OF_MEASURING = 0.05  # of the time, at most
LAST_WORDS_SECONDS = 0.5  # for faulthandler's traceback after SIGABRT
PATIENCE_SECONDS = 2.0  # for processes that end by themselves after the child
KILL_ROUNDS = 200


def load_beside(name: str) -> ModuleType:
    """A module from the folder of this program, which is on no path."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    module = ModuleType(name)
    SourceFileLoader(name, path).exec_module(module)
    return module


folders, system = load_beside("folders"), load_beside("system")


def main(settings: dict[str, Any], control: int, channel: int) -> None:
    system.close_to_others()
    adopts = system.adopt_orphans()
    os.set_inheritable(control, False)
    before = folders.entries(settings["shared"] + settings["swept"])
    child = os.fork()
    if child == 0:
        become_child(settings, channel, leads_group=not adopts)
    os.close(channel)
    Supervisor(settings, child, socket.socket(fileno=control), before, adopts=adopts).watch()


def become_child(settings: dict[str, Any], channel: int, *, leads_group: bool) -> NoReturn:
    """Gives up all rights that a submission should not have, and runs the command."""
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        if leads_group:
            os.setpgid(0, 0)
        system.set_limits(settings)
        system.give_up_rights(settings["uid"])
        os.makedirs(settings["folder"], exist_ok=True)
        os.chdir(settings["folder"])
        os.set_inheritable(channel, True)
        command = settings["command"] + [str(channel)]
        os.execve(command[0], command, settings["environment"])
    except BaseException as error:
        print("cannot start {}: {}".format(settings["command"][0], error), file=sys.stderr, flush=True)
    os._exit(127)


class Supervisor:
    """Watches one child and everything that it started."""

    def __init__(
        self,
        settings: dict[str, Any],
        child: int,
        control: socket.socket,
        before: set[str],
        *,
        adopts: bool = True,
    ) -> None:
        """`child` is its process, `before` what lay in the folders that are cleared at the end.

        `adopts` says whether this process becomes the parent of those that lose theirs.
        """
        self.settings, self.child, self.control, self.before = settings, child, control, before
        self.adopts = adopts
        self.seen: set[tuple[int, float]] = set()  # (pid, start) of processes below this one
        self.exit_code: int | None = None  # as subprocess gives it
        self.peak_bytes, self.cpu_seconds = 0, 0.0
        self.next_measure = self.next_walk = 0.0
        self.looked = False  # when asked to
        self.last_report: dict[str, Any] | None = None
        self.oom_kills: int = system.count_oom_kills()

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
        oom_kills = system.count_oom_kills() - self.oom_kills
        end = {"exit": self.exit_code, "why": why, "left": left, "shared": shared, "oom_kills": oom_kills}
        self.report({**end, "adopts": self.adopts})

    def listen(self) -> str | None:
        """Waits a moment for the harness: "told" or "closed" if all has to end, else None."""
        if not select.select([self.control], [], [], TICK_SECONDS)[0]:
            return None
        try:
            told = self.control.recv(16)
        except OSError:
            return "closed"
        if told == LOOK:
            self.looked, self.next_measure = True, 0.0
            return None
        return "told" if told else "closed"

    def measure(self) -> str | None:
        """Notes what is used and returns which limit is broken, or None."""
        now = time.monotonic()
        if now < self.next_measure:
            return None
        settings, processes = self.settings, self.processes()
        held = sum(process.rss_bytes for process in processes)
        self.cpu_seconds = system.cpu_seconds_of_ended() + sum(process.cpu_seconds for process in processes)
        why = None
        if held > settings["memory_bytes"]:
            held = sum(system.proportional_bytes(process) for process in processes)  # shared pages count once
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
            size, count = folders.usage(settings["tmp"], settings["tmp_files"])
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
        if not self.adopts:
            kill(-self.child)  # its group
        for _ in range(KILL_ROUNDS):
            if os.getpid() == 1:
                kill(-1)
            elif self.exit_code is None:
                kill(self.child)
            for process in self.processes():
                kill(process.pid)
            self.reap()
            if self.exit_code is not None and not self.processes():
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
        """The system.ProcessStatus of each process below this one.

        Where it adopts nobody, also of those it has seen there before, and of all of its session.
        """
        parents = system.parents()
        ours = {os.getpid()} | (set() if self.adopts else self.orphans(set(parents)))
        while True:  # children, their children, and so on
            more = {pid for pid, parent in parents.items() if parent in ours} - ours
            if not more:
                break
            ours |= more
        statuses = [system.process_status(pid) for pid in sorted(ours - {os.getpid()})]
        found = [status for status in statuses if status]
        self.seen = {(status.pid, status.started) for status in found}
        return found

    def orphans(self, pids: set[int]) -> set[int]:
        """Those of `pids` that were below this process once."""
        found = {pid for pid in pids if system.is_of_session(pid, os.getpid())}
        for pid, started in self.seen:
            status = system.process_status(pid)
            if status and status.started == started:
                found.add(pid)
        return found

    def clear_shared(self) -> list[str]:
        """The new things of the child's user in the folders that should be empty; all are removed."""
        new = []
        shared, uid = self.settings["shared"], self.settings["uid"]
        for path in sorted(folders.entries(shared + self.settings["swept"]) - self.before):
            with contextlib.suppress(OSError):
                if uid in (None, os.lstat(path).st_uid):
                    new += [path] if os.path.dirname(path) in shared else []
                    folders.remove(path)
        return new

    def report(self, end: dict[str, Any] | None = None) -> None:
        """Sends what is used, if it has changed, and the `end`; waits for the harness at the end only."""
        report: dict[str, Any] = {"peak_bytes": self.peak_bytes, "cpu_seconds": round(self.cpu_seconds, 1)}
        report["looked"] = self.looked
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
