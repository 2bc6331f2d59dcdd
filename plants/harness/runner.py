"""Runs an unpacked submission the way the server does.

The child gets the images in an order that says nothing of them, and nothing else: no labels, no names.
"""

import contextlib
import dataclasses
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from plants.errors import HarnessError
from plants.harness.faults import Fault, fault
from plants.harness.process import ChildProcess, Output
from plants.harness.session import START_SECONDS, Failed, Prediction, Session

LAYERS = ("fresh folder", "neutral environment", "time limit", "process group", "output cap")
PASSED_ON = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")  # without these some TensorFlows do not load


@dataclasses.dataclass
class Outcome:
    """What a run gave: `labels` (n,) int64 in the order of the images, or None if a fault rejects."""

    labels: np.ndarray | None = None
    prediction: Prediction | None = None  # of which the labels are, in another order
    faults: list[Fault] = dataclasses.field(default_factory=list)
    timing: dict[str, float] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    peak_rss_bytes: int | None = None
    output: Output = dataclasses.field(default_factory=Output)


def run(workspace, images, num_classes, *, profile, interpreter, probe=None):
    """The Outcome of the submission in `workspace`/submission on `images`, (n, 96, 96, 3) uint8.

    After a main prediction without fault, `probe(session, outcome)` may ask the same child for more.
    Writes into `workspace` only, which must be an absolute path without links. Raises HarnessError
    where the child cannot work, for reasons that are not the submission's.
    """
    outcome = Outcome()
    order = order_by_content(images)
    with isolated(workspace, num_classes, profile=profile, interpreter=interpreter) as session:
        try:
            session.load()
            outcome.prediction = session.predict(images[order])
            outcome.labels = np.empty(len(images), np.int64)
            outcome.labels[order] = outcome.prediction.labels
            outcome.peak_rss_bytes, outcome.timing = session.peak_rss_bytes, dict(session.timing)
            if probe:
                probe(session, outcome)
        except Failed as failed:
            outcome.faults.append(failed.fault)
            if failed.fault.code in ("ENV01", "RUN01"):
                outcome.notes += _notes_on_python(session.versions["python"], profile)
    outcome.versions, outcome.output = session.versions, session.output
    outcome.notes = session.notes + outcome.notes
    if outcome.labels is None:
        outcome.peak_rss_bytes, outcome.timing = session.peak_rss_bytes, session.timing
    if session.output.total_bytes > profile.output_limit_bytes:
        outcome.faults.append(
            fault(
                "LOG01", f"{session.output.total_bytes / 2**20:.1f} MB of output, first and last 64 KB kept."
            )
        )
    return outcome


@contextlib.contextmanager
def isolated(workspace, num_classes, *, profile, interpreter):
    """A Session of the submission in `workspace`/submission, in a new child of its own.

    The child and all it started are gone when the context is left. As many as are wanted can follow
    one another in one workspace; none sees what another has left. Raises HarnessError.
    """
    place = Path(tempfile.mkdtemp(dir=workspace))
    try:
        for name in ("work", "home", "tmp"):
            (place / name).mkdir()
        # A copy in the workspace, so that the child's own path does not lead to the data.
        program = shutil.copy(Path(__file__).with_name("child.py"), place / "work" / "run.py")
        submission = workspace / "submission"
        folder = submission if profile.runs_in_submission else place / "home"
        command = [interpreter, "-I", "-B", "-u", str(program)]
        with ChildProcess(command, folder=folder, environment=_environment(place)) as child:
            yield Session(child, submission, num_classes, profile)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def order_by_content(images):
    """(n,) int64, the places of (n, h, w, 3) images sorted by a hash of their pixels.

    Unlike a shuffle with a known seed, it cannot be undone to find the order they had, which would
    tell of their classes; and it is the same in every run.
    """
    digests = [hashlib.sha256(np.ascontiguousarray(image)).digest() for image in images]
    return np.array(sorted(range(len(images)), key=digests.__getitem__), np.int64)


def _notes_on_python(version, profile):
    """That the child's Python is newer than the server's, which may be why the code failed."""
    if tuple(map(int, version.split(".")[:2])) <= profile.python:
        return []
    servers = "{}.{}".format(*profile.python)
    return [f"it failed under Python {version}, but the server has {servers}: name such a one with --python"]


def find_interpreter(name):
    """The path of the Python that `name` (a path or a command) starts; None means this one.

    Raises HarnessError where it is no Python that starts.
    """
    if name is None:
        return sys.executable
    try:
        # Asked, because a launcher may need the environment that the child will not have.
        asked = subprocess.run(
            [name, "-c", "import sys; print(sys.executable)"],
            check=True,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_SECONDS,
        )
        return asked.stdout.splitlines()[-1]  # a launcher may have a word first
    except (OSError, subprocess.SubprocessError, UnicodeError, IndexError) as error:
        raise HarnessError(f"--python {name}: not a Python interpreter that starts ({error})") from error


def _environment(workspace):
    """As little as a server would set, and nothing that tells of this machine or of the labels."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(workspace / "home"),
        "TMPDIR": str(workspace / "tmp"),
        "LANG": "C.UTF-8",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    return environment | {name: os.environ[name] for name in PASSED_ON if name in os.environ}
