"""What the probes' answers say of a submission: does an answer depend on its image alone?

Pure: from the calls of a `Probes` and the labels to faults, causes before what they bring about.
"""

import dataclasses

import numpy as np

from plants.harness.faults import fault
from plants.harness.probes.call import CLEAR_DROP
from plants.harness.probes.evidence import FIRST, NEAR_TIES

ALMOST_ALL = 0.9  # of the answers: what is the same for noise does not come from the images
SOME = 5  # images that are wrong once they are altered: fewer may be doubtful ones
OUT_OF_TIME = "RES03"  # of the harness's own patience with questions the server never asks
OUT_OF_MEMORY = "RES04"


def faults_of(evidence):
    """The faults that the calls show, at most one for each code."""
    found = _changed_images(evidence)
    for check in (_ignores_images, _looks_up, _changes_with_number, _fails_on_some):
        convicted = check(evidence)
        if convicted:  # whatever else differs comes of this
            return found + convicted
    return found + _kinds(evidence) + _instability(evidence)


def _changed_images(evidence):
    for name, call in evidence.calls.items():
        if call.changed:
            when = "" if name == "main" else f", given as {name}"
            return [fault("OUT05", f"predict changed X ({call.changed}{when}).")]
    return []


def _ignores_images(evidence):
    """SEC06, or SEC03 where the answers follow the place in X: noise gets the images' very answers."""
    pair = ("many noise", "many") if evidence.has("many noise") else ("hidden 0", "fresh 0")
    if not evidence.has(*pair):
        return []
    noise, images = (evidence[name] for name in pair)
    if noise.fault or images.fault or len(set(images.answers)) < 2:
        return []
    alike = ~noise.differs(images)
    # Of each answer, not of all: a net that says one thing nearly always says it to noise too.
    if np.mean([alike[images.answers == answer].mean() for answer in set(images.answers)]) < ALMOST_ALL:
        return []
    said = f"{alike.mean():.0%} of {len(alike)} answers are the same for random noise"
    if np.all(np.diff(images.answers) >= 0) or np.all(np.diff(images.answers) <= 0):
        first, last = images.answers[0], images.answers[-1]
        return [
            fault("SEC03", f"{said}: they go from {first} to {last} in the order of X, whatever it shows.")
        ]
    return [fault("SEC06", f"{said}: they do not come from X.")]


def _looks_up(evidence):
    as_is, altered = _known_images(evidence)
    answered = [name for name in as_is if evidence.has(name) and not evidence.failed(name)]
    # Every time, as a draw may spoil one call and spare another.
    if not answered or not all(evidence.drops(name, other) for name in answered for other in altered):
        return []
    known, moved, packed = (evidence.accuracy(name) for name in (as_is[0], *altered[:2]))
    return [
        fault(
            "SEC05",
            f"{known:.0%} right on {len(evidence.labels)} known images, {moved:.0%} after a 1-px shift, "
            f"{packed:.0%} after a JPEG re-encoding.",
        )
    ]


def notes_of(evidence):
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


def _known_images(evidence):
    """The names of the calls that show the images as they are, and of those that alter them."""
    if evidence.has("many"):
        return ["many", "main"], ["many shifted", "many re-encoded"]
    altered, first = ["shifted", "re-encoded"], ["fresh shifted 0", "fresh re-encoded 0"]
    repeats = evidence.numbered("repeat")
    if evidence.keeps_state and repeats and evidence.drops("fresh 0", repeats[-1]):  # it is worn by now
        return ["fresh 0", "other 0", "main"], first
    return evidence.identical, altered + (first if evidence.has(*first) else [])


def _changes_with_number(evidence):
    """SEC07 where the very same images are answered far worse if others are not with them.

    Every time, while what differs between identical calls is little, and the main prediction is given
    once more: else it may be a draw.
    """
    # Where it fails outright, that is no way to seem better than it is.
    others = [name for kind in FIRST for name in evidence.numbered(kind)]
    others, how = (["many"], "with one image more") if evidence.failed("fresh 0") else (others, "alone")
    if evidence.by_neighbours.any() or evidence.unlike.mean() >= CLEAR_DROP / 4:
        return []
    if not evidence.has("main again") or evidence.failed("main again"):
        return []
    if evidence.flips("main again", "main").mean() >= CLEAR_DROP / 4:
        return []
    if any(evidence.failed(name) or not evidence.drops("main", name) for name in others):
        return []
    size = len(evidence.labels)
    return [
        fault(
            "SEC07",
            f"Behaviour changed with N: {evidence.accuracy('main'):.0%} of {size} images right when asked "
            f"about {evidence.scored} at once, {evidence.accuracy(others[0]):.0%} of these {how}.",
        )
    ]


def _fails_on_some(evidence):
    """The fault of a first call with another number of images, as the server will make one.

    It rejects where it shows at a large number, too; the server's own are large.
    """
    if not evidence.has("again", "fresh 0") or not (evidence["again"].fault and evidence["fresh 0"].fault):
        return []
    failed = evidence["fresh 0"].fault
    if failed.code == OUT_OF_TIME:
        return []
    few, scored, more = len(evidence.labels), evidence.scored, evidence.scored + 1
    if evidence.failed("many") and evidence["many"].fault.code != OUT_OF_TIME:
        said = f"On {few} images, though not on {scored}: {failed.message}"
        return [dataclasses.replace(failed, message=f"{said} It fails on {more}, too.")]
    passed = scored if not evidence.has("many") or evidence.failed("many") else f"{scored} or {more}"
    said = f"predict fails on X of {few} images, though not on {passed}: {failed.message.rstrip('.')}"
    return [fault("OUT06", f"{said}. Its steadiness was not tested.", file=failed.file, line=failed.line)]


def _kinds(evidence):
    """OUT06: what kinds of X fail or change the answers, compared with the same images as given first."""
    said, places = [], set()
    for name, call in evidence.calls.items():
        is_kind = name.split()[-1] in ("tensor", "array")
        if name in ("ones", "sevens") and call.fault:
            said.append(f"fails on X of {'1 image' if name == 'ones' else '7 images'}: {call.fault.message}")
        elif is_kind and call.fault:
            said.append(f"fails on X as {name}: {call.fault.message}")
        elif is_kind and not evidence.is_drawn and evidence.moved(name, "eight").any():
            count = int(evidence.moved(name, "eight").sum())
            said.append(f"{count} of {int(call.asked.sum())} answers change on X as {name}")
        else:
            continue
        places.add((call.fault.file, call.fault.line) if call.fault else (None, None))
    if not said:
        return []
    file, line = places.pop() if len(places) == 1 else (None, None)
    return [fault("OUT06", f"predict {'; '.join(said)}.".replace("..", "."), file=file, line=line)]


def _instability(evidence):
    found = _random(evidence)
    # Where every call answers otherwise for what was kept, nothing can be told of neighbours.
    neighbours = [] if evidence.unsteady.any() and evidence.keeps_state else _mixing(evidence)
    rest = _batches_and_state(evidence, is_random=bool(found), mixes=bool(neighbours))
    return found + neighbours + rest + ([] if found else _one_core(evidence))


def _random(evidence):
    """DET01: identical calls, or new processes, that do not answer alike, and not for a kept state."""
    changed = evidence.by_chance
    if not changed.any():
        return []
    rates = [evidence.accuracy(name) for name in evidence.identical]
    return [
        fault(
            "DET01",
            f"{changed.sum()} of {len(changed)} answers changed between identical runs "
            f"(score {min(rates):.3f} to {max(rates):.3f} on these images).",
        )
    ]


def _mixing(evidence):
    """DET02: an answer depends on the other images of the batch, or on the place among them."""
    shuffled, by_neighbours = evidence.moved("sorted", "again"), evidence.by_neighbours
    by_place = shuffled if evidence.moved("fresh sorted 0", "fresh 0").any() else np.zeros_like(shuffled)
    if not by_neighbours.any() and by_place.mean() <= NEAR_TIES:
        return []
    scores = (
        f"(score {evidence.accuracy('sorted'):.3f} class-sorted, {evidence.accuracy('again'):.3f} shuffled)"
    )
    moved = f"{shuffled.sum()} of {len(shuffled)}"
    if by_neighbours.any():
        said = (
            f"{by_neighbours.sum()} of {evidence['neighbours 0'].asked.sum()} answers change when only the "
            f"images around them are replaced, {moved} when all are shuffled {scores}"
        )
        return [fault("DET02", f"{said}: predictions mix neighbours (axis 0?).")]
    said = f"{moved} answers change when the images are shuffled {scores}, whatever is next to them."
    cause = "What is done to an image depends on its place in X."
    remedy = "Treat all images alike: no draw, weight or rule that goes by the index in the batch."
    return [fault("DET02", said, cause=cause, remedy=remedy)]


def _batches_and_state(evidence, *, is_random, mixes):
    """DET03: an answer depends on earlier calls, on the instance, or on how many images come with it."""
    kept = [] if is_random else _state(evidence)
    sizes = [] if mixes or kept or evidence.is_drawn else list(_sizes(evidence))
    if not kept and not sizes:
        return []
    said = "; ".join(kept + [text for text, _ in sizes])
    if not kept and max(share for _, share in sizes) <= NEAR_TIES:
        cause = "Rounding differs with the size of a batch, and decides near-ties between classes."
        remedy = "Expect the score to differ by these images, or always call the net with one batch size."
        return [fault("DET03", f"{said}: near-ties.", cause=cause, remedy=remedy)]
    return [fault("DET03", f"{said}.")]


def _one_core(evidence):
    """DET04, as far as one machine can tell it: other answers where one thread computes them."""
    first = "fresh 0" if evidence.has("fresh 0") else "again"
    flips = evidence.flips("one core 0", first)
    if not flips.any() or evidence.flips("again", "fresh 0").any():
        return []
    return [fault("DET04", f"{flips.sum()} of {len(flips)} answers flip with one thread instead of all.")]


def _state(evidence):
    """In words what a call leaves behind for the next one, or for a new instance."""
    said = []
    # A server has one instance: that a second finds no room beside what the first one left is nothing to it.
    asked = (("again", "Second call", ()), ("renewed", "A new instance", (OUT_OF_MEMORY,)))
    for name, what, allowed in asked:
        if evidence.failed(name) and evidence[name].fault.code not in (OUT_OF_TIME, *allowed):
            said.append(f"{what} fails: {evidence[name].fault.message}".rstrip("."))
    later = [(name, "fresh 0") for name in ("again", *evidence.numbered("fresh"))]
    later += [(name, "again") for name in evidence.numbered("repeat")]
    if not evidence.flips("fresh sorted 0", "fresh 0").any() and evidence.has("fresh sorted 0"):
        later.append(("sorted", "again"))
    changed = np.any([evidence.flips(*pair) for pair in later], axis=0)
    if changed.any():
        said.append(f"Second call differs from first: {changed.sum()} of {len(changed)} answers")
    renewed = evidence.flips("renewed", "eight")
    if renewed.any() and not changed.any():
        asked = evidence["renewed"].asked.sum()
        said.append(f"A new instance differs from the first: {renewed.sum()} of {asked} answers")
    return said


def _sizes(evidence):
    """(words, share of the answers) for each number of images that changes answers."""
    size = len(evidence.labels)
    ways = {
        "main": f"asked about {size} images instead of {evidence.scored}",
        "sevens": "in batches of 7",
        "ones": "one by one",
        "eight": "in a batch of 8",
        "sorted": "in another order",
    }
    for name, way in ways.items():
        flips = evidence.moved(name, "again")
        if flips.any():
            asked = int((evidence[name].asked & evidence["again"].asked).sum())
            # Of few images one flip is a large share: it counts as one of all.
            share = flips.sum() / (asked if flips.sum() > 1 else size)
            yield f"{flips.sum()} of {asked} answers change {way}", share
