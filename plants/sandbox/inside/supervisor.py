"""First process of a submission's surroundings: starts the child with few rights, watches and ends it.

Started as `python -I -S supervisor.py PLAN CONTROL CHANNEL`: a JSON object and the numbers of two inherited
sockets. In a process namespace of its own it is process 1, which nothing in there can stop; elsewhere
the processes that the child leaves behind become its own children. It writes one line of JSON to CONTROL
when something has changed and one at the end, when all processes are gone. The end of CONTROL makes it
end everything; so does a line there, after which the child may still say where it was. Python 3.8 and
standard library; nothing of ours.

PLAN: `command`, `environment`, `folder`, `uid` (null: as it is), `tmp` (the folder that is limited),
`tmp_is_mounted`, `shared` (folders that should be empty at the end), `swept` (others that the child's
user may have written to: its files are removed), and limits: `cpu_seconds`,
`memory_bytes`, `tasks`, `processes` (what the kernel counts, maybe with others of the same user),
`open_files`, `tmp_bytes`, `tmp_files`; null where there is none.
"""

import contextlib
import ctypes
import importlib.util
import json
import os
import resource
import select
import signal
import socket
import sys
import time

SET_DUMPABLE, CAPBSET_DROP, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 4, 24, 36, 38  # of prctl(2)
CAPABILITIES = 64  # more than there are
LOOK_SECONDS = 0.05
WALK_SECONDS = 1.0  # between two looks at a folder that has to be walked
SHARE_OF_LOOKING = 0.05  # of the time, at most
LAST_WORDS_SECONDS = 0.5  # for faulthandler's traceback after SIGABRT
PATIENCE_SECONDS = 2.0  # for processes that end by themselves after the child
KILL_ROUNDS = 200
RESERVED_BYTES = 8 << 30  # address space beyond the memory limit: much is only reserved


def load_beside(name):
    """A module from the folder of this program, which is on no path."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


procfs = load_beside("procfs")


def main(plan, control, channel):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(SET_DUMPABLE, 0, 0, 0, 0)  # its descriptors and memory are closed to the child
    libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.set_inheritable(control, False)
    before = procfs.entries(plan["shared"] + plan["swept"])
    child = os.fork()
    if child == 0:
        become_child(plan, channel, libc)
    os.close(channel)
    Supervisor(plan, child, socket.socket(fileno=control), before).watch()


def become_child(plan, channel, libc):
    """Gives up all rights that a submission should not have, and runs the command. Never returns."""
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        set_limits(plan)
        for capability in range(CAPABILITIES):
            libc.prctl(CAPBSET_DROP, capability, 0, 0, 0)
        if plan["uid"] is not None:
            os.setgroups([])
            os.setresgid(*[plan["uid"]] * 3)
            os.setresuid(*[plan["uid"]] * 3)
        libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.makedirs(plan["folder"], exist_ok=True)
        os.chdir(plan["folder"])
        os.set_inheritable(channel, True)
        os.execve(plan["command"][0], plan["command"] + [str(channel)], plan["environment"])
    except BaseException as error:
        print("cannot start {}: {}".format(plan["command"][0], error), file=sys.stderr, flush=True)
    os._exit(127)


def set_limits(plan):
    """The limits that the kernel keeps. The others are looked after by Supervisor."""
    memory = plan["memory_bytes"]
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: plan["cpu_seconds"] and int(plan["cpu_seconds"]) + 1,
        resource.RLIMIT_NOFILE: plan["open_files"],
        resource.RLIMIT_NPROC: plan["processes"],
        resource.RLIMIT_FSIZE: plan["tmp_bytes"],
        resource.RLIMIT_DATA: memory and memory + RESERVED_BYTES,
    }
    for kind, limit in limits.items():
        hard = resource.getrlimit(kind)[1]
        if limit is not None and (hard == resource.RLIM_INFINITY or limit < hard):
            resource.setrlimit(kind, (limit, limit))


class Supervisor:
    """Watches one child and everything that it started."""

    def __init__(self, plan, child, control, before):
        self.plan, self.child, self.control, self.before = plan, child, control, before
        self.exit_code = None  # as subprocess gives it
        self.peak_bytes, self.cpu_seconds = 0, 0.0
        self.next_look = self.next_walk = 0.0
        self.told, self.oom_kills = None, procfs.count_oom_kills()

    def watch(self):
        """Returns when the child and all that it started are gone."""
        why = None
        while self.exit_code is None and why is None:
            why = self.listen() or self.look()
            self.reap()
        if self.exit_code is None and why != "closed":
            self.abort()
        why = why or self.look_at_files(float("inf"))  # it may have been quicker than the looks
        left = self.survivors() if why is None else []
        self.kill_all()
        shared = self.clear_shared()
        oom_kills = procfs.count_oom_kills() - self.oom_kills
        self.tell(exit=self.exit_code, why=why, left=left, shared=shared, oom_kills=oom_kills)

    def listen(self):
        """Waits a moment for the harness: "told" or "closed" if all has to end, else None."""
        if not select.select([self.control], [], [], LOOK_SECONDS)[0]:
            return None
        try:
            return "told" if self.control.recv(16) else "closed"
        except OSError:
            return "closed"

    def look(self):
        """Notes what is used and returns which limit is broken, or None."""
        now = time.monotonic()
        if now < self.next_look:
            return None
        processes = self.processes()
        held = sum(process["rss_bytes"] for process in processes)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu_seconds = used.ru_utime + used.ru_stime + sum(process["cpu"] for process in processes)
        why = None
        if self.plan["memory_bytes"] and held > self.plan["memory_bytes"]:
            held = sum(procfs.proportional_bytes(process) for process in processes)  # shared pages count once
            why = "memory" if held > self.plan["memory_bytes"] else None
        elif self.plan["cpu_seconds"] and self.cpu_seconds > self.plan["cpu_seconds"]:
            why = "cpu"
        elif self.plan["tasks"] and sum(process["tasks"] for process in processes) > self.plan["tasks"]:
            why = "tasks"  # the kernel does not count those of root
        self.peak_bytes = max(self.peak_bytes, held)
        why = why or self.look_at_files(now)
        self.tell()
        self.next_look = now + (time.monotonic() - now) / SHARE_OF_LOOKING
        return why

    def look_at_files(self, now):
        if self.plan["tmp_is_mounted"]:
            status = os.statvfs(self.plan["tmp"])
            size, count = 0, status.f_files - status.f_ffree  # the mount keeps to its size by itself
        elif now < self.next_walk:
            return None
        else:
            size, count = procfs.usage(self.plan["tmp"], self.plan["tmp_files"])
            self.next_walk = now + max(WALK_SECONDS, (time.monotonic() - now) / SHARE_OF_LOOKING)
        if self.plan["tmp_files"] and count > self.plan["tmp_files"]:
            return "files"
        return "space" if self.plan["tmp_bytes"] and size > self.plan["tmp_bytes"] else None

    def abort(self):
        """Ends the child so that faulthandler can say where it was."""
        with contextlib.suppress(OSError):
            os.kill(self.child, signal.SIGCONT)
            os.kill(self.child, signal.SIGABRT)
        end = time.monotonic() + LAST_WORDS_SECONDS
        while self.exit_code is None and time.monotonic() < end:
            time.sleep(0.01)
            self.reap()

    def survivors(self):
        """The names of processes that still run though they had the time to end."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            left = [process["name"] for process in self.processes()]
            if not left or time.monotonic() > end or self.is_told_to_end():
                return left
            time.sleep(0.02)
            self.reap()

    def is_told_to_end(self):
        return bool(select.select([self.control], [], [], 0)[0])

    def kill_all(self):
        for _ in range(KILL_ROUNDS):
            if os.getpid() == 1:
                kill(-1)
            for process in self.processes():
                kill(process["pid"])
            self.reap()
            if not self.processes():
                return
            time.sleep(0.01)

    def reap(self):
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

    def processes(self):
        """What runs below this process: dicts of pid, name, rss_bytes and cpu, in seconds."""
        found = {}
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                status = procfs.process_status(int(name))
                if status:
                    found[status["pid"]] = status
        ours = {os.getpid()}
        while True:  # children, their children, and so on
            more = {pid for pid, status in found.items() if status["parent"] in ours} - ours
            if not more:
                return [found[pid] for pid in ours if pid in found]
            ours |= more

    def clear_shared(self):
        """The new things of the child's user in the folders that should be empty; all are removed."""
        new = []
        for path in sorted(procfs.entries(self.plan["shared"] + self.plan["swept"]) - self.before):
            with contextlib.suppress(OSError):
                if self.plan["uid"] in (None, os.lstat(path).st_uid):
                    new += [path] if os.path.dirname(path) in self.plan["shared"] else []
                    procfs.remove(path)
        return new

    def tell(self, **end):
        """Sends the state of things, if it has changed; nothing waits for a harness that does not listen."""
        state = {"peak_bytes": self.peak_bytes, "cpu_seconds": round(self.cpu_seconds, 1)}
        if state == self.told and not end:
            return
        self.told = state
        self.control.setblocking(bool(end))
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(dict(state, **end)).encode() + b"\n")


def kill(pid):
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
