"""Which walls stand around a child: bubblewrap, else namespaces through unshare(2), else limits only.

The best layer that works on this machine is found by trying it, once for each interpreter.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from plants.errors import HarnessError
from plants.sandbox import links, mounts
from plants.sandbox.inside import system
from plants.sandbox.limits import SandboxSpec

BUBBLEWRAP, NAMESPACES, LIMITS_ONLY = "bubblewrap", "unshare", "limits"
ORDER = (BUBBLEWRAP, NAMESPACES)  # the first that works is taken
TRIAL_SECONDS = 60.0
FIRST_UID = 1_900_000_000  # beyond all that systems give to users and containers
WALLS = (
    *("no network", "no files but its own", "read-only submission", "private /tmp of limited size"),
    *("no other processes in sight", "processes ended as one"),
)
LIMITED = ("wall time", "CPU time", "memory", "processes", "open files", "temporary files", "output")
WATCHED = ("memory", "processes")  # by supervisor.py, where the system tells of them
ALWAYS = ("fresh folder", "neutral environment")
KEPT_CAPABILITIES = ("KILL", "SETUID", "SETGID", "SETPCAP", "SYS_PTRACE")  # for supervisor.py, not the child


@dataclasses.dataclass(frozen=True)
class Isolation:
    """A layer, whether the child gets a user of its own there, and why no better layer is used."""

    layer: str
    has_own_user: bool
    reasons: tuple[str, ...] = ()

    @property
    def has_walls(self) -> bool:
        return self.layer != LIMITS_ONLY

    @property
    def layers(self) -> list[str]:
        """What stands around the child, in words."""
        walls = (self.layer, *WALLS) if self.has_walls else ("write-protected submission",)
        is_unprivileged = self.has_own_user or os.getuid() != 0
        limited = [what for what in LIMITED if self.has_walls or what not in _unwatched()]
        user = ["unprivileged user"] if is_unprivileged else []
        return [*walls, *user, *ALWAYS, *(f"limit on {what}" for what in limited)]

    @property
    def notes(self) -> list[str]:
        """For the user: what is open where no walls stand."""
        if self.has_walls:
            return []
        note = (
            f"limits only ({'; '.join(self.reasons)}): the submission could reach files, network and "
            "processes of this machine"
        )
        if not self.has_own_user:  # its files look like those of the harness's user
            note += "; what it leaves in /dev/shm, /tmp and /var/tmp cannot be told, and stays there"
        if not system.adopts_orphans():
            note += "; a process that hides from its parents may run on"
        if _unwatched():
            note += f"; {' and '.join(_unwatched())} are not watched, since psutil does not work here"
        return [note]


def _unwatched() -> tuple[str, ...]:
    return () if system.tells_of_processes() else WATCHED


def require_system() -> None:
    """Raises HarnessError where no submission can be run at all."""
    if why := system.why_nothing_runs():
        raise HarnessError(why)


_chosen: dict[tuple[str, tuple[str, ...]], Isolation] = {}  # found out once for each interpreter


def choose(spec: SandboxSpec) -> Isolation:
    """The best Isolation that works here; tried in the spec's `workdir`.

    Raises HarnessError where walls are required and only limits are left.
    """
    key = spec.interpreter, ORDER
    if key not in _chosen:
        _chosen[key] = _try_layers(spec)
    isolation = _chosen[key]
    if spec.limits.requires_walls and not isolation.has_walls:
        raise HarnessError(f"isolation was required, but {'; '.join(isolation.reasons)}")
    return isolation


def _try_layers(spec: SandboxSpec) -> Isolation:
    has_namespaces = system.has_namespaces()
    reasons = [] if has_namespaces else ["this system has no namespaces"]
    for layer in ORDER if has_namespaces else ():
        reason = _reason_against(layer, spec)
        if reason is None:
            return Isolation(layer, True, tuple(reasons))
        reasons.append(f"{layer} {reason}")
    if os.getuid() != 0:
        return Isolation(LIMITS_ONLY, False, tuple(reasons))
    try:  # the interpreter, or the temporary folder, may lie where only root can read
        let_through(spec.workdir)
        program = spec.workdir / "app" / "folders.py"  # any will do
        _try([spec.interpreter, "-I", "-S", str(program)], uid=child_uid())
        return Isolation(LIMITS_ONLY, True, tuple(reasons))
    except (OSError, subprocess.SubprocessError):
        return Isolation(LIMITS_ONLY, False, (*reasons, "only root can read the interpreter"))


def child_uid() -> int:
    """The child's user: a number that nobody else has, nor the child of another harness."""
    return FIRST_UID + os.getpid()


def _reason_against(layer: str, spec: SandboxSpec) -> str | None:
    """Why this layer does not work here, or None if it does."""
    if layer == BUBBLEWRAP and not shutil.which("bwrap"):
        return "is not installed"
    walls = wall_command(layer, dataclasses.replace(spec, hidden=()))
    try:
        _try([*walls, spec.interpreter, "-I", "-S", "-c", "pass"])
    except OSError as error:
        return f"does not work here ({error})"
    except subprocess.TimeoutExpired:
        return f"does not start within {TRIAL_SECONDS:g} s"
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {error.returncode}"]
        return f"does not work here ({lines[-1][:200]})"
    return None


def _try(command: list[str], *, uid: int | None = None) -> None:
    """Runs a command, as another user if `uid` is given. Raises OSError or SubprocessError."""
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TRIAL_SECONDS,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        cwd="/",
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )


def let_through(folder: Path) -> None:
    """Lets the child's user get to what is in `folder`, without looking around on the way."""
    for step in (folder.parent, folder):
        step.chmod(0o711)


def wall_command(layer: str, spec: SandboxSpec) -> list[str]:
    """The beginning of a command line that puts its rest behind the walls of this layer."""
    seen = mounts.list_mounts(spec, child_uid())
    # Only an ordinary user needs a namespace of users; root becomes the child's user later.
    uid = None if os.getuid() == 0 else child_uid()
    if layer == BUBBLEWRAP:
        return [links.plain(shutil.which("bwrap") or "bwrap"), *_bubblewrap_options(seen, uid)]
    root = spec.workdir / "root"
    root.mkdir(exist_ok=True)
    settings = {"root": str(root), "mounts": seen, "uid": uid}
    program = Path(__file__).with_name("namespaces.py")
    return [links.plain(sys.executable), "-I", "-S", str(program), json.dumps(settings)]


def _bubblewrap_options(seen: list[mounts.Mount], uid: int | None) -> list[str]:
    """`uid` is the number of the user inside, for an ordinary user outside; None for root."""
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--hostname", "server", "--die-with-parent", "--as-pid-1"]
    if uid is None:
        options += ["--cap-drop", "ALL"]
        options += [word for name in KEPT_CAPABILITIES for word in ("--cap-add", f"CAP_{name}")]
    else:
        options += ["--unshare-user", "--uid", str(uid), "--gid", str(uid)]
    for kind, target, *details in seen:
        for folder in reversed(Path(target).parents[:-1]):  # which else only root could enter
            options += ["--dir", str(folder)]
        if kind == "tmpfs":
            options += ["--perms", details[1], "--size", details[0], "--tmpfs", target]
        elif kind == "read":
            options += ["--ro-bind", details[0], target]
        elif kind == "link":
            options += ["--symlink", details[0], target]
        else:
            options += [f"--{kind}", target]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--"]
