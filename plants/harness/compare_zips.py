"""Two zips on the same images: which answers flipped, and whether the difference is more than chance."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from plants import paired
from plants.harness.examples import Answered
from plants.harness.faults import Fault, fault


@dataclasses.dataclass(frozen=True)
class Flip:
    """One image that the two zips answer differently: its name, class, and answer of each, as names."""

    image: str
    label: str
    answer: str
    reference: str


@dataclasses.dataclass(frozen=True)
class ZipComparison:
    """A zip against the zip `reference`, on the `n` images that both were scored on.

    `gained` images only this zip has right, `lost` only the other. `difference` is this accuracy
    less the other's, `ci95` its interval and `p` McNemar's exact one, both as in plants/paired.py;
    `flips` holds every image with two answers, those that neither zip has right too.
    """

    reference: str
    n: int
    gained: int
    lost: int
    difference: float
    ci95: tuple[float, float]
    p: float
    flips: tuple[Flip, ...]

    @property
    def within_noise(self) -> bool:
        return self.p >= paired.LEVEL

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"ci95": list(self.ci95), "within_noise": self.within_noise}


def compare(ours: Answered, others: Answered, reference: str) -> ZipComparison | None:
    """The comparison with the answers of another zip, named `reference`; None without common images."""
    both = list(_pairs(ours, others))
    if not both:
        return None
    test = paired.compare(
        np.array([flip.reference == flip.label for flip in both]),
        np.array([flip.answer == flip.label for flip in both]),
    )
    return ZipComparison(
        reference=reference,
        n=test.n,
        gained=test.only_compared,
        lost=test.only_reference,
        difference=test.difference,
        ci95=test.interval,
        p=test.p,
        flips=tuple(flip for flip in both if flip.answer != flip.reference),
    )


def _pairs(ours: Answered, others: Answered) -> Iterator[Flip]:
    """Every image in both, in our order, as a Flip, although it may have been answered alike."""
    shas = others.dataset.pixel_sha256
    theirs = {sha: others.class_names[answer] for sha, answer in zip(shas, others.answers, strict=True)}
    for index, sha in enumerate(ours.dataset.pixel_sha256):
        if sha in theirs:
            label, answer = ours.class_names[ours.labels[index]], ours.class_names[ours.answers[index]]
            yield Flip(ours.dataset.names[index], label, answer, theirs[sha])


def faults_of(comparison: ZipComparison) -> list[Fault]:
    """CMP01 unless the zip is better by more than noise."""
    if comparison.difference > 0 and not comparison.within_noise:
        return []
    low, high = comparison.ci95
    word = "within noise" if comparison.within_noise else "worse"
    message = (
        f"{100 * comparison.difference:+.1f} pp against {comparison.reference}, p={comparison.p:.2g}: "
        f"{word} (95 % CI {100 * low:+.1f}..{100 * high:+.1f}, {comparison.gained} answers gained and "
        f"{comparison.lost} lost of {comparison.n})."
    )
    if comparison.within_noise:
        return [fault("CMP01", message)]
    cause = "It gets more images wrong than the other zip, and by more than chance makes it."
    return [fault("CMP01", message, cause=cause, remedy="Keep the other zip.")]


def line(comparison: ZipComparison) -> str:
    """The comparison in one line, for the table."""
    low, high = comparison.ci95
    verdict = "within noise" if comparison.within_noise else "more than noise"
    return (
        f"against {comparison.reference}: {100 * comparison.difference:+.1f} pp on {comparison.n} images "
        f"(95 % interval {100 * low:+.1f} to {100 * high:+.1f}), {len(comparison.flips)} answers flipped, "
        f"{comparison.gained} gained, {comparison.lost} lost, p={comparison.p:.2g}: {verdict}"
    )


def between(answers: dict[str, npt.NDArray[np.int64]]) -> list[Fault]:
    """DET04 for {interpreter: (n,) answers to the same images}: where not all of them agree."""
    (first, expected), *others = answers.items()
    flips = [
        f"{np.sum(given != expected)} of {len(expected)} answers flip between {first} and {name}"
        for name, given in others
        if np.any(given != expected)
    ]
    return [fault("DET04", f"{'; '.join(flips)}.")] if flips else []
