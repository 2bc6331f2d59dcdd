"""What a child in a file system of its own gets to see: a list of mounts, the same for every layer.

Mounts are lists [kind, target, ...] in the order in which they are made: ["read", target, source],
["tmpfs", target, bytes, mode], ["proc", target], ["dev", target], ["link", target, text].
"""

import functools
import json
import os
import subprocess
from pathlib import Path

from plants.errors import HarnessError

APP, TMP, SHARED = "/app", "/tmp", "/dev/shm"
# What programs need to start, and nothing that tells of the machine or its users.
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts"),
    "/sys/devices/system/cpu",
)
ASK = """
import json, sys
places = [sys.executable, sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
print()
print(json.dumps(places + sys.path))
"""
ASK_SECONDS = 60.0


def mounts(place, submission, interpreter, *, uid, tmp_bytes, hidden=()):
    """The mounts for a child; `place` holds app/ and etc/, as `isolation.prepare` writes them.

    `hidden` are paths that must not be seen even where they lie within what the interpreter needs.
    """
    roots = _roots(interpreter)
    seen = [_system(path) for path in SYSTEM if os.path.lexists(path)]
    seen += [["proc", "/proc"], ["dev", "/dev"]]
    seen += [["tmpfs", TMP, tmp_bytes, "1777"], ["tmpfs", SHARED, tmp_bytes, "1777"]]
    seen += [["read", path, path] for path in roots]
    for path in hidden:
        path = os.path.realpath(path)
        if any(_lies_in(path, root) for root in (*SYSTEM, *roots)):
            is_folder = os.path.isdir(path)
            seen.append(["tmpfs", path, 4096, "755"] if is_folder else ["read", path, f"{place}/etc/nothing"])
    seen += [["read", f"/etc/{name}", f"{place}/etc/{name}"] for name in write_accounts(place, uid)]
    return [*seen, ["read", APP, f"{place}/app"], ["read", f"{APP}/submission", str(submission)]]


def write_accounts(place, uid):
    """Writes the files of `place`/etc, in which the only user is the child's own; returns their names."""
    files = {
        "passwd": f"model:x:{uid}:{uid}::{APP}/home:/bin/sh\n",
        "group": f"model:x:{uid}:\n",
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "nothing": "",
    }
    folder = Path(place) / "etc"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return [name for name in files if name != "nothing"]


def _system(path):
    return ["link", path, os.readlink(path)] if os.path.islink(path) else ["read", path, path]


@functools.cache
def _roots(interpreter):
    """The folders, outside of SYSTEM, that the interpreter needs to start and to import its libraries."""
    wanted = []
    for path in [interpreter, *_places_of(interpreter), *os.environ.get("LD_LIBRARY_PATH", "").split(":")]:
        if os.path.isabs(path) and os.path.exists(path):
            wanted += [*_hops(path), os.path.realpath(path)]
    roots = []
    for path in sorted(set(wanted) - {"/"}, key=len):
        if not any(_lies_in(path, other) for other in (*SYSTEM, *roots)):
            roots.append(path)
    return tuple(roots)


def _places_of(interpreter):
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", ASK],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=ASK_SECONDS,
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise HarnessError(f"{interpreter} does not say where its libraries lie ({error})") from error


def _hops(path):
    """`path` and, as long as these are links, what they point to; no final folder is left out."""
    for _ in range(40):  # as many as Linux follows
        yield path
        if not os.path.islink(path):
            return
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))


def _lies_in(path, folder):
    return path == folder or path.startswith(folder + os.sep)
