"""What convicts: answers that do not come from what an image shows.

What rejects needs a clear drop in accuracy, or nearly all answers, in every call that could show it: a
draw, which may spoil one call and spare another, convicts nobody.
"""

import numpy as np

from plants.harness.faults import Fault, fault
from plants.harness.probes.calls import CLEAR_DROP, NEW_CHILDREN
from plants.harness.probes.evidence import NEAR_TIES, Evidence

ALMOST_ALL = 0.9  # of the answers: what is the same for noise does not come from the images
SOME = 5  # images that are wrong once they are altered: fewer may be doubtful ones


def ignores_images(evidence: Evidence) -> list[Fault]:
    """SEC06, or SEC03 where the answers follow the place in X: noise gets the images' very answers."""
    pair = ("many noise", "many") if "many noise" in evidence else ("hidden 0", "fresh 0")
    if not evidence.has(*pair):
        return []
    noise, images = (evidence[name] for name in pair)
    if noise.fault or images.fault or len(set(images.answers)) < 2:
        return []
    alike = ~noise.differs(images)
    # Of each answer, not of all: a net that says one thing nearly always says it to noise too.
    if np.mean([alike[images.answers == answer].mean() for answer in set(images.answers)]) < ALMOST_ALL:
        return []
    share = f"{alike.mean():.0%} of {len(alike)} answers are the same for random noise"
    steps = np.diff(images.answers)
    if np.all(steps >= 0) or np.all(steps <= 0):
        order = f"they go from {images.answers[0]} to {images.answers[-1]} in the order of X"
        return [fault("SEC03", f"{share}: {order}, whatever it shows.")]
    return [fault("SEC06", f"{share}: they do not come from X.")]


def looks_up(evidence: Evidence) -> list[Fault]:
    """SEC05: known images are right, and far fewer of them once they are altered."""
    known, altered = _known_images(evidence)
    answered = [name for name in known if name in evidence and not evidence.failed(name)]
    if not answered or not all(evidence.drops(name, other) for name in answered for other in altered):
        return []
    right, shifted, reencoded = (evidence.accuracy(name) for name in (known[0], *altered[:2]))
    message = (
        f"{right:.0%} right on {len(evidence.labels)} known images, {shifted:.0%} after a 1-px shift, "
        f"{reencoded:.0%} after a JPEG re-encoding."
    )
    return [fault("SEC05", message)]


def _known_images(evidence: Evidence) -> tuple[list[str], list[str]]:
    """The names of the calls that show the images as they are, and of those that alter them."""
    if "many" in evidence:
        return ["many", "main"], ["many shifted", "many re-encoded"]
    altered, first = ["shifted", "re-encoded"], ["fresh shifted 0", "fresh re-encoded 0"]
    repeats = evidence.numbered("repeat")
    if evidence.keeps_state and repeats and evidence.drops("fresh 0", repeats[-1]):  # it is worn by now
        return ["fresh 0", "other 0", "main"], first
    return evidence.identical_calls, altered + (first if evidence.has(*first) else [])


def changes_with_number(evidence: Evidence) -> list[Fault]:
    """SEC07 where the very same images are answered far worse if others are not with them.

    Every time, while what differs between identical calls is little, and the main prediction is given
    once more: else it may be a draw.
    """
    # Where it fails outright, that is no way to seem better than it is.
    others, how = [name for kind in NEW_CHILDREN for name in evidence.numbered(kind)], "alone"
    if evidence.failed("fresh 0"):
        others, how = ["many"], "with one image more"
    if evidence.by_neighbours.any() or evidence.unrepeatable.mean() >= CLEAR_DROP / 4:
        return []
    if "main again" not in evidence or evidence.failed("main again"):
        return []
    if evidence.flips("main again", "main").mean() >= CLEAR_DROP / 4:
        return []
    if any(evidence.failed(name) or not evidence.drops("main", name) for name in others):
        return []
    together, apart = evidence.accuracy("main"), evidence.accuracy(others[0])
    message = (
        f"Behaviour changed with N: {together:.0%} of {len(evidence.labels)} images right when asked "
        f"about {evidence.scored} at once, {apart:.0%} of these {how}."
    )
    return [fault("SEC07", message)]


def notes_of(evidence: Evidence) -> list[str]:
    """What is only suspected: that a net which errs on altered images is right on known ones by a table."""
    names = ("again", "shifted", "re-encoded")
    if not evidence.has(*names) or any(map(evidence.failed, names)) or evidence.by_chance.any():
        return []
    wrong = [round((1 - evidence.accuracy(name)) * evidence[name].asked.sum()) for name in names]
    enough = max(SOME, NEAR_TIES * len(evidence.labels))
    if wrong[0] or min(wrong[1:]) < enough:
        return []
    return [
        f"all {len(evidence.labels)} images asked about are right as they are, {wrong[1]} wrong after a "
        f"1-px shift and {wrong[2]} after a JPEG re-encoding, as by a table of known images before a net"
    ]
