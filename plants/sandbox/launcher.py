"""How a command gets behind walls: by bubblewrap, or by namespaces.py."""

import json
import os
import shutil
import sys
from pathlib import Path

BUBBLEWRAP, NAMESPACES = "bubblewrap", "unshare"
KEPT_CAPABILITIES = (
    "KILL",
    "SETUID",
    "SETGID",
    "SETPCAP",
    "SYS_PTRACE",
)  # for supervisor.py, not for the child


def entrance(layer, uid, place, mounts):
    """The beginning of a command line that puts its rest behind this layer's walls.

    `uid` is how an ordinary user appears inside; `place` is a folder of the harness, for this child
    alone; `mounts` are those of view.py.
    """
    is_root = os.getuid() == 0
    if layer == BUBBLEWRAP:
        return [shutil.which("bwrap"), *_bubblewrap_options(mounts, None if is_root else uid)]
    root = Path(place) / "root"
    root.mkdir(exist_ok=True)
    plan = {"root": str(root), "mounts": mounts, "uid": None if is_root else uid}
    program = Path(__file__).with_name("namespaces.py")
    return [sys.executable, "-I", "-S", str(program), json.dumps(plan)]


def _bubblewrap_options(mounts, uid):
    """`uid` is the number of the user inside, for an ordinary user outside; None for root."""
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--hostname", "server", "--die-with-parent", "--as-pid-1"]
    if uid is None:
        options += ["--cap-drop", "ALL"]
        options += [word for name in KEPT_CAPABILITIES for word in ("--cap-add", f"CAP_{name}")]
    else:
        options += ["--unshare-user", "--uid", str(uid), "--gid", str(uid)]
    for kind, target, *details in mounts:
        for folder in reversed(Path(target).parents[:-1]):  # which else only root could enter
            options += ["--dir", str(folder)]
        if kind == "tmpfs":
            options += ["--perms", details[1], "--size", str(details[0]), "--tmpfs", target]
        elif kind == "read":
            options += ["--ro-bind", details[0], target]
        elif kind == "link":
            options += ["--symlink", details[0], target]
        else:
            options += [f"--{kind}", target]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--"]
