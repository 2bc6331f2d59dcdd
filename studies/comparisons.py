"""What the answers of trained variants say of pairs of them: each pair's test, interval and p."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeVar

from plants import paired
from plants.comparison.run_answers import RunAnswers
from studies import training_noise
from studies.records import Measurement
from studies.training_noise import TrainingNoise


@dataclasses.dataclass(frozen=True)
class Pair:
    """One variant against another, on the same images."""

    reference: str  # names of variants
    compared: str
    not_tested: str = dataclasses.field(
        default="", kw_only=True
    )  # why there is nothing to test: shown as the
    # verdict, and not in Holm's family
    shared_training: bool = dataclasses.field(default=False, kw_only=True)  # both pick their epochs in one
    # training: its noise does not part them


AnyPair = TypeVar("AnyPair", bound=Pair)


@dataclasses.dataclass(frozen=True)
class ComparisonResult:
    """One pair whose two variants are trained."""

    test: paired.PairedTest
    interval: tuple[float, float]  # of the difference, with the noise of training
    by_fold: tuple[float, ...]  # differences; empty where the two have other folds
    deciding_p: float | None  # with the noise of training; None outside of Holm's family
    holm_p: float | None

    @property
    def verdict(self) -> str:
        """'better', 'worse' or 'within noise' by Holm's p; '' where nothing is tested."""
        return "" if self.holm_p is None else self.test.verdict(self.holm_p)


def compare_all(
    pairs: Sequence[AnyPair], measured: Mapping[str, Measurement], noise: TrainingNoise
) -> dict[AnyPair, ComparisonResult]:
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
        )
        for pair, test in tests.items()
    }


def _by_fold(reference: RunAnswers, compared: RunAnswers) -> tuple[float, ...]:
    if not training_noise.have_same_folds(reference, compared):
        return ()
    return tuple(difference for difference, _ in training_noise.fold_differences(reference, compared))


def noise_of(pairs: Sequence[Pair], measured: Mapping[str, Measurement]) -> TrainingNoise:
    """The noise of training among all that was trained for the pairs, each training once."""
    again = {pair.compared for pair in pairs if pair.shared_training}
    named = dict.fromkeys(name for pair in pairs for name in (pair.reference, pair.compared))
    return training_noise.measure(
        [measured[name].answers for name in named if name in measured and name not in again]
    )
