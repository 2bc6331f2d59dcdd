"""One submission's way through one child: start, import, init, and any number of predictions."""

import dataclasses
import io
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.errors import HarnessError
from plants.harness.faults import Fault
from plants.harness.profiles import Profile
from plants.harness.run import check_answers, exits, failures
from plants.harness.run.exits import Attempt, Place
from plants.sandbox.launcher import Launch
from plants.sandbox.process import FINISH_SECONDS, ChildEnded, ChildProcess, Forged, Output, TimeIsUp

START_SECONDS = 180.0  # for the interpreter and TensorFlow, which the server has loaded before


class Failed(Exception):
    """The submission failed, by `fault`."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclasses.dataclass(frozen=True)
class Prediction:
    """One answer of predict: `labels` (n,) in 0..num_classes-1, in the order of its images.

    `seconds` are the parent's, from the request to the reply. `peak_rss_bytes` is the most that the
    supervisor has seen all processes hold by then, None where it has not looked. `changed` says how predict
    altered X, "" if it left it alone, and `rss_bytes` what its process held afterwards, None where it is
    not known: these two are the child's own word, which decides no score.
    """

    labels: npt.NDArray[np.int64]
    seconds: float
    changed: str
    rss_bytes: float | None
    peak_rss_bytes: int | None = None


class Session:
    """A submission in an isolated child; made by `runner.isolated`.

    After `load` it can be asked to `predict` any number of times. `versions`, `has_tensorflow`,
    `offers_probabilities`, `timing` (seconds per phase, of the last time it was gone through) and `notes` for
    the user grow on the way.
    """

    def __init__(self, child: ChildProcess, launch: Launch, num_classes: int, profile: Profile) -> None:
        self.versions: dict[str, str] = {}
        self.timing: dict[str, float] = {}
        self.notes = launch.isolation.notes
        self.has_tensorflow = self.offers_probabilities = False
        self.isolation, self.profile = launch.isolation, profile
        self._folder = launch.submission
        self._child, self._num_classes = child, num_classes
        self._attempts: list[Attempt] = []  # what the child was seen to try
        self._deadline: float | None = None  # of the next prediction, once it was granted

    def load(self) -> None:
        """Starts the interpreter and makes an instance. Raises Failed, or HarnessError.

        The profile's time limit runs from here to the end of the first prediction.
        """
        self._start()
        self._grant()
        request = {"folder": str(self._folder), "class_name": self.profile.class_name}
        self._ask("import", request, doing="the import of model.py")
        self._init()

    def renew(self) -> None:
        """Makes another instance, which predicts from now on. Raises Failed, or HarnessError."""
        self._grant()
        self._init()

    def predict(
        self,
        images: npt.NDArray[np.uint8] | npt.NDArray[np.floating],
        *,
        kind: str | None = None,
        dtype: str = "float32",
        seconds: float | None = None,
    ) -> Prediction:
        """The Prediction for `images`, (n, h, w, 3). Raises Failed, or HarnessError.

        float32 is for pixels that a diagnosis has scaled otherwise. X is a `kind` ("tensor", "array";
        None is the profile's) of `dtype` ("float32", "uint8", "float64"). After the first call each has
        the profile's time limit to itself, or `seconds`.
        """
        if seconds is not None:
            self._grant(seconds)
        request = {"input_kind": kind or self.profile.input_kind, "dtype": dtype}
        reply, payload = self._ask("predict", request, _npy(images), doing="predict(X)")
        self._deadline = None
        checked = check_answers.check(reply, payload, count=len(images), num_classes=self._num_classes)
        if isinstance(checked, Fault):
            raise Failed(checked)
        return Prediction(
            labels=checked,
            seconds=self.timing["predict"],
            changed=_change(reply.get("changed")),
            rss_bytes=_number(reply.get("rss_bytes")),
            peak_rss_bytes=self.peak_rss_bytes,
        )

    def probabilities(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[Any] | None:
        """What the submission's own method of this name gives for `images`, (n, h, w, 3); None: no numbers.

        Raises Failed where it has none, or HarnessError.
        """
        self._grant()
        request = {"input_kind": self.profile.input_kind, "dtype": "float32", "method": "probabilities"}
        _, payload = self._ask("predict", request, _npy(images), doing="probabilities(X)")
        return check_answers.array_in(payload)

    @property
    def kind(self) -> str:
        """What X is by default: "tensor", or "array" where there is no TensorFlow."""
        return self.profile.input_kind if self.has_tensorflow else "array"

    def finish(self) -> list[Fault]:
        """Lets the child end; the faults of what it tried on the way, and of what it leaves behind."""
        unending = [] if self._child.finish() else [exits.endless(FINISH_SECONDS)]
        self._note_attempts()
        return exits.attempts(self._attempts) + exits.left_behind(self._child.report) + unending

    @property
    def peak_rss_bytes(self) -> int | None:
        return self._child.peak_rss_bytes

    @property
    def output(self) -> Output:
        return self._child.output

    def _grant(self, seconds: float | None = None) -> float:
        """Sets the deadline of the next request, or of all up to the end of the next prediction."""
        self._deadline = time.monotonic() + (seconds or self.profile.time_limit_seconds)
        return self._deadline

    def _start(self) -> None:
        kind = self.profile.input_kind
        started = time.monotonic()
        try:
            request = {"do": "start", "input_kind": kind, "cut_network": not self.isolation.has_walls}
            reply, _ = self._child.ask(request, deadline=started + START_SECONDS)
        except (ChildEnded, Forged, TimeIsUp) as error:
            last_words = self._child.output.text.strip()[-300:]
            raise HarnessError(f"the child's interpreter did not get ready: {last_words}") from error
        self.timing["start"] = time.monotonic() - started
        if reply.get("status") != "ok":
            raised = failures.exception_in(reply)
            raise HarnessError(
                f"the child's interpreter cannot load numpy and TensorFlow ({raised.type}: {raised.text}); "
                "name one that can with --python"
            )
        self.versions, self.has_tensorflow = failures.versions_in(reply), reply["has_tensorflow"]
        if kind == "tensor" and not self.has_tensorflow:
            self.notes.append(
                "TensorFlow is not installed for the child's interpreter: "
                "predict was given a numpy array instead of a tensor"
            )

    def _init(self) -> None:
        arguments = [str(self._folder)] if self.profile.passes_path else []
        request = {"arguments": arguments, "class_name": self.profile.class_name}
        reply, _ = self._ask("init", request, doing=self.profile.constructor_call)
        self.offers_probabilities = reply.get("offers_probabilities") is True

    def _ask(
        self, phase: str, request: dict[str, Any], payload: bytes = b"", *, doing: str
    ) -> tuple[dict[str, Any], bytes]:
        """(reply, payload) of a phase that went well; raises Failed for any other."""
        child = self._child
        deadline = self._deadline or self._grant()
        started, computed = time.monotonic(), child.cpu_seconds
        try:
            reply, answer = child.ask({"do": phase, **request}, payload, deadline=deadline)
        except TimeIsUp:
            used = {"seconds": time.monotonic() - started, "cpu_seconds": child.cpu_seconds - computed}
            raise Failed(exits.timeout(phase, self.profile, place=self._last_place(), **used)) from None
        except Forged:
            raise Failed(exits.forgery(phase)) from None
        except ChildEnded:
            raise Failed(exits.death(phase, child.report, self.profile, self._last_place())) from None
        finally:
            self.timing[phase] = time.monotonic() - started
        self.versions = failures.versions_in(reply) | self.versions  # what was known before it ran stands
        fault = failures.failure_in(reply, doing, self.profile, self.versions)
        if fault is None or fault.code != "ENV04":  # which says it itself
            self._attempts += failures.attempts_in(reply)
        if fault:
            self._note_attempts(failed=True)
            raise Failed(fault)
        return reply, answer

    def _note_attempts(self, *, failed: bool = False) -> None:
        notes = exits.notes_on_attempts(self._attempts, failed=failed)
        self.notes += [note for note in notes if note not in self.notes]

    def _last_place(self) -> Place:
        return exits.last_place(self._child.output.text, self._folder)


NewSession = Callable[[], AbstractContextManager[Session]]  # in a child of its own


def _npy(images: npt.NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, images, allow_pickle=False)
    return file.getvalue()


def _number(value: Any) -> float | None:
    """An untrusted value if it is a number of use, else None."""
    return value if type(value) in (int, float) and 0 <= value < float("inf") else None


def _change(value: Any) -> str:
    """How X was changed, as text, from what child.py sends: None or [before, after]."""
    try:
        (shape, *lowest_highest), (new_shape, *new_lowest_highest) = value
        if shape != new_shape:
            return f"{shape} -> {new_shape}"
        if lowest_highest != new_lowest_highest:
            (low, high), (new_low, new_high) = lowest_highest, new_lowest_highest
            return f"from {low:g}..{high:g} to {new_low:g}..{new_high:g}"
        return "other values in the same range"
    except (TypeError, ValueError):
        return ""
