"""Puts a command into namespaces of its own, where bubblewrap is missing: see unshare(2).

Started as `python -I -S namespaces.py SETTINGS COMMAND...`. SETTINGS is a JSON object: `root`, an empty
folder to build the new file system on; `mounts`, those of mounts.py; `uid`, the number under which an
ordinary user appears inside, null for root. The command becomes process 1 of its namespace and dies
with this one. Exit code 121 with a line on stderr: the system does not allow it.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x20000, 0x2000000, 0x4000000, 0x8000000  # of unshare(2)
NEW_USER, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
DETACH = 2  # of umount2(2)
MOUNT_SETATTR, HERE, BELOW_TOO = 442, -100, 0x8000  # mount_setattr(2): its number, AT_FDCWD, AT_RECURSIVE
DIE_WITH_PARENT = 1  # of prctl(2)
SET_INTERFACE_FLAGS, UP = 0x8914, 1  # of netdevice(7)
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
NOT_ALLOWED = 121

libc = ctypes.CDLL(None, use_errno=True)


def main(settings: dict[str, Any], command: list[str]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        enter(settings["uid"])
        first = os.fork()  # only children are in the new process namespace
        if first == 0:
            libc.prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            raise_interface()
            socket.sethostname("server")
            build(settings["root"], settings["mounts"])
            os.execv(command[0], command)
    except OSError as error:
        print(f"namespaces: {error}", file=sys.stderr, flush=True)
        os._exit(NOT_ALLOWED)
    os.closerange(3, 256)  # what was passed on belongs to the command
    status = os.waitpid(first, 0)[1]
    os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


def enter(uid: int | None) -> None:
    """New namespaces; as an ordinary user also one of users, in which this one is number `uid`."""
    flags = NEW_MOUNTS | NEW_CGROUP | NEW_UTS | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
    outer_uid, outer_gid = os.getuid(), os.getgid()
    call("unshare", flags | (0 if uid is None else NEW_USER))
    if uid is not None:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {outer_uid} 1"),
            ("gid_map", f"{uid} {outer_gid} 1"),
        ):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)


def raise_interface() -> None:
    """Loopback works, as everywhere; it leads nowhere but to this very namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, struct.pack("16sh14x", b"lo", UP))


def build(root: str, mounts: list[list[str]]) -> None:
    """Makes `mounts` the whole file system of this process."""
    mount(None, "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", root, "tmpfs", NO_SUID | NO_DEVICES, "size=1m,mode=755")
    for kind, target, *details in mounts:
        MAKERS[kind](root + target, *details)
    os.chdir(root)
    call("pivot_root", b".", b".")
    call("umount2", b".", DETACH)
    os.chdir("/")
    restrict("/", 0)
    restrict("/dev", 0)


def bind(target: str, source: str) -> None:
    """`source` as it is, but read-only, with all that is mounted below it."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "a").close()
    mount(source, target, None, BIND | RECURSIVE)
    restrict(target, BELOW_TOO)


def tmpfs(target: str, size_bytes: str, mode: str) -> None:
    os.makedirs(target, exist_ok=True)
    mount("tmpfs", target, "tmpfs", NO_SUID | NO_DEVICES, f"size={size_bytes},mode={mode}")


def proc(target: str) -> None:
    os.makedirs(target, exist_ok=True)
    mount("proc", target, "proc", NO_SUID | NO_DEVICES | NO_EXEC)


def devices(target: str) -> None:
    tmpfs(target, "1m", "755")
    for name in DEVICES:
        open(os.path.join(target, name), "a").close()
        mount("/dev/" + name, os.path.join(target, name), None, BIND)
    for name, place in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink("/proc/self/fd" + place, os.path.join(target, name))


def link(target: str, text: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.symlink(text, target)


def folder(target: str) -> None:
    os.makedirs(target, exist_ok=True)


MAKERS: dict[str, Callable[..., None]] = {
    "dir": folder,
    "read": bind,
    "tmpfs": tmpfs,
    "proc": proc,
    "dev": devices,
    "link": link,
}


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    call(
        "mount",
        *[text if text is None else os.fsencode(text) for text in (source, target, kind)],
        ctypes.c_ulong(flags),
        None if options is None else options.encode(),
    )


def restrict(path: str, depth: int) -> None:
    """Makes the mount at `path` read-only, and without set-user-id files."""
    attributes = struct.pack("4Q", READ_ONLY | NO_SUID, 0, 0, 0)
    call("syscall", MOUNT_SETATTR, HERE, os.fsencode(path), depth, attributes, len(attributes))


def call(name: str, *arguments: Any) -> None:
    """A function of the C library. Raises OSError where it fails."""
    if getattr(libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
