"""What a child in a file system of its own gets to see: a list of mounts, the same for every layer.

They are made in the order of the list.
"""

import functools
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from plants.errors import HarnessError
from plants.sandbox import links
from plants.sandbox.limits import SandboxSpec

# ["read", target, source], ["tmpfs", target, bytes, mode], ["proc", target], ["dev", target],
# ["link", target, text] or ["dir", target].
Mount = list[str]

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
NOTHING = "nothing"  # the name of an empty file


def list_mounts(spec: SandboxSpec, uid: int) -> list[Mount]:
    """The mounts for a child, whose user is `uid`. Writes what some of them show into the spec's `place`."""
    etc, tmp_bytes = spec.workdir / "etc", str(spec.limits.tmp_bytes)
    roots, app = _roots(spec.interpreter), app_folder(spec)
    names = _write_etc(etc, uid, home=f"{app}/home")
    return [
        *(_system(path) for path in SYSTEM if os.path.lexists(path)),
        *(["proc", "/proc"], ["dev", "/dev"]),
        *(["tmpfs", TMP, tmp_bytes, "1777"], ["tmpfs", SHARED, tmp_bytes, "1777"]),
        *(["read", path, path] for path in roots),
        *_steps(_wanted(spec.interpreter), (*SYSTEM, *roots)),
        *_hiding(spec.hidden, (*SYSTEM, *roots), str(etc / NOTHING)),
        *(["read", f"/etc/{name}", str(etc / name)] for name in names),
        ["read", app, str(spec.workdir / "app")],
        ["read", f"{app}/submission", str(spec.submission)],
    ]


def app_folder(spec: SandboxSpec) -> str:
    """Where the child sees its programs and the submission: APP, unless the interpreter's way leads there."""
    steps = (step[1] for path in _wanted(spec.interpreter) for step in links.follow(path)[0])
    taken = {*_roots(spec.interpreter), *steps}
    names = itertools.chain([APP], (f"{APP}{number}" for number in itertools.count(2)))
    return next(name for name in names if not any(_lies_in(place, name) for place in taken))


def _hiding(hidden: tuple[Path, ...], seen: tuple[str, ...], empty_file: str) -> Iterator[Mount]:
    """Covers those of the `hidden` paths that lie in folders that are seen."""
    for path in map(os.path.realpath, hidden):
        if any(_lies_in(path, folder) for folder in seen):
            yield ["tmpfs", path, "4096", "755"] if os.path.isdir(path) else ["read", path, empty_file]


def _write_etc(folder: Path, uid: int, *, home: str) -> list[str]:
    """Writes the files of /etc, in which the only user is the child's own; returns their names."""
    files = {
        "passwd": f"model:x:{uid}:{uid}::{home}:/bin/sh\n",
        "group": f"model:x:{uid}:\n",
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    folder.mkdir(exist_ok=True)
    for name, text in {**files, NOTHING: ""}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return list(files)


def _system(path: str) -> Mount:
    return ["link", path, os.readlink(path)] if os.path.islink(path) else ["read", path, path]


@functools.cache
def _roots(interpreter: str) -> tuple[str, ...]:
    """The folders, outside of SYSTEM and without links on their way, that the interpreter needs."""
    roots: list[str] = []
    for path in sorted({links.follow(path)[1] for path in _wanted(interpreter)} - {"/"}, key=len):
        if not any(_lies_in(path, other) for other in (*SYSTEM, *roots)):
            roots.append(path)
    return tuple(roots)


@functools.cache
def _wanted(interpreter: str) -> tuple[str, ...]:
    """What the interpreter needs to start and to import its libraries, as it names these paths itself."""
    named = [interpreter, *_places_of(interpreter), *os.environ.get("LD_LIBRARY_PATH", "").split(":")]
    return tuple(path for path in named if os.path.isabs(path) and os.path.exists(path))


def _steps(paths: tuple[str, ...], seen: tuple[str, ...]) -> Iterator[Mount]:
    """The links on the way of the paths, each of which stays a link, but for those in folders that are seen.

    So a path leads where it leads outside, also by a link that is told from its own place (`../base/python`).
    """
    steps = (tuple(step) for path in paths for step in links.follow(path)[0])
    for step in dict.fromkeys(steps):
        if not any(_lies_in(step[1], folder) for folder in seen):
            yield list(step)


def _places_of(interpreter: str) -> list[str]:
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", ASK],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=ASK_SECONDS,
        )
        places: list[str] = json.loads(done.stdout.splitlines()[-1])
        return places
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise HarnessError(f"{interpreter} does not say where its libraries lie ({error})") from error


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
