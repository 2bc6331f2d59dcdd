"""From one zip to its verdict: checks, unpack, run, reconcile, probes, score."""

import contextlib
import functools
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from plants.errors import InputError
from plants.harness import ledger
from plants.harness.checks import contract, read_manifest, zip_checks
from plants.harness.checks.archive import Archive, unpack
from plants.harness.examples import Answered, Examples, Subject
from plants.harness.faults import CATALOGUE
from plants.harness.options import JudgeOptions
from plants.harness.probes.probes import Probes
from plants.harness.profiles import Profile
from plants.harness.run import reconcile, runner
from plants.harness.run.runner import Outcome
from plants.harness.run.session import NewSession
from plants.harness.scoring import diagnosis, probabilities, score_run
from plants.harness.verdict import ACCEPTED, Verdict, blank
from plants.sandbox.open_trace import OpenTrace

OUTPUT_ON_RECORD = 4000  # characters of what the submission printed last


def judge_zip(
    path: Path, examples: Examples | None, options: JudgeOptions, *, name: str | None = None
) -> Verdict:
    """The Verdict on one zip, under the first interpreter; without examples, of the checks alone.

    The zip is called `name`, by default as its file. Whatever it holds, this returns; Ctrl-C too becomes a
    verdict, marked `interrupted`. Raises InputError where there is no such file, or where the data is bad;
    OtherData where it does not fit this zip.
    """
    refuse_missing(path)
    started = time.monotonic()
    verdict = blank(path, options.profile, name)
    try:
        _take_steps(verdict, path, examples, options)
    except InputError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        verdict.note_failure(error)
    verdict.seconds = time.monotonic() - started
    return verdict


def refuse_missing(path: Path) -> None:
    """Raises InputError unless `path` is a file that can be read."""
    if path.is_file() and os.access(path, os.R_OK):
        return
    what = "a folder" if path.is_dir() else "not readable" if path.exists() else "no such file"
    raise InputError(f"{path}: {what}; expected a zip, as build_submission.py writes it")


def _take_steps(verdict: Verdict, path: Path, examples: Examples | None, options: JudgeOptions) -> None:
    """Takes the steps one after the other, up to the first that ends the judging."""
    profile = options.profile
    with contextlib.ExitStack() as stack:
        archive = _check(verdict, path, profile, stack)
        # Past some faults a run would only show symptoms of them.
        pointless = any(fault.rejects and CATALOGUE[fault.code].ends_check for fault in verdict.collected)
        if archive is None or examples is None or pointless:
            return
        manifest, notes = read_manifest.read(archive)
        subject, more_notes = examples.chosen_for(manifest)
        verdict.notes += notes + more_notes
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        with _timed(verdict, "unpack"):
            unpack(archive, workspace / "submission")
        new_session = functools.partial(
            runner.isolated,
            workspace,
            len(subject.class_names),
            profile,
            interpreter=runner.find_interpreter(options.interpreters[0]),
            hidden=[subject.dataset.place] if subject.dataset.place else [],
        )
        probes = Probes(subject.dataset.images, subject.dataset.labels, thorough=options.thorough)
        outcome = Outcome()
        try:
            with OpenTrace(workspace / "submission") as trace:
                runner.run(new_session, subject.dataset.images, outcome, probes)
        finally:
            verdict.timing |= outcome.timing
        verdict.collected = reconcile.reconcile(
            verdict.collected, outcome, archive, opened=trace.opened, profile=profile
        )
        _note_run(verdict, outcome)
        if verdict.verdict != ACCEPTED or outcome.prediction is None:
            return
        _probe(verdict, probes, new_session)
        answered = subject.answered(outcome.prediction.labels)
        _score(verdict, answered, outcome, probes, subject=subject, new_session=new_session, options=options)
        if verdict.answered and options.probabilities and outcome.offers_probabilities:
            with _timed(verdict, "probabilities"):
                verdict.answered = probabilities.with_probabilities(answered, new_session)


def _check(verdict: Verdict, path: Path, profile: Profile, stack: contextlib.ExitStack) -> Archive | None:
    """The zip, which the stack closes, or None where it is none; its faults are noted."""
    with _timed(verdict, "check"):
        with open(path, "rb") as file:
            verdict.zip_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        archive, verdict.collected = zip_checks.open_archive(path, profile)
        if archive:
            stack.callback(archive.close)
            verdict.collected += contract.faults_of(archive, profile)
    return archive


def _note_run(verdict: Verdict, outcome: Outcome) -> None:
    verdict.isolation = outcome.isolation
    verdict.versions |= outcome.versions
    verdict.notes += outcome.notes
    if outcome.peak_rss_bytes:
        verdict.peak_rss_mb = outcome.peak_rss_bytes / 2**20
    verdict.output = outcome.output.text[-OUTPUT_ON_RECORD:]


def _probe(verdict: Verdict, probes: Probes, new_session: NewSession) -> None:
    """Asks new children what the first one left open."""
    with _timed(verdict, "probes"):
        probes.follow_up(new_session)
    verdict.timing["probes"] += probes.seconds
    verdict.probes = probes.to_dict()
    verdict.notes += probes.notes


def _score(
    verdict: Verdict,
    answered: Answered,
    outcome: Outcome,
    probes: Probes,
    *,
    subject: Subject,
    new_session: NewSession,
    options: JudgeOptions,
) -> None:
    """Holds the answers against the labels, asks why where the score is low, and enters it in the ledger."""
    with _timed(verdict, "score"):
        result = score_run.score(answered, outcome, probes, subject, options.profile)
        verdict.collected += result.faults
        verdict.notes += result.notes
        verdict.scores, verdict.forecast = result.scores, result.forecast
        verdict.answered = answered if result.scores else None
        if result.needs_diagnosis:
            with _timed(verdict, "diagnosis"):
                verdict.diagnosis = diagnosis.diagnose(
                    answered, probes.chosen, new_session, result.expected_accuracy
                )
        explained = verdict.diagnosis.faults if verdict.diagnosis else []
        verdict.collected += explained or result.collapse
        if verdict.scores and options.ledger:
            _enter(verdict, subject.split_sha256, options.ledger)
    verdict.timing["score"] -= verdict.timing.get("diagnosis", 0.0)


def _enter(verdict: Verdict, split_sha256: str, path: Path) -> None:
    """Enters the score in the ledger at `path`; where it cannot be written, a note says so."""
    entry = {
        "zip_sha256": verdict.zip_sha256,
        "zip": verdict.zip,
        "split_sha256": split_sha256,
        "n": verdict.scores["n"],
        "accuracy": verdict.scores["accuracy"],
        "macro_f1": verdict.scores["macro_f1"],
        "profile": verdict.profile,
    }
    try:
        verdict.ledger = ledger.append(path, entry)
    except OSError as error:
        verdict.notes.append(f"the ledger was not written: {error}")


@contextlib.contextmanager
def _timed(verdict: Verdict, phase: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        verdict.timing[phase] = time.monotonic() - started
