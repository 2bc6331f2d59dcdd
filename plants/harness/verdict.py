"""The verdict on one zip: all that is known of it, and the record that `--json` makes of that."""

import dataclasses
import platform
import traceback
from pathlib import Path
from typing import Any, Self

import numpy as np

from plants import interrupts
from plants.errors import HarnessError, InputError, ProcessesRemain
from plants.harness.compare_zips import ZipComparison
from plants.harness.examples import Answered
from plants.harness.faults import HARNESS, WARNING, Fault, fault, in_order, one_line
from plants.harness.ledger import Looks
from plants.harness.profiles import Profile
from plants.harness.scoring.diagnosis import Diagnosis
from plants.harness.scoring.forecast import Forecast
from plants.metrics import Scores

ACCEPTED, REJECTED, HARNESS_ERROR = "accepted", "rejected", "harness_error"


@dataclasses.dataclass
class Verdict:
    """All that is known of one zip; the fields are those of `--json`."""

    zip: str
    profile: str
    collected: list[Fault] = dataclasses.field(default_factory=list)
    scores: Scores = dataclasses.field(default_factory=Scores)
    seconds: float = 0.0
    timing: dict[str, float] = dataclasses.field(default_factory=dict)
    peak_rss_mb: float | None = None
    zip_sha256: str | None = None
    isolation: list[str] = dataclasses.field(default_factory=list)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    output: str = ""
    interrupted: bool = False
    probes: dict[str, Any] | None = None
    diagnosis: Diagnosis | None = None
    forecast: list[Forecast] = dataclasses.field(default_factory=list)
    comparison: ZipComparison | None = None
    ledger: Looks | None = None
    matrix: list["Row"] = dataclasses.field(default_factory=list)
    answered: Answered | None = None  # not on record: what pages and comparisons are made from

    @property
    def faults(self) -> list[Fault]:
        """The faults collected so far, causes before symptoms; sorted anew, as more may have come."""
        return in_order(self.collected)

    @property
    def verdict(self) -> str:
        if any(fault.level == HARNESS for fault in self.collected):
            return HARNESS_ERROR
        return REJECTED if any(fault.rejects for fault in self.collected) else ACCEPTED

    def note_failure(self, error: BaseException) -> None:
        """Says what kept the harness from its work; it may be a Ctrl-C."""
        self.interrupted = isinstance(error, KeyboardInterrupt) or interrupts.came()
        self.collected.append(describe_failure(error, interrupted=self.interrupted))

    def to_dict(self) -> dict[str, Any]:
        """The record of `--json`; every key is always there."""
        unscored: dict[str, Any] = dict.fromkeys(("n", "accuracy", "macro_f1", "ci95"))
        unscored |= {"per_class": [], "confusion": []}
        return {
            "verdict": self.verdict,
            "zip": self.zip,
            "faults": [fault.to_dict() for fault in self.faults],
            **unscored,
            **self.scores,
            "seconds": self.seconds,
            "timing": self.timing,
            "peak_rss_mb": self.peak_rss_mb,
            "zip_sha256": self.zip_sha256,
            "isolation": self.isolation,
            "profile": self.profile,
            "versions": self.versions,
            "notes": self.notes,
            "output": self.output,
            "probes": self.probes,
            "diagnosis": self.diagnosis and self.diagnosis.to_dict(),
            "forecast": [dataclasses.asdict(forecast) for forecast in self.forecast],
            "comparison": self.comparison and self.comparison.to_dict(),
            "ledger": self.ledger and dataclasses.asdict(self.ledger),
            "matrix": [dataclasses.asdict(row) for row in self.matrix],
        }


@dataclasses.dataclass(frozen=True)
class Row:
    """How a zip did under one interpreter: a row of the matrix.

    `changed` counts the answers that differ from those under the first interpreter, None where there are
    not two lists of answers to compare; `why` is the first fault of a zip that was not accepted.
    """

    interpreter: str
    python: str | None
    tensorflow: str | None
    verdict: str
    accuracy: float | None
    macro_f1: float | None
    changed: int | None
    seconds: float
    why: str | None

    @property
    def label(self) -> str:
        """The interpreter with its versions."""
        tensorflow = f", TensorFlow {self.tensorflow}" if self.tensorflow else ""
        return f"{self.interpreter} (Python {self.python}{tensorflow})"

    @classmethod
    def of(cls, interpreter: str | None, verdict: Verdict, first: Verdict) -> Self:
        """The row of a Verdict; both were given the same images, in the same order."""
        failures = [fault for fault in verdict.faults if fault.level != WARNING]
        changed = None
        if verdict.answered and first.answered:
            changed = int(np.count_nonzero(verdict.answered.answers != first.answered.answers))
        return cls(
            interpreter=str(interpreter),
            python=verdict.versions.get("python"),
            tensorflow=verdict.versions.get("tensorflow"),
            verdict=verdict.verdict,
            accuracy=verdict.scores.get("accuracy"),
            macro_f1=verdict.scores.get("macro_f1"),
            changed=changed,
            seconds=verdict.seconds,
            why=f"{failures[0].code} {failures[0].message}" if failures else None,
        )


def blank(path: Path, profile: Profile, name: str | None = None) -> Verdict:
    """The Verdict on the zip at `path` before anything is known; it is called `name`, else as its file."""
    return Verdict(
        zip=one_line(name or path.name),
        profile=profile.name,
        versions={"harness": platform.python_version()},
    )


def unjudged(path: Path, profile: Profile, error: BaseException, name: str | None = None) -> Verdict:
    """The Verdict on a zip that was not looked at because of `error`, which may be a Ctrl-C."""
    verdict = blank(path, profile, name)
    verdict.note_failure(error)
    return verdict


def describe_failure(error: BaseException, *, interrupted: bool = False) -> Fault:
    """The fault of what kept the harness from its work, which is no fault of the zip."""
    if interrupted:
        return harness_fault("interrupted", remedy="Score again.")
    if isinstance(error, HarnessError | InputError | OSError):
        return harness_fault(str(error), code="HAR01" if isinstance(error, ProcessesRemain) else "HAR02")
    # A defect of the harness must not pass for one of the zip.
    place = traceback.extract_tb(error.__traceback__)[-1]
    return harness_fault(
        f"{type(error).__name__}: {error} in {Path(place.filename).name}, line {place.lineno}"
    )


def harness_fault(problem: str, *, code: str = "HAR02", remedy: str | None = None) -> Fault:
    """The fault of a harness that cannot do its work."""
    return fault(code, f"Harness problem, not yours: {problem}.", remedy=remedy)
