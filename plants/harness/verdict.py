"""From a zip to its verdict: static checks, run, score, doubts, and the JSON record of all that."""

import contextlib
import dataclasses
import hashlib
import os
import platform
import tempfile
import time
import traceback
from pathlib import Path

from plants.errors import HarnessError, InputError
from plants.harness import interruption
from plants.harness.answered import Answered
from plants.harness.checks import archive, contract, read_manifest, zip_checks
from plants.harness.compare_zips import ZipComparison
from plants.harness.faults import CATALOGUE, HARNESS, fault, in_order, one_line
from plants.harness.ledger import Looks
from plants.harness.probes import probes
from plants.harness.profiles import Profile
from plants.harness.run import reconcile, runner
from plants.harness.scoring import probabilities, scoring
from plants.harness.scoring.diagnosis import Diagnosis
from plants.harness.scoring.forecast import Forecast
from plants.sandbox.open_trace import OpenTrace

ACCEPTED, REJECTED, HARNESS_ERROR = "accepted", "rejected", "harness_error"
OUTPUT_ON_RECORD = 4000  # characters of what the submission printed last


@dataclasses.dataclass
class Verdict:
    """All that is known of one zip; the fields are those of `--json`."""

    zip: str
    profile: str
    faults: list = dataclasses.field(default_factory=list)
    scores: dict = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    timing: dict = dataclasses.field(default_factory=dict)
    peak_rss_mb: float | None = None
    zip_sha256: str | None = None
    isolation: list = dataclasses.field(default_factory=list)
    versions: dict = dataclasses.field(default_factory=dict)
    class_names: tuple = ()
    notes: list = dataclasses.field(default_factory=list)
    output: str = ""
    interrupted: bool = False
    probes: dict | None = None
    diagnosis: Diagnosis | None = None
    forecast: list[Forecast] = dataclasses.field(default_factory=list)
    comparison: ZipComparison | None = None
    ledger: Looks | None = None
    matrix: list = dataclasses.field(default_factory=list)  # of matrix.Row
    answered: Answered | None = None  # not on record: what pages and comparisons are made from

    @property
    def verdict(self):
        if any(found.level == HARNESS for found in self.faults):
            return HARNESS_ERROR
        return REJECTED if any(found.rejects for found in self.faults) else ACCEPTED

    def to_dict(self):
        """The record of `--json`; every key is always there."""
        unscored = dict(n=None, accuracy=None, macro_f1=None, ci95=None, per_class=[], confusion=[])
        return {
            "verdict": self.verdict,
            "zip": self.zip,
            "faults": [found.to_dict() for found in self.faults],
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
            "forecast": [dataclasses.asdict(found) for found in self.forecast],
            "comparison": self.comparison and self.comparison.to_dict(),
            "ledger": self.ledger and dataclasses.asdict(self.ledger),
            "matrix": [dataclasses.asdict(row) for row in self.matrix],
        }


def judge(path, examples, *, profile, name=None, **way):
    """The Verdict on one zip. `examples` is an Examples, or None for the static checks alone.

    It calls the zip `name`, by default as its file; `way` are fields of Way. Whatever the zip holds, this
    returns; Ctrl-C too becomes a verdict, marked `interrupted`. Raises InputError where there is no
    such file, or where the data is bad; OtherClasses where it does not fit this zip.
    """
    path = Path(path)
    refuse_missing(path)
    started = time.monotonic()
    verdict = _blank(path, profile, name)
    way = Way(profile, **way)
    try:
        _judge(verdict, path, examples, way)
    except InputError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        _note(verdict, error)
    verdict.faults = in_order(verdict.faults)
    verdict.seconds = time.monotonic() - started
    return verdict


@dataclasses.dataclass(frozen=True)
class Way:
    """How a zip is judged, as `judge` is told.

    `interpreter` runs the submission; None means this one. `thorough` probes it on all images. The
    score is entered in the file `ledger`, unless that is None. `probabilities` asks for those of its
    answers, too.
    """

    profile: Profile
    interpreter: str | None = None
    thorough: bool = False
    ledger: Path | None = None
    probabilities: bool = False


def refuse_missing(path):
    """Raises InputError unless `path` is a file that can be read."""
    if path.is_file() and os.access(path, os.R_OK):
        return
    what = "a folder" if path.is_dir() else "not readable" if path.exists() else "no such file"
    raise InputError(f"{path}: {what}; expected a zip, as build_submission.py writes it")


def unjudged(path, profile, error, name=None):
    """The Verdict on a zip that was not looked at because of `error`, which may be a Ctrl-C."""
    verdict = _blank(path, profile, name)
    _note(verdict, error)
    return verdict


def _blank(path, profile, name):
    return Verdict(
        zip=one_line(name or path.name),
        profile=profile.name,
        versions={"harness": platform.python_version()},
    )


def _note(verdict, error):
    """Says in `verdict` what kept the harness from its work."""
    verdict.interrupted = isinstance(error, KeyboardInterrupt) or interruption.came()
    if verdict.interrupted:
        found = _harness_fault("interrupted", remedy="Score again.")
    elif isinstance(error, HarnessError | InputError | OSError):
        found = _harness_fault(error, code=getattr(error, "code", "HAR02"))
    else:  # a defect of the harness must not pass for one of the zip
        place = traceback.extract_tb(error.__traceback__)[-1]
        found = _harness_fault(
            f"{type(error).__name__}: {error} in {Path(place.filename).name}, line {place.lineno}"
        )
    verdict.faults.append(found)


def _harness_fault(what, *, code="HAR02", **words):
    return fault(code, f"Harness problem, not yours: {what}.", **words)


def _judge(verdict, path, examples, way):
    with contextlib.ExitStack() as stack:
        with _timed(verdict, "check"):
            with open(path, "rb") as file:
                verdict.zip_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            opened, verdict.faults = zip_checks.open_archive(path, way.profile)
            if opened:
                stack.callback(opened.close)
                verdict.faults += contract.faults_of(opened, way.profile)
        # Past such faults a run would only show symptoms of them.
        pointless = any(found.rejects and CATALOGUE[found.code].ends_check for found in verdict.faults)
        if examples is None or pointless:
            return
        claims, notes = read_manifest.read(opened)
        subject, more_notes = examples.chosen_for(claims)
        # A server numbers classes in sorted order, in whatever order a zip names them.
        verdict.class_names = tuple(sorted((claims or subject.dataset).class_names))
        verdict.notes += notes + more_notes
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        with _timed(verdict, "unpack"):
            archive.unpack(opened, workspace / "submission")
        _run_and_score(verdict, subject, way, workspace=workspace, opened=opened)


def _run_and_score(verdict, subject, way, *, workspace, opened):
    interpreter = runner.find_interpreter(way.interpreter)
    dataset, num_classes = subject.dataset, len(verdict.class_names)
    hidden = [dataset.place] if dataset.place else []
    how = {"profile": way.profile, "interpreter": interpreter, "hidden": hidden}
    asked = probes.Probes(dataset.images, dataset.labels, thorough=way.thorough)
    outcome = runner.Outcome()
    try:
        with OpenTrace(workspace / "submission") as trace:
            runner.run(workspace, dataset.images, num_classes, probe=asked, outcome=outcome, **how)
    finally:
        verdict.timing |= outcome.timing
    seen = {"opened": trace.opened, "profile": way.profile}
    verdict.faults = reconcile.settled(verdict.faults, outcome, opened, **seen)
    _note_run(verdict, outcome)
    if verdict.verdict != ACCEPTED:
        return

    def new_session():
        return runner.isolated(workspace, num_classes, **how)

    with _timed(verdict, "probes"):
        asked.follow_up(new_session)
    verdict.timing["probes"] += asked.seconds
    with _timed(verdict, "score"):
        scoring.score(verdict, outcome, asked, subject=subject, new_session=new_session, profile=way.profile)
        if verdict.scores and way.ledger:
            scoring.enter(verdict, subject, way.ledger)
    verdict.timing["score"] -= verdict.timing.get("diagnosis", 0.0)
    if verdict.scores and way.probabilities and outcome.offers_probabilities:
        with _timed(verdict, "probabilities"):
            verdict.answered = probabilities.with_probabilities(verdict.answered, new_session)


def _note_run(verdict, outcome):
    verdict.isolation = outcome.isolation
    verdict.versions |= outcome.versions
    verdict.notes += outcome.notes
    if outcome.peak_rss_bytes:
        verdict.peak_rss_mb = outcome.peak_rss_bytes / 2**20
    verdict.output = outcome.output.text[-OUTPUT_ON_RECORD:]


@contextlib.contextmanager
def _timed(verdict, phase):
    started = time.monotonic()
    try:
        yield
    finally:
        verdict.timing[phase] = time.monotonic() - started
