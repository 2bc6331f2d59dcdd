"""Why a zip scores far below what it was trained to: pixels scaled otherwise, or classes in another order."""

import dataclasses
import math

import numpy as np

from plants.harness.faults import fault
from plants.harness.run.session import Failed
from plants.paired import mcnemar

FAR_BELOW = 0.1  # in accuracy, below the validation score of the manifest
WEAK = 0.6  # accuracy that is looked into where no manifest says what it should be
GAIN, SIGNIFICANT = 0.2, 0.001  # in accuracy, and McNemar's p, for all that is tried: less may be chance


@dataclasses.dataclass(frozen=True)
class Remedy:
    """A change of X that undoes a mistake: what it does to float32 pixels 0..255, and how to say it."""

    does: object
    what: str
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
    faults: list = dataclasses.field(default_factory=list)

    def to_dict(self):
        record = dataclasses.asdict(self)
        del record["faults"]
        return record | {"order": list(self.order)}


def is_needed(scores, validation, *, collapsed):
    """Whether the scores are far below the manifest's (n, accuracy), or weak where there is none."""
    if validation is None:
        return collapsed or scores["accuracy"] < WEAK
    _, expected = validation
    return scores["accuracy"] < expected - FAR_BELOW and scores["ci95"][1] < expected


def diagnose(answered, chosen, new_session, expected):
    """The Diagnosis: remedies for the pixels on the images at `chosen`, the order of classes on all.

    `new_session()` makes a child, which is shown all of `chosen`, right or wrong, in the order given; a
    submission that fails on a remedy is not cured by it. Answers are compared when the child is gone.
    """
    labels, as_is = answered.labels[chosen], answered.answers[chosen]
    images = answered.dataset.images[chosen].astype(np.float32)
    tried = _try_remedies(images, new_session)
    order = best_order(answered.labels, answered.answers, len(answered.class_names))
    relabelled = order[answered.answers]
    found = Diagnosis(
        expected=expected,
        n=len(labels),
        as_is=float(np.mean(as_is == labels)),
        remedies={remedy.what: float(np.mean(answers == labels)) for remedy, answers in tried},
        relabelled=float(np.mean(relabelled == answered.labels)),
        order=tuple(map(int, order)),
    )
    cures = [_scaling(found, remedy, before=as_is, after=answers, labels=labels) for remedy, answers in tried]
    cures.append(_ordering(found, answered, relabelled))
    cures = [cure for cure in cures if cure]
    best = max(cures, key=lambda cure: cure[0], default=None)
    return dataclasses.replace(found, faults=[best[1]] if best else [])


def _try_remedies(images, new_session):
    """[(Remedy, answers)] of those that the submission answers under."""
    tried = []
    with new_session() as session:
        try:
            session.load()
        except Failed:  # it has loaded before: nothing more to learn
            return tried
        for remedy in REMEDIES:
            try:
                tried.append((remedy, session.predict(remedy.does(images)).labels))
            except Failed:
                continue
    return tried


def _cures(before, after, labels, *, tried):
    """Whether `after`, the best of `tried`, is right so much more often than `before`: no chance."""
    gained = int(np.sum((after == labels) & (before != labels)))
    lost = int(np.sum((after != labels) & (before == labels)))
    return (gained - lost) / len(labels) >= GAIN and mcnemar(gained, lost) < SIGNIFICANT / tried


def _scaling(found, remedy, *, before, after, labels):
    if not _cures(before, after, labels, tried=len(REMEDIES)):
        return None
    accuracy = found.remedies[remedy.what]
    said = f"{100 * found.as_is:.1f} % as is; {100 * accuracy:.1f} % {remedy.what}: {remedy.hint}"
    return accuracy, fault("SEM01", f"{said} (On {found.n} images.)")


def _ordering(found, answered, relabelled):
    orders = math.factorial(len(answered.class_names))
    if not _cures(answered.answers, relabelled, answered.labels, tried=orders):
        return None
    as_is = np.mean(answered.answers == answered.labels)
    moved = [place for place, label in enumerate(found.order) if place != label]
    pairs = [f"{place}<->{found.order[place]}" for place in moved if place < found.order[place]]
    if all(found.order[found.order[place]] == place for place in moved):
        what = f"Swapping classes {', '.join(pairs)}"
    else:
        what = "Reading answers " + ", ".join(f"{place} as {found.order[place]}" for place in moved)
    said = f"{what} gives {100 * found.relabelled:.1f} % instead of {100 * as_is:.1f} %."
    return found.relabelled, fault("SEM02", said)


def best_order(labels, answers, num_classes):
    """(num_classes,) int: the class to read each answer as, so that most are right (Hungarian method)."""
    from scipy.optimize import linear_sum_assignment  # a second to import, which --check does not have

    counts = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(counts, (answers, labels), 1)
    # Of orders that are as good, the one that moves fewer classes.
    counts = counts * (num_classes + 1) + np.eye(num_classes, dtype=np.int64)
    return linear_sum_assignment(counts, maximize=True)[1]
