"""Runs an unpacked submission the way the server does.

The child gets the images in an order that says nothing of them, and nothing else: no labels, no names.
"""

import contextlib
import dataclasses
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.errors import HarnessError
from plants.harness.faults import Fault, fault
from plants.harness.profiles import Profile
from plants.harness.run.session import START_SECONDS, Failed, NewSession, Prediction, Session
from plants.sandbox import launcher
from plants.sandbox.limits import SandboxSpec
from plants.sandbox.process import ChildProcess, Output


@dataclasses.dataclass
class Outcome:
    """What a run gave; no `prediction` if a fault rejects."""

    prediction: Prediction | None = None  # the main one, in the order of the images
    faults: list[Fault] = dataclasses.field(default_factory=list)
    timing: dict[str, float] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    peak_rss_bytes: int | None = None
    loaded_rss_bytes: int | None = None  # the peak before the main prediction
    offers_probabilities: bool = False  # by a method beside predict
    output: Output = dataclasses.field(default_factory=Output)
    isolation: list[str] = dataclasses.field(default_factory=list)  # the layers that were active


def run(
    new_session: NewSession,
    images: npt.NDArray[np.uint8],
    outcome: Outcome,
    probe: Callable[[Session, Prediction], bool] | None = None,
) -> None:
    """Asks a new session about `images`, (n, side, side, 3); fills `outcome` on the way.

    So its timing is there after an interrupt, too. After a main prediction without fault,
    `probe(session, prediction)` may ask the same child for more; it returns whether the child was lost over
    that. Raises HarnessError where the child cannot work, for reasons that are not the submission's.
    """
    with new_session() as session:
        outcome.timing = session.timing
        try:
            session.load()
            outcome.loaded_rss_bytes = session.peak_rss_bytes
            outcome.offers_probabilities = session.offers_probabilities
            outcome.prediction = _predict(session, images)
            outcome.peak_rss_bytes, outcome.timing = session.peak_rss_bytes, dict(session.timing)
            printed_bytes = session.output.total_bytes  # what the probes print is not the submission's fault
            was_lost = probe(session, outcome.prediction) if probe else False
            # A child that wore out under the questions had answered what a server asks.
            worn = ("RES06",) if was_lost else ()
            outcome.faults += [late for late in session.finish() if late.code not in worn]
        except Failed as failed:
            outcome.faults.append(failed.fault)
            if failed.fault.code in ("ENV01", "RUN01"):
                outcome.notes += _notes_on_python(session.versions["python"], session.profile)
    outcome.isolation = session.isolation.layers
    outcome.versions, outcome.output = session.versions, session.output
    outcome.notes = session.notes + outcome.notes
    if outcome.prediction is None:
        outcome.peak_rss_bytes, printed_bytes = session.peak_rss_bytes, session.output.total_bytes
    if printed_bytes > session.profile.output_limit_bytes:
        amount = f"{printed_bytes / 2**20:.1f} MB of output, first and last 64 KB kept."
        outcome.faults.append(fault("LOG01", amount))


def _predict(session: Session, images: npt.NDArray[np.uint8]) -> Prediction:
    """The main prediction: the child is shown the images in the order of their content."""
    order = order_by_content(images)
    prediction = session.predict(images[order])
    return dataclasses.replace(prediction, labels=prediction.labels[np.argsort(order)])


@contextlib.contextmanager
def isolated(
    workspace: Path, num_classes: int, profile: Profile, *, interpreter: str, hidden: Sequence[Path] = ()
) -> Iterator[Session]:
    """A Session of the submission in `workspace`/submission, in a new child of its own.

    Writes into `workspace` only, which must be an absolute path without links. `hidden` are paths that the
    child must not see. The child and all it started are gone when the context is left. As many as are wanted
    can follow one another in one workspace; none sees what another has left. Raises HarnessError.
    """
    submission = workspace / "submission"
    with tempfile.TemporaryDirectory(dir=workspace) as place:
        limits = profile.sandbox_limits
        spec = SandboxSpec(Path(place), submission, interpreter, limits, hidden=tuple(hidden))
        launch = launcher.prepare(spec)
        with ChildProcess(launch) as child:
            yield Session(child, launch, num_classes, profile)


def order_by_content(images: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """(n,), the places of (n, h, w, 3) images sorted by a hash of their pixels.

    Unlike a shuffle with a known seed, it cannot be undone to find the order they had, which would
    tell of their classes; and it is the same in every run.
    """
    digests = [hashlib.sha256(np.ascontiguousarray(image).data).digest() for image in images]
    return np.array(sorted(range(len(images)), key=digests.__getitem__), np.int64)


def _notes_on_python(version: str, profile: Profile) -> list[str]:
    """That the child's Python is newer than the server's, which may be why the code failed."""
    if tuple(map(int, version.split(".")[:2])) <= profile.python:
        return []
    servers = "{}.{}".format(*profile.python)
    return [f"it failed under Python {version}, but the server has {servers}: name such a one with --python"]


def find_interpreter(name: str | None) -> str:
    """The path of the Python that `name` (a path or a command) starts; None means this one.

    Raises HarnessError where it is no Python that starts.
    """
    if name is None:
        return sys.executable
    try:
        # Asked, because a launcher may need the environment that the child will not have.
        done = subprocess.run(
            [name, "-c", "import sys; print(sys.executable)"],
            check=True,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_SECONDS,
        )
        (*_, path) = done.stdout.splitlines() or [""]  # a launcher may have a word first
        if not path:
            raise OSError("it printed nothing")
        return path
    except (OSError, subprocess.SubprocessError, UnicodeError) as error:
        raise HarnessError(f"--python {name}: not a Python interpreter that starts ({error})") from error
