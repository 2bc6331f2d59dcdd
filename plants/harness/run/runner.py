"""Runs an unpacked submission the way the server does.

The child gets the images in an order that says nothing of them, and nothing else: no labels, no names.
"""

import contextlib
import dataclasses
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from plants.errors import HarnessError
from plants.harness.faults import Fault, fault
from plants.harness.run.session import START_SECONDS, Failed, Prediction, Session
from plants.sandbox import launcher
from plants.sandbox.limits import SandboxSpec
from plants.sandbox.process import ChildProcess, Output


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
    loaded_rss_bytes: int | None = None  # the peak before the main prediction
    offers_probabilities: bool = False  # by a method beside predict
    output: Output = dataclasses.field(default_factory=Output)
    isolation: list[str] = dataclasses.field(default_factory=list)  # the layers that were active


def run(workspace, images, num_classes, *, profile, probe=None, outcome=None, **surroundings):
    """The Outcome of the submission in `workspace`/submission on `images`, (n, 96, 96, 3) uint8.

    After a main prediction without fault, `probe(session, outcome)` may ask the same child for more;
    it returns whether the child was lost over that. An `outcome` that is given is filled on the way, so that
    its timing is there after an interrupt, too; `surroundings` are those of `isolated`. Writes into
    `workspace` only, which must be an absolute path without links. Raises HarnessError where the child
    cannot work, for reasons that are not the submission's.
    """
    outcome = outcome or Outcome()
    order = order_by_content(images)
    with isolated(workspace, num_classes, profile=profile, **surroundings) as session:
        outcome.timing = session.timing
        try:
            session.load()
            outcome.loaded_rss_bytes = session.peak_rss_bytes
            outcome.offers_probabilities = session.offers_probabilities
            outcome.prediction = session.predict(images[order])
            outcome.labels = np.empty(len(images), np.int64)
            outcome.labels[order] = outcome.prediction.labels
            outcome.peak_rss_bytes, outcome.timing = session.peak_rss_bytes, dict(session.timing)
            printed_bytes = session.output.total_bytes  # what the probes print is not the submission's fault
            was_lost = probe(session, outcome) if probe else False
            # A child that wore out under the questions had answered what a server asks.
            worn = ("RES06",) if was_lost else ()
            outcome.faults += [found for found in session.finish() if found.code not in worn]
        except Failed as failed:
            outcome.faults.append(failed.fault)
            if failed.fault.code in ("ENV01", "RUN01"):
                outcome.notes += _notes_on_python(session.versions["python"], profile)
    outcome.isolation = session.isolation.layers
    outcome.versions, outcome.output = session.versions, session.output
    outcome.notes = session.notes + outcome.notes
    if outcome.labels is None:
        outcome.peak_rss_bytes = session.peak_rss_bytes
    printed_bytes = session.output.total_bytes if outcome.labels is None else printed_bytes
    if printed_bytes > profile.output_limit_bytes:
        said = f"{printed_bytes / 2**20:.1f} MB of output, first and last 64 KB kept."
        outcome.faults.append(fault("LOG01", said))
    return outcome


@contextlib.contextmanager
def isolated(workspace, num_classes, *, profile, interpreter, hidden=()):
    """A Session of the submission in `workspace`/submission, in a new child of its own.

    `hidden` are paths that the child must not see. The child and all it started are gone when the context
    is left. As many as are wanted can follow one another in one workspace; none sees what another has
    left. Raises HarnessError.
    """
    submission = workspace / "submission"
    with tempfile.TemporaryDirectory(dir=workspace) as place:
        limits = profile.sandbox_limits
        spec = SandboxSpec(Path(place), submission, interpreter, limits, hidden=tuple(hidden))
        launch = launcher.prepare(spec)
        with ChildProcess(launch) as child:
            yield Session(child, launch, num_classes, profile)


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
        (*_, path) = asked.stdout.splitlines() or [""]  # a launcher may have a word first
        if not path:
            raise OSError("it printed nothing")
        return path
    except (OSError, subprocess.SubprocessError, UnicodeError) as error:
        raise HarnessError(f"--python {name}: not a Python interpreter that starts ({error})") from error
