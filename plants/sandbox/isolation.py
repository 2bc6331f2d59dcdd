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
from plants.sandbox import inside, mounts, open_ways
from plants.sandbox.launcher import BUBBLEWRAP, NAMESPACES, entrance

LIMITS = "limits"
ORDER = (BUBBLEWRAP, NAMESPACES)  # the first that works is taken
TRIAL_SECONDS = 60.0
FIRST_UID = 1_900_000_000  # beyond all that systems give to users and containers
TMP_FILES = 100_000
WALLS = (
    *("no network", "no files but its own", "read-only submission", "private /tmp of limited size"),
    *("no other processes in sight", "processes ended as one"),
)
LIMITED = ("wall time", "CPU time", "memory", "processes", "open files", "temporary files", "output")
ALWAYS = ("fresh folder", "neutral environment", *(f"limit on {what}" for what in LIMITED))
PASSED_ON = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")  # without these some TensorFlows do not load


@dataclasses.dataclass(frozen=True)
class Isolation:
    """A layer, the uid that the child gets (None: as it is), and why no better layer is used."""

    layer: str
    uid: int | None
    reasons: tuple[str, ...] = ()

    @property
    def layers(self):
        """What stands around the child, in words."""
        walls = (self.layer, *WALLS) if self.layer != LIMITS else ("write-protected submission",)
        is_unprivileged = self.layer != LIMITS or self.uid is not None or os.getuid() != 0
        return [*walls, *(["unprivileged user"] if is_unprivileged else []), *ALWAYS]


@dataclasses.dataclass(frozen=True)
class ChildSetup:
    """How to start a child: `command` still lacks the numbers of its two sockets.

    `submission` is where the child sees the submission, `mark` a folder that only its processes name.
    """

    isolation: Isolation
    command: list[str]
    environment: dict[str, str]
    submission: Path
    mark: str
    notes: tuple[str, ...] = ()  # for the user: what is open without walls


_chosen = {}  # found out once for each interpreter


def choose(place, submission, interpreter, *, required=False):
    """The best Isolation that works here; tried in `place`, an empty folder of the harness.

    Raises HarnessError where it is `required` and only limits are left.
    """
    key = interpreter, ORDER
    if key not in _chosen:
        _chosen[key] = _best(place, submission, interpreter)
    found = _chosen[key]
    if required and found.layer == LIMITS:
        raise HarnessError(f"isolation was required, but {'; '.join(found.reasons)}")
    return found


def _best(place, submission, interpreter):
    uid, reasons = FIRST_UID + os.getpid(), []
    for layer in ORDER:
        isolation = Isolation(layer, uid, tuple(reasons))
        reason = _reason_against(isolation, place, submission, interpreter)
        if reason is None:
            return isolation
        reasons.append(f"{layer} {reason}")
    if os.getuid() != 0:
        return Isolation(LIMITS, None, tuple(reasons))
    try:  # the interpreter, or the temporary folder, may lie where only root can read
        _let_through(place)
        program = Path(place) / "app" / "procfs.py"  # any will do
        _try([interpreter, "-I", "-S", str(program)], user=uid, group=uid, extra_groups=[])
        return Isolation(LIMITS, uid, tuple(reasons))
    except (OSError, subprocess.SubprocessError):
        return Isolation(LIMITS, None, (*reasons, "only root can read the interpreter"))


def _reason_against(isolation, place, submission, interpreter):
    """Why this layer does not work here, or None if it does."""
    if isolation.layer == BUBBLEWRAP and not shutil.which("bwrap"):
        return "is not installed"
    if not sys.platform.startswith("linux"):
        return "needs Linux"
    made = mounts.mounts(place, submission, interpreter, uid=isolation.uid, tmp_bytes=1 << 20)
    try:
        _try([*entrance(isolation.layer, isolation.uid, place, made), interpreter, "-I", "-S", "-c", "pass"])
    except OSError as error:
        return f"does not work here ({error})"
    except subprocess.TimeoutExpired:
        return f"does not start within {TRIAL_SECONDS:g} s"
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {error.returncode}"]
        return f"does not work here ({said[-1][:200]})"
    return None


def _let_through(place):
    """Lets the child's user get to what is in `place`, without looking around on the way."""
    for folder in (Path(place).parent, Path(place)):
        folder.chmod(0o711)


def _try(command, **options):
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TRIAL_SECONDS,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        cwd="/",
        **options,
    )


def prepare(place, submission, interpreter, *, profile, hidden=(), required=False):
    """The ChildSetup for one child, with its files in `place`, a new folder of the harness.

    Makes the submission readable for the child's user, and changeable for nobody. `hidden` are paths
    that the child must not see. Raises HarnessError where isolation is `required` and impossible.
    """
    app = Path(place) / "app"
    for folder in (app, app / "home", app / "submission"):
        folder.mkdir()
    for name in inside.PROGRAMS:  # copies, so that their paths do not lead to the data
        shutil.copy(inside.FOLDER / name, app / name)
    protect(app)
    protect(submission)
    isolation = choose(place, submission, interpreter, required=required)
    surround = _limited if isolation.layer == LIMITS else _walled
    return surround(isolation, place, submission, interpreter=interpreter, profile=profile, hidden=hidden)


def _walled(isolation, place, submission, *, interpreter, profile, hidden):
    """The ChildSetup in a file system of the child's own."""
    made = mounts.mounts(
        place,
        submission,
        interpreter,
        uid=isolation.uid,
        tmp_bytes=profile.tmp_limit_bytes,
        hidden=hidden,
    )
    # An ordinary user has one number only, which the namespace shows as this one.
    plan = _plan(profile, uid=isolation.uid if os.getuid() == 0 else None, tmp=mounts.TMP)
    seen_at = Path(mounts.APP)
    plan |= {
        "command": _python(interpreter, seen_at / "child.py"),
        "environment": _environment(home=seen_at / "home", tmp=mounts.TMP),
        "folder": str(seen_at / "submission") if profile.runs_in_submission else f"{mounts.TMP}/work",
        "tmp_is_mounted": True,
        "shared": [mounts.SHARED],
        "swept": [],
    }
    walls = entrance(isolation.layer, isolation.uid, place, made)
    return ChildSetup(
        isolation=isolation,
        command=[*walls, interpreter, "-I", "-S", str(seen_at / "supervisor.py"), json.dumps(plan)],
        environment=plan["environment"],
        submission=seen_at / "submission",
        mark=str(place),
    )


def _limited(isolation, place, submission, *, interpreter, profile, hidden):
    """The ChildSetup where the child sees the file system as it is."""
    place = Path(place)
    _let_through(place)
    tmp = place / "tmp"
    for folder in (tmp, tmp / "work"):
        folder.mkdir()
        if isolation.uid is not None:
            os.chown(folder, isolation.uid, isolation.uid)
    plan = _plan(profile, uid=isolation.uid, tmp=str(tmp))
    plan |= {
        "command": _python(interpreter, place / "app" / "child.py"),
        "environment": _environment(home=place / "app" / "home", tmp=tmp),
        "folder": str(submission if profile.runs_in_submission else tmp / "work"),
        "tmp_is_mounted": False,
        # Only files of a user of its own are surely the child's.
        "shared": [] if isolation.uid is None else [mounts.SHARED],
        "swept": [] if isolation.uid is None else ["/tmp", "/var/tmp"],
    }
    return ChildSetup(
        isolation=isolation,
        command=[interpreter, "-I", "-S", str(place / "app" / "supervisor.py"), json.dumps(plan)],
        environment=plan["environment"],
        submission=submission,
        mark=str(place),
        notes=(open_ways.note(isolation, plan, interpreter, app=place / "app", hidden=hidden),),
    )


def _python(interpreter, program):
    return [interpreter, "-I", "-B", "-u", str(program)]


def _plan(profile, *, uid, tmp):
    """What supervisor.py is told, but for the places."""
    return {
        "uid": uid,
        "tmp": tmp,
        "cpu_seconds": profile.cpu_limit_seconds,
        "memory_bytes": profile.memory_limit_bytes,
        "tasks": profile.process_limit,
        "processes": profile.process_limit + (_own_tasks() if uid is None else 0),
        "open_files": profile.open_files_limit,
        "tmp_bytes": profile.tmp_limit_bytes,
        "tmp_files": TMP_FILES,
    }


def _own_tasks():
    """How many processes and threads this user has, which older kernels count to the child's."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == os.getuid():
                count += len(os.listdir(folder / "task"))
        except OSError:
            continue
    return count


def protect(folder):
    """Lets everybody read what is in `folder`, and nobody change it; links in it are left alone."""
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                os.chmod(path, 0o555 if name in folders else 0o444)
    os.chmod(folder, 0o555)


def _environment(*, home, tmp):
    """As little as a server would set, and nothing that tells of this machine or of the labels."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(tmp),
        "XDG_CACHE_HOME": str(tmp),  # the home folder cannot be written, of which some libraries complain
        "MPLCONFIGDIR": str(tmp),
        "LANG": "C.UTF-8",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    return environment | {name: os.environ[name] for name in PASSED_ON if name in os.environ}
