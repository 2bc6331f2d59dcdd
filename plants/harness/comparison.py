"""Two zips on the same images: which answers flipped, and whether the difference is more than chance."""

import dataclasses
import math

import numpy as np

from plants.harness.faults import fault

SIGNIFICANT = 0.05  # p below which a difference is more than noise
Z95 = 1.959964  # of the normal distribution, two-sided 95 %


@dataclasses.dataclass(frozen=True)
class Flip:
    """One image that the two zips answer differently: its name, class, and answer of each, as names."""

    image: str
    label: str
    answer: str
    reference: str


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A zip against the zip `reference`, on the `n` images that both were scored on.

    `gained` images only this zip has right, `lost` only the other. `difference` is this accuracy
    less the other's, `ci95` its interval; `p` is McNemar's exact two-sided one; `flips` holds every
    image with two answers, those that neither zip has right too.
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
    def within_noise(self):
        return self.p >= SIGNIFICANT

    def to_dict(self):
        return dataclasses.asdict(self) | {"ci95": list(self.ci95), "within_noise": self.within_noise}


def compare(ours, others, reference):
    """The Comparison of two Answered, the second of the zip named `reference`; None without common images."""
    both = list(_pairs(ours, others))
    if not both:
        return None
    gained = sum(flip.answer == flip.label != flip.reference for flip in both)
    lost = sum(flip.answer != flip.label == flip.reference for flip in both)
    return Comparison(
        reference=reference,
        n=len(both),
        gained=gained,
        lost=lost,
        difference=(gained - lost) / len(both),
        ci95=interval(gained, lost, len(both)),
        p=mcnemar(gained, lost),
        flips=tuple(flip for flip in both if flip.answer != flip.reference),
    )


def _pairs(ours, others):
    """Every image in both, in our order, as a Flip, although it may have been answered alike."""
    shas = others.dataset.pixel_sha256
    theirs = {sha: others.class_names[answer] for sha, answer in zip(shas, others.answers, strict=True)}
    for index, sha in enumerate(ours.dataset.pixel_sha256):
        if sha in theirs:
            label, answer = ours.class_names[ours.labels[index]], ours.class_names[ours.answers[index]]
            yield Flip(ours.dataset.names[index], label, answer, theirs[sha])


def mcnemar(gained, lost):
    """Exact two-sided p that flips fall so unevenly by chance; 1 where there are none."""
    from scipy import stats  # takes a second to import, which `score.py --check` does not have

    return float(stats.binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0


def interval(gained, lost, n):
    """95 % interval of (gained - lost) / n for paired answers, by Bonett and Price (2012).

    Wald's, with one flip added each way: unlike Wald's own it holds for few flips, none too.
    """
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = Z95 * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    return max(-1.0, up - down - half), min(1.0, up - down + half)


def faults_of(comparison):
    """CMP01 unless the zip is better by more than noise."""
    if comparison.difference > 0 and not comparison.within_noise:
        return []
    low, high = comparison.ci95
    figures = (
        f"{100 * comparison.difference:+.1f} pp against {comparison.reference}, p={comparison.p:.2g}: "
        f"{{}} (95 % CI {100 * low:+.1f}..{100 * high:+.1f}, {comparison.gained} answers gained and "
        f"{comparison.lost} lost of {comparison.n})."
    )
    if comparison.within_noise:
        return [fault("CMP01", figures.format("within noise"))]
    cause = "It gets more images wrong than the other zip, and by more than chance makes it."
    return [fault("CMP01", figures.format("worse"), cause=cause, remedy="Keep the other zip.")]


def line(comparison):
    """The comparison in one line, for the table."""
    low, high = comparison.ci95
    verdict = "within noise" if comparison.within_noise else "more than noise"
    return (
        f"against {comparison.reference}: {100 * comparison.difference:+.1f} pp on {comparison.n} images "
        f"(95 % interval {100 * low:+.1f} to {100 * high:+.1f}), {len(comparison.flips)} answers flipped, "
        f"{comparison.gained} gained, {comparison.lost} lost, p={comparison.p:.2g}: {verdict}"
    )


def between(answers):
    """DET04 for {interpreter: (n,) answers to the same images}: where not all of them agree."""
    (first, expected), *others = answers.items()
    said = [
        f"{np.sum(given != expected)} of {len(expected)} answers flip between {first} and {name}"
        for name, given in others
        if np.any(given != expected)
    ]
    return [fault("DET04", f"{'; '.join(said)}.")] if said else []
