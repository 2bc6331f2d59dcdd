"""The score of a run, and all that speaks for or against it."""

import time

import numpy as np

from plants import metrics
from plants.harness import ledger
from plants.harness.answered import Answered
from plants.harness.probes import consistency
from plants.harness.probes.evidence import Evidence
from plants.harness.scoring import diagnosis, forecast, leakage


def score(verdict, outcome, probes, *, subject, new_session, profile):
    """Puts the score of an accepted run into `verdict`, with its doubts, forecast and diagnosis.

    Only here, when the children that gave them are gone, are answers held against labels. `subject` is
    the Subject that was scored; `new_session()` makes another child, for a diagnosis: that one is asked
    for because the score is low, but is shown the images of the probes, all, in an order of their own.
    """
    labels = _labels_as(subject.dataset, verdict.class_names)
    evidence = Evidence(probes.calls, labels[probes.chosen], len(labels))
    found = consistency.faults_of(evidence)
    verdict.probes, verdict.faults = probes.to_dict(), verdict.faults + found
    verdict.notes += probes.notes
    _forecast(verdict, outcome, probes, profile)
    if any(fault.rejects for fault in found):  # no score for answers that cannot be trusted
        return
    verdict.notes += consistency.notes_of(evidence)
    answered = Answered(subject.dataset, labels, outcome.labels, verdict.class_names)
    verdict.answered = answered
    verdict.scores = metrics.score(labels, outcome.labels, verdict.class_names)
    verdict.faults += leakage.overlap(subject.dataset, subject.claims, subject.known)
    collapsed = leakage.collapse(labels, outcome.labels, verdict.class_names)
    validation = subject.claims.validation if subject.claims else None
    if evidence.is_drawn or not diagnosis.is_needed(verdict.scores, validation, collapsed=bool(collapsed)):
        verdict.faults += collapsed  # of what is drawn, any remedy may seem to help
        return
    expected = validation[1] if validation else None
    started = time.monotonic()
    verdict.diagnosis = diagnosis.diagnose(answered, probes.chosen, new_session, expected)
    verdict.timing["diagnosis"] = time.monotonic() - started
    verdict.faults += verdict.diagnosis.faults or collapsed


def _labels_as(dataset, class_names):
    """The (n,) int64 labels of `dataset`, as indices into `class_names`, which has them all."""
    return np.array([class_names.index(name) for name in dataset.class_names], np.int64)[dataset.labels]


def _forecast(verdict, outcome, probes, profile):
    again = probes.calls.get("again")
    predictions = [(len(outcome.labels), outcome.prediction.seconds)]
    if again and not again.fault:
        predictions.append((len(probes.chosen), again.seconds))
    measured = forecast.Measured(
        load_seconds=outcome.timing["import"] + outcome.timing["init"],
        predictions=tuple(predictions),
        loaded_bytes=outcome.loaded_rss_bytes,
        peak_bytes=outcome.peak_rss_bytes,
    )
    verdict.forecast = forecast.forecast(measured)
    verdict.faults += forecast.faults_of(measured, verdict.forecast, profile.time_limit_seconds)


def enter(verdict, subject, path):
    """Enters the score in the ledger at `path`; where it cannot be written, a note says so."""
    entry = {
        "zip_sha256": verdict.zip_sha256,
        "zip": verdict.zip,
        "split_sha256": subject.split_sha256,
        "n": verdict.scores["n"],
        "accuracy": verdict.scores["accuracy"],
        "macro_f1": verdict.scores["macro_f1"],
        "profile": verdict.profile,
    }
    try:
        verdict.ledger = ledger.append(path, entry)
    except OSError as error:
        verdict.notes.append(f"the ledger was not written: {error}")
