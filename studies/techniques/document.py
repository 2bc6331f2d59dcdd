"""docs/techniques.md, from the records in results/techniques and from nothing else."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from plants import metrics, paired
from studies import comparisons, page, training_noise
from studies.comparisons import ComparisonResult, Pair
from studies.records import Measurement
from studies.techniques import macro_f1
from studies.training_noise import TrainingNoise
from studies.variant import Variant

TEMPLATE = Path(__file__).with_name("techniques.md.j2")
LIMIT_HOURS = 5  # on CORES, for all variants
CORES = 2


@dataclasses.dataclass(frozen=True)
class Row:
    """A pair whose two variants are trained, beside the test of their accuracies."""

    result: ComparisonResult
    verdict: str
    macro_f1: float  # the compared one's minus the reference's
    macro_f1_interval: tuple[float, float]  # with the noise of training
    cost: float  # CPU seconds, times the reference's


def render(pairs: Sequence[Pair], variants: Sequence[Variant], measured: Mapping[str, Measurement]) -> str:
    """The document as text. `measured` has those variants that are trained, by name."""
    noise = comparisons.noise_of(pairs, measured)
    results = comparisons.compare_all(pairs, measured, noise)
    scores = {name: _scores(one) for name, one in measured.items()}
    return _template().render(
        pairs=pairs,
        variants=variants,
        baseline=variants[0].recipe,
        measured=measured,
        missing=page.missing(variants, measured),
        n=next((len(one.answers) for one in measured.values()), "(not yet measured)"),
        scores=scores,
        hardest=_hardest(scores.get(variants[0].name)),
        noise=noise,
        rows={pair: _row(pair, result, measured, noise) for pair, result in results.items()},
        num_tests=sum(result.holm_p is not None for result in results.values()),
        level=paired.LEVEL,
        resamples=macro_f1.RESAMPLES,
        cpu_seconds=sum(one.record["cpu_seconds"] for one in measured.values()),
        cores=CORES,
        limit_hours=LIMIT_HOURS,
    )


def _scores(measurement: Measurement) -> metrics.Scores:
    answers = measurement.answers
    return metrics.score(answers.labels, answers.answers, measurement.class_names)


def _hardest(scores: metrics.Scores | None) -> int | None:
    """The class of which the fewest are found, None where nothing is known."""
    if scores is None:
        return None
    recalls = [one["recall"] if one["n"] else 1.0 for one in scores["per_class"]]
    return recalls.index(min(recalls))


def _row(
    pair: Pair, result: ComparisonResult, measured: Mapping[str, Measurement], noise: TrainingNoise
) -> Row:
    reference, compared = measured[pair.reference], measured[pair.compared]
    num_classes = len(reference.class_names)
    one, other = (
        macro_f1.macro_f1(own.answers.labels, own.answers.answers, num_classes)
        for own in (reference, compared)
    )
    interval = macro_f1.difference_interval(reference.answers, compared.answers, num_classes)
    own_noise = training_noise.NONE if pair.shared_training else noise
    return Row(
        result=result,
        verdict=pair.not_tested or result.verdict,
        macro_f1=other - one,
        macro_f1_interval=own_noise.widened(other - one, interval),
        cost=compared.record["cpu_seconds"] / reference.record["cpu_seconds"],
    )


_template = functools.cache(functools.partial(page.template, TEMPLATE))
