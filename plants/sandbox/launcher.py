"""Gets a child ready to be started: its folders, its limits, its environment and its command line."""

import dataclasses
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from plants.sandbox import inside, links, mounts
from plants.sandbox.inside import system
from plants.sandbox.isolation import (
    Isolation,
    child_uid,
    choose,
    let_through,
    require_system,
    wall_command,
)
from plants.sandbox.limits import Limits, SandboxSpec

TMP_FILES = 100_000  # files and folders, at most, in the temporary folder
PASSED_ON = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")  # without these some TensorFlows do not load


@dataclasses.dataclass(frozen=True)
class Launch:
    """How to start a child: `command` still lacks the numbers of its two sockets."""

    isolation: Isolation
    command: list[str]
    environment: dict[str, str]
    submission: Path  # where the child sees it
    mark: str  # the path of a folder, which only the child's processes name


def prepare(spec: SandboxSpec) -> Launch:
    """Gets everything ready for one child.

    Makes the submission readable for the child's user, and changeable for nobody. Raises HarnessError
    where walls are required and impossible, or nothing can be run at all.
    """
    require_system()
    app = spec.workdir / "app"
    for folder in (app, app / "home", app / "submission"):
        folder.mkdir()
    for name in inside.PROGRAMS:  # copies, so that their paths do not lead to the data
        shutil.copy(inside.FOLDER / name, app / name)
    _protect(app)
    _protect(spec.submission)
    isolation = choose(spec)
    if isolation.has_walls:
        paths = _paths_behind_walls(spec, isolation.layer)
    else:
        paths = _paths_on_this_machine(spec, has_own_user=isolation.has_own_user)
    python = [spec.interpreter, "-I"]
    settings = _settings(spec.limits, paths) | {
        "command": [*python, "-B", "-u", str(paths.app / "child.py")],
        "environment": _environment(paths),
    }
    # Where it takes psutil to see processes, the harness's own Python has it.
    own = [links.plain(sys.executable), "-I"]
    trusted = [*python, "-S"] if isolation.has_walls or system.has_proc() else own
    supervisor = [*trusted, str(paths.app / "supervisor.py"), json.dumps(settings)]
    return Launch(
        isolation=isolation,
        command=[*paths.walls, *supervisor],
        environment=settings["environment"],
        submission=paths.submission,
        mark=str(spec.workdir),
    )


@dataclasses.dataclass(frozen=True)
class _ChildPaths:
    """Where the child finds what is its own, and how it gets there."""

    app: Path  # the copied programs, and its home
    tmp: Path
    submission: Path
    uid: int | None  # that supervisor.py gives it; None: as it is
    tmp_is_mounted: bool
    shared: list[str]  # folders that should be empty at the end
    swept: list[str]  # other folders, from which its files are removed
    walls: list[str]  # the beginning of its command line


def _paths_behind_walls(spec: SandboxSpec, layer: str) -> _ChildPaths:
    """A file system of the child's own."""
    app = Path(mounts.app_folder(spec))
    return _ChildPaths(
        app=app,
        tmp=Path(mounts.TMP),
        submission=app / "submission",
        # An ordinary user has one number only, which the namespace shows as the child's.
        uid=child_uid() if os.getuid() == 0 else None,
        tmp_is_mounted=True,
        shared=[mounts.SHARED],
        swept=[],
        walls=wall_command(layer, spec),
    )


def _paths_on_this_machine(spec: SandboxSpec, *, has_own_user: bool) -> _ChildPaths:
    """The file system as it is."""
    uid = child_uid() if has_own_user else None
    tmp = spec.workdir / "tmp"
    let_through(spec.workdir)
    for folder in (tmp, tmp / "work"):
        folder.mkdir()
        if uid is not None:
            os.chown(folder, uid, uid)
    return _ChildPaths(
        app=spec.workdir / "app",
        tmp=tmp,
        submission=spec.submission,
        uid=uid,
        tmp_is_mounted=False,
        # Only files of a user of its own are surely the child's.
        shared=[mounts.SHARED] if has_own_user else [],
        swept=["/tmp", "/var/tmp"] if has_own_user else [],
        walls=[],
    )


def _settings(limits: Limits, paths: _ChildPaths) -> dict[str, Any]:
    """What supervisor.py is told, but for what it starts."""
    folder = paths.submission if limits.works_in_submission else paths.tmp / "work"
    return {
        "folder": str(folder),
        "uid": paths.uid,
        "tmp": str(paths.tmp),
        "tmp_is_mounted": paths.tmp_is_mounted,
        "shared": paths.shared,
        "swept": paths.swept,
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_bytes,
        "tasks": limits.processes,
        "processes": _most_processes(limits, paths),
        "open_files": limits.open_files,
        "tmp_bytes": limits.tmp_bytes,
        "tmp_files": TMP_FILES,
    }


def _most_processes(limits: Limits, paths: _ChildPaths) -> int | None:
    """What the kernel may count: older ones add the processes and threads that this user has already."""
    if paths.uid is not None:
        return limits.processes
    own = system.count_tasks(os.getuid())
    return None if own is None else limits.processes + own


def _protect(folder: Path) -> None:
    """Lets everybody read what is in `folder`, and nobody change it; links in it are left alone."""
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                os.chmod(path, 0o555 if name in folders else 0o444)
    os.chmod(folder, 0o555)


def _environment(paths: _ChildPaths) -> dict[str, str]:
    """As little as a server would set, and nothing that tells of this machine or of the labels."""
    tmp = str(paths.tmp)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(paths.app / "home"),
        "TMPDIR": tmp,
        "XDG_CACHE_HOME": tmp,  # the home folder cannot be written, of which some libraries complain
        "MPLCONFIGDIR": tmp,
        "LANG": "C.UTF-8",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    if not paths.tmp_is_mounted:
        # As the home folder cannot be written, Keras would take its settings from /tmp/.keras: anybody's.
        environment["KERAS_HOME"] = f"{tmp}/.keras"
    return environment | {name: os.environ[name] for name in PASSED_ON if name in os.environ}
