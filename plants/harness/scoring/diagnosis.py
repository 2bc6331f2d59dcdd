"""Why a zip scores far below what it was trained to: pixels scaled otherwise, or classes in another order."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.harness.examples import Answered
from plants.harness.faults import Fault, fault
from plants.harness.run.session import Failed, NewSession
from plants.metrics import Scores
from plants.paired import mcnemar

FAR_BELOW = 0.1  # in accuracy, below the validation score of the manifest
WEAK = 0.6  # accuracy that is looked into where no manifest says what it should be
GAIN, SIGNIFICANT = 0.2, 0.001  # in accuracy, and McNemar's p, for all that is tried: less may be chance

Pixels = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Remedy:
    """A change of X, pixels 0..255, that undoes a mistake: how to name it, and what to ask the author."""

    change: Callable[[Pixels], Pixels]
    name: str
    hint: str


REMEDIES = (
    Remedy(lambda x: x * 255, "if X is not divided by 255", "is the model rescaling already?"),
    Remedy(lambda x: x / 255, "if X is divided by 255", "does predict leave out the scaling to 0..1?"),
    Remedy(lambda x: x / 127.5 - 1, "if X is scaled to -1..1", "does predict leave out preprocess_input?"),
    Remedy(
        lambda x: (x + 1) * 127.5,
        "if X is not scaled to -1..1",
        "does the model call preprocess_input itself?",
    ),
    Remedy(
        lambda x: x[..., ::-1],
        "if the colours are swapped, BGR for RGB",
        "was it trained on images from cv2?",
    ),
)


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What was tried: `expected` accuracy or None, `as_is` on the `n` images tried, each remedy's accuracy.

    `relabelled` is the accuracy on all images under the best reading `order` of the answers: answer i
    read as class order[i].
    """

    expected: float | None
    n: int
    as_is: float
    remedies: dict[str, float]
    relabelled: float
    order: tuple[int, ...]
    faults: list[Fault] = dataclasses.field(default_factory=list)  # at most one: what helps best

    def to_dict(self) -> dict[str, Any]:
        record = dataclasses.asdict(self)
        del record["faults"]
        return record | {"order": list(self.order)}


def is_needed(scores: Scores, validation: tuple[int, float] | None, *, collapsed: bool) -> bool:
    """Whether the scores are far below the manifest's (n, accuracy), or weak where there is none."""
    if validation is None:
        return collapsed or scores["accuracy"] < WEAK
    _, expected = validation
    return scores["accuracy"] < expected - FAR_BELOW and scores["ci95"][1] < expected


def diagnose(
    answered: Answered, chosen: npt.NDArray[np.int64], new_session: NewSession, expected: float | None
) -> Diagnosis:
    """The Diagnosis: remedies for the pixels on the images at `chosen`, the order of classes on all.

    `new_session()` makes a child, which is shown all of `chosen`, right or wrong, in the order given; a
    submission that fails on a remedy is not cured by it. Answers are compared when the child is gone.
    """
    labels, as_is = answered.labels[chosen], answered.answers[chosen]
    tried = _try_remedies(answered.dataset.images[chosen].astype(np.float32), new_session)
    order = best_order(answered.labels, answered.answers, len(answered.class_names))
    relabelled = order[answered.answers]
    diagnosis = Diagnosis(
        expected=expected,
        n=len(labels),
        as_is=float(np.mean(as_is == labels)),
        remedies={remedy.name: float(np.mean(answers == labels)) for remedy, answers in tried},
        relabelled=float(np.mean(relabelled == answered.labels)),
        order=tuple(map(int, order)),
    )
    cures = [
        (diagnosis.remedies[remedy.name], _scaling_fault(diagnosis, remedy))
        for remedy, answers in tried
        if _cures(as_is, answers, labels, tried=len(REMEDIES))
    ]
    orders = math.factorial(len(answered.class_names))
    if _cures(answered.answers, relabelled, answered.labels, tried=orders):
        cures.append((diagnosis.relabelled, _order_fault(diagnosis, answered)))
    best = max(cures, key=lambda cure: cure[0], default=None)
    return dataclasses.replace(diagnosis, faults=[best[1]] if best else [])


def _try_remedies(images: Pixels, new_session: NewSession) -> list[tuple[Remedy, Labels]]:
    """Those that the submission answers under, with its answers."""
    tried: list[tuple[Remedy, Labels]] = []
    with new_session() as session:
        try:
            session.load()
        except Failed:  # it has loaded before: nothing more to learn
            return tried
        for remedy in REMEDIES:
            try:
                tried.append((remedy, session.predict(remedy.change(images)).labels))
            except Failed:
                continue
    return tried


def _cures(before: Labels, after: Labels, labels: Labels, *, tried: int) -> bool:
    """Whether `after`, the best of `tried`, is right so much more often than `before`: no chance."""
    gained = int(np.sum((after == labels) & (before != labels)))
    lost = int(np.sum((after != labels) & (before == labels)))
    return (gained - lost) / len(labels) >= GAIN and mcnemar(gained, lost) < SIGNIFICANT / tried


def _scaling_fault(diagnosis: Diagnosis, remedy: Remedy) -> Fault:
    cured = f"{100 * diagnosis.remedies[remedy.name]:.1f} % {remedy.name}"
    return fault(
        "SEM01", f"{100 * diagnosis.as_is:.1f} % as is; {cured}: {remedy.hint} (On {diagnosis.n} images.)"
    )


def _order_fault(diagnosis: Diagnosis, answered: Answered) -> Fault:
    order, as_is = diagnosis.order, np.mean(answered.answers == answered.labels)
    moved = [place for place, label in enumerate(order) if place != label]
    if all(order[order[place]] == place for place in moved):
        pairs = [f"{place}<->{order[place]}" for place in moved if place < order[place]]
        reading = f"Swapping classes {', '.join(pairs)}"
    else:
        reading = "Reading answers " + ", ".join(f"{place} as {order[place]}" for place in moved)
    accuracies = f"{100 * diagnosis.relabelled:.1f} % instead of {100 * as_is:.1f} %"
    return fault("SEM02", f"{reading} gives {accuracies}.")


def best_order(labels: Labels, answers: Labels, num_classes: int) -> Labels:
    """(num_classes,): the class to read each answer as, so that most are right (Hungarian method)."""
    from scipy.optimize import linear_sum_assignment  # a second to import, which --check does not have

    counts = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(counts, (answers, labels), 1)
    # Of orders that are as good, the one that moves fewer classes.
    counts = counts * (num_classes + 1) + np.eye(num_classes, dtype=np.int64)
    return linear_sum_assignment(counts, maximize=True)[1]
