"""What this operating system is able to do: the one module of the sandbox that knows Linux from others.

Linux gives up rights by prctl(2) and tells of processes in /proc. Elsewhere psutil tells of them, if the
interpreter has it, and there is less to give up. Imported by plants.sandbox, and loaded by the programs
beside it. Python 3.8, standard library, and psutil where there is no /proc; nothing of ours.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import signal
import sys
from typing import Any, NamedTuple

SET_DEATH_SIGNAL, SET_DUMPABLE, CAPBSET_DROP, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
CAPABILITIES = 64  # more than there are
RESERVED_BYTES = 8 << 30  # address space beyond the memory limit: much is only reserved
NEEDED = ("fork", "getuid", "setsid", "set_blocking")
PROC = "/proc"


class ProcessStatus(NamedTuple):
    pid: int
    name: str
    parent: int
    started: float  # on a clock of the system's own
    cpu_seconds: float
    tasks: int  # threads
    rss_bytes: int


# What kind of system it is


def why_nothing_runs() -> str | None:
    """Why no submission can be run here, in words, or None if one can."""
    try:
        importlib.import_module("resource")
        if all(hasattr(os, name) for name in NEEDED) and sys.platform != "win32":
            return None
    except ImportError:
        pass
    return (
        "a submission is run on Linux and macOS only; on Windows give the same command in WSL2 (see "
        "wsl --install), here --check works"
    )


def has_namespaces() -> bool:
    return sys.platform.startswith("linux")


def adopts_orphans() -> bool:
    """Whether a process can become the parent of those below it that lose theirs."""
    return in_c_library("prctl") is not None


def tells_of_processes() -> bool:
    """Whether others than this process can be seen and measured."""
    return has_proc() or _psutil() is not None


@functools.lru_cache(None)
def has_proc() -> bool:
    """Whether processes can be seen in /proc."""
    try:
        return str(os.getpid()) in os.listdir(PROC) and bool(_stat(os.getpid()))
    except OSError:
        return False


@functools.lru_cache(None)
def _psutil() -> Any:
    """The package if it is installed and works here, else None."""
    try:
        psutil = importlib.import_module("psutil")
        psutil.Process().memory_info()
        return psutil
    except Exception:  # also what it raises where it finds another system than it was made for
        return None


# Rights


@functools.lru_cache(None)
def in_c_library(name: str) -> Any:
    """A function of the C library, or None where it has none of that name, or cannot be asked."""
    try:
        return getattr(importlib.import_module("ctypes").CDLL(None, use_errno=True), name)
    except (ImportError, OSError, AttributeError, TypeError):
        return None


def _set(option: int, value: int) -> bool:
    prctl = in_c_library("prctl")
    return prctl is not None and prctl(option, value, 0, 0, 0) == 0


def close_to_others() -> None:
    """This process's descriptors and memory are closed to those of the same user."""
    _set(SET_DUMPABLE, 0)


def adopt_orphans() -> bool:
    """Makes this process the parent of those below it that lose theirs; returns whether that works."""
    return _set(SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    _set(SET_DEATH_SIGNAL, signal.SIGKILL)


def give_up_rights(uid: int | None) -> None:
    """What a submission should not have; from now on the user is `uid`, unless that is None."""
    for capability in range(CAPABILITIES):
        _set(CAPBSET_DROP, capability)
    if uid is not None:
        os.setgroups([])
        if hasattr(os, "setresuid"):
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        else:  # macOS, where root sets all three by these
            os.setregid(uid, uid)
            os.setreuid(uid, uid)
    _set(SET_NO_NEW_PRIVS, 1)


def set_limits(settings: dict[str, Any]) -> None:
    """The limits that the kernel keeps, by the settings of supervisor.py, which looks after the others."""
    resource: Any = importlib.import_module("resource")
    watched = {
        "RLIMIT_CPU": int(settings["cpu_seconds"]) + 1,
        "RLIMIT_NPROC": settings["processes"],
        "RLIMIT_DATA": settings["memory_bytes"] + RESERVED_BYTES,
    }
    kept = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": settings["open_files"],
        "RLIMIT_FSIZE": settings["tmp_bytes"],
    }
    for name, limit in {**watched, **kept}.items():
        hard = resource.getrlimit(getattr(resource, name))[1] if hasattr(resource, name) else 0
        if limit is None or hard != resource.RLIM_INFINITY and hard <= limit:
            continue
        try:
            # SIGXCPU comes first, which tells why, then SIGKILL.
            resource.setrlimit(getattr(resource, name), (limit, limit + (name == "RLIMIT_CPU")))
        except (OSError, ValueError):  # macOS has some in name only; supervisor.py counts these itself
            if name in kept:
                raise


# Processes


def parents() -> dict[int, int]:
    """{process: its parent} of all that can be seen; empty where none can."""
    if has_proc():
        found = {int(name): _stat(int(name)) for name in os.listdir(PROC) if name.isdigit()}
        return {pid: int(fields[2]) for pid, fields in found.items() if fields}
    seen: dict[int, int] = {}
    psutil = _psutil()
    for pid in psutil.pids() if psutil else ():
        with contextlib.suppress(psutil.Error, OSError):
            seen[pid] = psutil.Process(pid).ppid()
    return seen


def process_status(pid: int) -> ProcessStatus | None:
    """None for a process that has ended, or cannot be looked at."""
    return _status_in_proc(_stat(pid)) if has_proc() else _status_by_psutil(pid)


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/<pid>/stat, the name second; [] for a process that has ended."""
    try:
        with open(f"{PROC}/{pid}/stat", "rb") as file:
            before, _, after = file.read().rpartition(b")")
    except OSError:
        return []
    number, _, name = before.partition(b"(")
    state, *fields = after.split()
    return [] if state in b"ZX" else [number, name, *fields]


def _status_in_proc(fields: list[bytes]) -> ProcessStatus | None:
    if not fields:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return ProcessStatus(
        pid=int(fields[0]),
        name=fields[1].decode("utf-8", "replace"),
        parent=int(fields[2]),
        started=int(fields[20]) / ticks,
        cpu_seconds=sum(map(int, fields[12:16])) / ticks,
        tasks=int(fields[18]),
        rss_bytes=int(fields[22]) * os.sysconf("SC_PAGE_SIZE"),
    )


def _status_by_psutil(pid: int) -> ProcessStatus | None:
    psutil = _psutil()
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            return ProcessStatus(
                pid=pid,
                name=process.name(),
                parent=process.ppid(),
                started=process.create_time(),
                cpu_seconds=sum(process.cpu_times()[:4]),
                tasks=process.num_threads(),
                rss_bytes=process.memory_info().rss,
            )
    except Exception:  # gone, another user's, or there is no psutil
        return None


def proportional_bytes(process: ProcessStatus) -> int:
    """What a process holds in memory, with a part only of what it shares with others, where that is known."""
    try:
        with open(f"{PROC}/{process.pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except OSError:
        return process.rss_bytes


def is_of_session(pid: int, session: int) -> bool:
    try:
        return os.getsid(pid) == session
    except OSError:
        return False


def resident_bytes() -> int | None:
    """What this process holds in memory now, or None where there is no /proc."""
    status = _status_in_proc(_stat(os.getpid()))
    return status.rss_bytes if status else None


def cpu_seconds_of_ended() -> float:
    """What the children of this process that have ended, and theirs, have computed."""
    resource: Any = importlib.import_module("resource")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(used.ru_utime + used.ru_stime)


def count_oom_kills() -> int:
    """How many processes the system has killed for lack of memory since it started, where it says so."""
    try:
        with open(f"{PROC}/vmstat") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
    except OSError:
        return 0


def count_tasks(uid: int) -> int | None:
    """How many processes and threads a user has; None where that is not known."""
    if not tells_of_processes():
        return None
    count = 0
    for pid in parents():
        with contextlib.suppress(Exception):  # gone, or another user's
            if _owner(pid) == uid:
                status = process_status(pid)
                count += status.tasks if status else 0
    return count


def _owner(pid: int) -> int:
    return os.stat(f"{PROC}/{pid}").st_uid if has_proc() else _psutil().Process(pid).uids().real


def marked_processes(mark: bytes) -> list[int]:
    """The processes whose environment holds `mark`, which children inherit."""
    found = []
    for pid in parents():
        with contextlib.suppress(Exception):  # another user's, or gone
            if mark in _environment(pid):
                found.append(pid)
    return found


def _environment(pid: int) -> bytes:
    if has_proc():
        with open(f"{PROC}/{pid}/environ", "rb") as file:
            return file.read()
    return os.fsencode("\0".join(_psutil().Process(pid).environ().values()))
