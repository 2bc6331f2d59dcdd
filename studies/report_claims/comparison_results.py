"""What the answers of the trained variants say of the report's findings, and of single folds."""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence

from plants import paired
from studies.comparisons import ComparisonResult
from studies.records import Measurement
from studies.report_claims import claims
from studies.report_claims.claims import Claim, ClaimComparison


@dataclasses.dataclass(frozen=True)
class SingleFolds:
    """How far single splits lie apart, and how much narrower the interval of all answers is."""

    n_first: int  # images of the first fold
    accuracies: tuple[float, ...]
    range: float  # of the accuracies, from the worst to the best
    standard_deviation: float
    margin_first: float  # half of the first fold's Wilson interval
    margin_all: float  # half of that of all answers


def verdicts(results: Mapping[ClaimComparison, ComparisonResult]) -> dict[ClaimComparison, str]:
    """What each result says of the report's finding."""
    return {
        pair: pair.not_tested if result.holm_p is None else verdict(pair.finding, result.test, result.holm_p)
        for pair, result in results.items()
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
