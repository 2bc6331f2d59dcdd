"""The score of a run, and all that speaks for or against it."""

import dataclasses

from plants import metrics
from plants.harness.examples import Answered, Subject
from plants.harness.faults import Fault
from plants.harness.probes import cheats, consistency
from plants.harness.probes.evidence import Evidence
from plants.harness.probes.probes import Probes
from plants.harness.profiles import Profile
from plants.harness.run.runner import Outcome
from plants.harness.scoring import diagnosis, forecast, leakage
from plants.harness.scoring.forecast import Forecast
from plants.metrics import Scores


@dataclasses.dataclass(frozen=True, eq=False)
class Score:
    """What the answers came to; no `scores` where they cannot be trusted.

    `collapse` is a fault that a diagnosis may explain, and be named instead; `expected_accuracy` is the
    manifest's, None without one.
    """

    faults: list[Fault]
    forecast: list[Forecast]
    notes: list[str] = dataclasses.field(default_factory=list)
    scores: Scores = dataclasses.field(default_factory=Scores)
    collapse: list[Fault] = dataclasses.field(default_factory=list)
    needs_diagnosis: bool = False
    expected_accuracy: float | None = None


def score(answered: Answered, outcome: Outcome, probes: Probes, subject: Subject, profile: Profile) -> Score:
    """The Score of an accepted run.

    Only here, when the children that gave them are gone, are answers held against labels. A diagnosis
    asks another child because the score is low, but shows it the images of the probes, all, in an order of
    their own.
    """
    labels, answers, class_names = answered.labels, answered.answers, answered.class_names
    evidence = Evidence(probes.calls, labels[probes.chosen], len(labels))
    faults = consistency.faults_of(evidence)
    is_trusted = not any(fault.rejects for fault in faults)
    measured = _measured(outcome, probes, len(labels))
    forecasts = forecast.forecast(measured)
    faults += forecast.faults_of(measured, forecasts, profile.time_limit_seconds)
    if not is_trusted:
        return Score(faults, forecasts)
    scores = metrics.score(labels, answers, class_names)
    collapse = leakage.collapse(labels, answers, class_names)
    validation = subject.manifest.validation if subject.manifest else None
    is_low = diagnosis.is_needed(scores, validation, collapsed=bool(collapse))
    return Score(
        faults=faults + leakage.overlap(subject.dataset, subject.manifest, subject.known),
        forecast=forecasts,
        notes=cheats.notes_of(evidence),
        scores=scores,
        collapse=collapse,
        needs_diagnosis=is_low and not evidence.is_random,  # of what is drawn, any remedy may seem to help
        expected_accuracy=validation[1] if validation else None,
    )


def _measured(outcome: Outcome, probes: Probes, count: int) -> forecast.Measured:
    """What the run took, by the main prediction and, where that went well, the same for the subset."""
    again = probes.calls.get("again")
    predictions = [(count, outcome.timing["predict"])]
    if again and not again.fault:
        predictions.append((len(probes.chosen), again.seconds))
    return forecast.Measured(
        load_seconds=outcome.timing["import"] + outcome.timing["init"],
        predictions=tuple(predictions),
        loaded_bytes=outcome.loaded_rss_bytes,
        peak_bytes=outcome.peak_rss_bytes,
    )
