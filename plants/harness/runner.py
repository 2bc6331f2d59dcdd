"""Runs an unpacked submission the way the server does.

The child gets the images in a fixed shuffled order and nothing else: no labels, no names.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from plants.errors import HarnessError
from plants.harness import answers, failures
from plants.harness.faults import Fault, fault
from plants.harness.process import ChildEnded, ChildProcess, Output, TimeIsUp

START_SECONDS = 180.0  # for the interpreter and TensorFlow, which the server has loaded before
LAYERS = ("fresh folder", "neutral environment", "time limit", "process group", "output cap")
LOUD_BYTES = 1 << 20
PASSED_ON = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")  # without these some TensorFlows do not load


@dataclasses.dataclass
class Outcome:
    """What a run gave: `labels` (n,) int64 in the order of the images, or None if a fault rejects."""

    labels: np.ndarray | None = None
    faults: list[Fault] = dataclasses.field(default_factory=list)
    timing: dict[str, float] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    peak_rss_bytes: int | None = None
    output: Output = dataclasses.field(default_factory=Output)


def run(workspace, images, num_classes, *, profile, interpreter):
    """The Outcome of the submission in `workspace`/submission on `images`, (n, 96, 96, 3) uint8.

    Writes into `workspace` only, which must be an absolute path without links. Raises HarnessError
    where the child cannot work, for reasons that are not the submission's.
    """
    for name in ("work", "home", "tmp"):
        (workspace / name).mkdir()
    # A copy in the workspace, so that the child's own path does not lead to the data.
    program = shutil.copy(Path(__file__).with_name("child.py"), workspace / "work" / "run.py")
    order = np.random.default_rng(0).permutation(len(images))
    np.save(workspace / "work" / "images.npy", images[order])
    outcome = Outcome()
    folder = workspace / ("submission" if profile.runs_in_submission else "home")
    command = [interpreter, "-I", "-B", "-u", str(program)]
    with ChildProcess(command, folder=folder, environment=_environment(workspace)) as child:
        try:
            shuffled = Session(child, workspace, profile, outcome).predict(len(images), num_classes)
            outcome.labels = np.empty(len(images), np.int64)
            outcome.labels[order] = shuffled
        except Failed as failed:
            outcome.faults.append(failed.fault)
            if failed.fault.code in ("ENV01", "RUN01"):
                outcome.notes += _notes_on_python(outcome.versions["python"], profile)
    outcome.peak_rss_bytes, outcome.output = child.peak_rss_bytes, child.output
    if child.output.total_bytes > LOUD_BYTES:
        outcome.faults.append(
            fault("LOG01", f"{child.output.total_bytes / 2**20:.1f} MB of output, first and last 64 KB kept.")
        )
    return outcome


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


class Failed(Exception):
    """The submission failed, by `fault`."""

    def __init__(self, found):
        super().__init__(str(found))
        self.fault = found


class Session:
    """One submission's way through the phases start, import, init and predict."""

    def __init__(self, child, workspace, profile, outcome):
        self._child, self._profile, self._outcome = child, profile, outcome
        self._folder = workspace / "submission"
        self._images = workspace / "work" / "images.npy"

    def predict(self, count, num_classes):
        """The (count,) labels that the submission gives. Raises Failed, or HarnessError."""
        self._start()
        deadline = time.monotonic() + self._profile.time_limit_seconds
        self._import(deadline)
        reply, payload = self._ask("predict", {"images": str(self._images)}, deadline)
        self._refuse_failure(reply, "predict(X)")
        labels, faults = answers.check(reply, payload, count=count, num_classes=num_classes)
        if faults:
            raise Failed(faults[0])
        return labels

    def _start(self):
        kind = self._profile.input_kind
        started = time.monotonic()
        try:
            reply, _ = self._child.ask({"do": "start", "input_kind": kind}, deadline=started + START_SECONDS)
        except (ChildEnded, TimeIsUp) as error:
            last_words = self._child.output.text.strip()[-300:]
            raise HarnessError(f"the child's interpreter did not get ready: {last_words}") from error
        self._outcome.timing["start"] = time.monotonic() - started
        if reply.get("status") != "ok":
            error = failures.error_of(reply)
            raise HarnessError(
                f"the child's interpreter cannot load numpy and TensorFlow ({error['type']}: "
                f"{error['text']}); name one that can with --python"
            )
        self._outcome.versions = reply["versions"]
        if kind == "tensor" and not reply["has_tensorflow"]:
            self._outcome.notes.append(
                "TensorFlow is not installed for the child's interpreter: "
                "predict was given a numpy array instead of a tensor"
            )

    def _import(self, deadline):
        profile = self._profile
        name = {"class_name": profile.class_name}
        reply, _ = self._ask("import", {"folder": str(self._folder), **name}, deadline)
        self._refuse_failure(reply, "the import of model.py")
        arguments = [str(self._folder)] if profile.passes_path else []
        reply, _ = self._ask("init", {"arguments": arguments, **name}, deadline)
        self._refuse_failure(reply, f"{profile.class_name}({profile.arguments})")

    def _ask(self, phase, request, deadline):
        started = time.monotonic()
        try:
            return self._child.ask({"do": phase, **request}, deadline=deadline)
        except TimeIsUp:
            raise Failed(failures.timeout(phase, self._profile, self._last_place())) from None
        except ChildEnded:
            child = self._child
            raise Failed(
                failures.death(phase, child.exit_code, child.peak_rss_bytes, self._last_place())
            ) from None
        finally:
            self._outcome.timing[phase] = time.monotonic() - started

    def _refuse_failure(self, reply, doing):
        keras = self._outcome.versions.get("keras")
        found = failures.failure_in(reply, doing, self._profile, keras=keras)
        if found:
            raise Failed(found)

    def _last_place(self):
        return failures.last_place(self._child.output.text, self._folder)
