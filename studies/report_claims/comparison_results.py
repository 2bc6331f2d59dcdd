"""What the answers of the trained variants say: each comparison's test and verdict, and single folds."""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence

from plants import paired
from plants.comparison.run_answers import RunAnswers
from studies.report_claims import claims, training_noise
from studies.report_claims.claims import Claim, ClaimComparison
from studies.report_claims.records import Measurement
from studies.report_claims.training_noise import TrainingNoise


@dataclasses.dataclass(frozen=True)
class ComparisonResult:
    """One comparison whose two variants are trained."""

    test: paired.PairedTest
    interval: tuple[float, float]  # of the difference, with the noise of training
    by_fold: tuple[float, ...]  # differences; empty where the two have other folds
    deciding_p: float | None  # with the noise of training; None outside of Holm's family
    holm_p: float | None
    verdict: str


@dataclasses.dataclass(frozen=True)
class SingleFolds:
    """How far single splits lie apart, and how much narrower the interval of all answers is."""

    n_first: int  # images of the first fold
    accuracies: tuple[float, ...]
    range: float  # of the accuracies, from the worst to the best
    standard_deviation: float
    margin_first: float  # half of the first fold's Wilson interval
    margin_all: float  # half of that of all answers


def compare_all(
    pairs: Sequence[ClaimComparison], measured: Mapping[str, Measurement], noise: TrainingNoise
) -> dict[ClaimComparison, ComparisonResult]:
    """The results of those pairs whose two variants are trained; Holm's p counts in all of these."""
    answered = {
        pair: (measured[pair.reference].answers, measured[pair.compared].answers)
        for pair in pairs
        if pair.reference in measured and pair.compared in measured
    }
    tests = {pair: paired.compare(one.right, other.right) for pair, (one, other) in answered.items()}
    noises = {pair: training_noise.NONE if pair.shared_training else noise for pair in tests}
    deciding = {pair: noises[pair].p(test) for pair, test in tests.items() if not pair.not_tested}
    adjusted = dict(zip(deciding, paired.holm(list(deciding.values())), strict=True))
    return {
        pair: ComparisonResult(
            test=test,
            interval=noises[pair].interval(test),
            by_fold=_by_fold(*answered[pair]),
            deciding_p=deciding.get(pair),
            holm_p=adjusted.get(pair),
            verdict=pair.not_tested or verdict(pair.finding, test, adjusted[pair]),
        )
        for pair, test in tests.items()
    }


def verdict(finding: str, test: paired.PairedTest, holm_p: float) -> str:
    """What a test says of a finding of the report, by the rule that the document states."""
    ours = test.verdict(holm_p)
    if ours == paired.WITHIN_NOISE:
        return ours
    if finding == claims.NO_FINDING:
        return f"{ours}; the report has no finding"
    agrees = ours == (claims.WORSE if finding == claims.NO_BETTER else finding)
    return "holds" if agrees else "does not hold"


def _by_fold(reference: RunAnswers, compared: RunAnswers) -> tuple[float, ...]:
    if not training_noise.have_same_folds(reference, compared):
        return ()
    return tuple(difference for difference, _ in training_noise.fold_differences(reference, compared))


def noise_of(pairs: Sequence[ClaimComparison], measured: Mapping[str, Measurement]) -> TrainingNoise:
    """The noise of training among all that was trained for the pairs, each training once."""
    again = {pair.compared for pair in pairs if pair.shared_training}
    named = dict.fromkeys(name for pair in pairs for name in (pair.reference, pair.compared))
    return training_noise.measure(
        [measured[name].answers for name in named if name in measured and name not in again]
    )


def single_folds(all_claims: Sequence[Claim], measured: Mapping[str, Measurement]) -> dict[str, SingleFolds]:
    """By variant, of those whose folds a claim lists one by one."""
    named = {name for claim in all_claims for name in claim.single_folds if name in measured}
    return {name: _single_folds(measured[name]) for name in named}


def _single_folds(measurement: Measurement) -> SingleFolds:
    answers, folds = measurement.answers, measurement.answers.fold_scores()
    accuracies = tuple(fold["accuracy"] for fold in folds)
    first = answers.subset(answers.fold == answers.fold.min())
    margins = []
    for subset in (first, answers):
        low, high = subset.scores(measurement.class_names)["ci95"]
        margins.append((high - low) / 2)
    return SingleFolds(
        n_first=folds[0]["n"],
        accuracies=accuracies,
        range=max(accuracies) - min(accuracies),
        standard_deviation=statistics.stdev(accuracies),
        margin_first=margins[0],
        margin_all=margins[1],
    )
