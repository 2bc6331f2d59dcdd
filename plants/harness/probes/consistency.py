"""What the probes' answers say of a submission: does an answer depend on its image alone?

Pure: from the calls of a `Probes` and the labels to faults, causes before what they bring about.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from plants.harness.faults import Fault, fault
from plants.harness.probes import cheats
from plants.harness.probes.evidence import NEAR_TIES, Evidence
from plants.harness.probes.wording import in_words

OUT_OF_TIME = "RES03"  # of the harness's own patience with questions the server never asks
OUT_OF_MEMORY = "RES04"


def faults_of(evidence: Evidence) -> list[Fault]:
    """The faults that the calls show, at most one for each code."""
    changed = _changed_images(evidence)
    checks = (cheats.ignores_images, cheats.looks_up, cheats.changes_with_number, _fails_on_some)
    for check in checks:
        faults = check(evidence)
        if faults:  # whatever else differs comes of this
            return changed + faults
    return changed + _kinds(evidence) + _instability(evidence)


def _changed_images(evidence: Evidence) -> list[Fault]:
    for name, call in evidence.items():
        if call.changed:
            when = "" if name == "main" else f', over the question "{in_words(name)}"'
            return [fault("OUT05", f"predict changed X ({call.changed}{when}).")]
    return []


def _fails_on_some(evidence: Evidence) -> list[Fault]:
    """The fault of a first call with another number of images, as the server will make one.

    It rejects where it shows at a large number, too; the server's own are large.
    """
    failure = evidence["fresh 0"].fault if evidence.failed("again", "fresh 0") else None
    if failure is None or failure.code == OUT_OF_TIME:
        return []
    few, scored, more = len(evidence.labels), evidence.scored, evidence.scored + 1
    many = evidence["many"].fault if "many" in evidence else None
    if many and many.code != OUT_OF_TIME:
        first = f"On {few} images, though not on {scored}: {failure.message}"
        return [dataclasses.replace(failure, message=f"{first} It fails on {more}, too.")]
    passed = f"{scored} or {more}" if "many" in evidence and not many else scored
    message = f"predict fails on X of {few} images, though not on {passed}: {failure.message.rstrip('.')}"
    message += ". Its steadiness was not tested."
    return [fault("OUT06", message, file=failure.file, line=failure.line)]


def _kinds(evidence: Evidence) -> list[Fault]:
    """OUT06: what kinds of X fail or change the answers, compared with the same images as given first."""
    problems: list[tuple[str, Fault | None]] = []
    few = {"sevens": "X of 7 images", "ones": "X of 1 image"}
    for name, what in [*few.items(), *((name, in_words(name)) for name in evidence.kinds)]:
        failure = evidence[name].fault if name in evidence else None
        if failure:
            problems.append((f"fails on {what}: {failure.message}", failure))
        elif name not in few and not evidence.is_random and evidence.real_flips(name, "eight").any():
            count, asked = evidence.real_flips(name, "eight").sum(), evidence[name].asked.sum()
            problems.append((f"{count} of {asked} answers change on {what}", None))
    if not problems:
        return []
    message = f"predict {'; '.join(problem for problem, _ in problems)}.".replace("..", ".")
    places = {(failure.file, failure.line) if failure else (None, None) for _, failure in problems}
    file, line = places.pop() if len(places) == 1 else (None, None)
    return [fault("OUT06", message, file=file, line=line)]


def _instability(evidence: Evidence) -> list[Fault]:
    chance = _chance(evidence)
    # Where every call answers otherwise for what was kept, nothing can be told of neighbours.
    mixing = [] if evidence.repeat_flips.any() and evidence.keeps_state else _mixing(evidence)
    state = [] if chance else _state(evidence)
    sizes = [] if mixing or state or evidence.is_random else list(_sizes(evidence))
    return chance + mixing + _not_repeated(state, sizes) + ([] if chance else _one_core(evidence))


def _chance(evidence: Evidence) -> list[Fault]:
    """DET01: identical calls, or new processes, that do not answer alike, and not for a kept state."""
    changed = evidence.by_chance
    if not changed.any():
        return []
    rates = [evidence.accuracy(name) for name in evidence.identical_calls]
    message = (
        f"{changed.sum()} of {len(changed)} answers changed between identical runs "
        f"(score {min(rates):.3f} to {max(rates):.3f} on these images)."
    )
    return [fault("DET01", message)]


def _mixing(evidence: Evidence) -> list[Fault]:
    """DET02: an answer depends on the other images of the batch, or on the place among them."""
    shuffled, by_neighbours = evidence.real_flips("sorted", "again"), evidence.by_neighbours
    by_place = shuffled if evidence.real_flips("fresh sorted 0", "fresh 0").any() else np.zeros_like(shuffled)
    if not by_neighbours.any() and by_place.mean() <= NEAR_TIES:
        return []
    scores = (
        f"(score {evidence.accuracy('sorted'):.3f} class-sorted, {evidence.accuracy('again'):.3f} shuffled)"
    )
    moved = f"{shuffled.sum()} of {len(shuffled)}"
    if by_neighbours.any():
        message = (
            f"{by_neighbours.sum()} of {evidence['neighbours 0'].asked.sum()} answers change when only the "
            f"images around them are replaced, {moved} when all are shuffled {scores}"
        )
        return [fault("DET02", f"{message}: predictions mix neighbours (axis 0?).")]
    message = f"{moved} answers change when the images are shuffled {scores}, whatever is next to them."
    cause = "What is done to an image depends on its place in X."
    remedy = "Treat all images alike: no draw, weight or rule that goes by the index in the batch."
    return [fault("DET02", message, cause=cause, remedy=remedy)]


def _not_repeated(state: list[str], sizes: list[tuple[str, float]]) -> list[Fault]:
    """DET03: an answer depends on earlier calls, on the instance, or on how many images come with it."""
    if not state and not sizes:
        return []
    message = "; ".join(state + [text for text, _ in sizes])
    if not state and max(share for _, share in sizes) <= NEAR_TIES:
        cause = "Rounding differs with the size of a batch, and decides near-ties between classes."
        remedy = "Expect the score to differ by these images, or always call the net with one batch size."
        return [fault("DET03", f"{message}: near-ties.", cause=cause, remedy=remedy)]
    return [fault("DET03", f"{message}.")]


def _one_core(evidence: Evidence) -> list[Fault]:
    """DET04, as far as one machine can tell it: other answers where one thread computes them."""
    first = "fresh 0" if "fresh 0" in evidence else "again"
    flips = evidence.flips("one core 0", first)
    if not flips.any() or evidence.flips("again", "fresh 0").any():
        return []
    return [fault("DET04", f"{flips.sum()} of {len(flips)} answers flip with one thread instead of all.")]


def _state(evidence: Evidence) -> list[str]:
    """In words what a call leaves behind for the next one, or for a new instance."""
    effects = []
    # A server has one instance: that a second finds no room beside what the first one left is nothing to it.
    calls = (("again", "Second call", ()), ("renewed", "A new instance", (OUT_OF_MEMORY,)))
    for name, what, allowed in calls:
        failure = evidence[name].fault if name in evidence else None
        if failure and failure.code not in (OUT_OF_TIME, *allowed):
            effects.append(f"{what} fails: {failure.message}".rstrip("."))
    later = [(name, "fresh 0") for name in ("again", *evidence.numbered("fresh"))]
    later += [(name, "again") for name in evidence.numbered("repeat")]
    if "fresh sorted 0" in evidence and not evidence.flips("fresh sorted 0", "fresh 0").any():
        later.append(("sorted", "again"))
    changed = np.any([evidence.flips(*pair) for pair in later], axis=0)
    if changed.any():
        effects.append(f"Second call differs from first: {changed.sum()} of {len(changed)} answers")
    renewed = evidence.flips("renewed", "eight")
    if renewed.any() and not changed.any():
        asked = evidence["renewed"].asked.sum()
        effects.append(f"A new instance differs from the first: {renewed.sum()} of {asked} answers")
    return effects


def _sizes(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """(in words, share of the answers) for each number of images that changes answers."""
    size = len(evidence.labels)
    numbers = {
        "main": f"asked about {size} images instead of {evidence.scored}",
        "sevens": "in batches of 7",
        "ones": "one by one",
        "eight": "in a batch of 8",
        "sorted": "in another order",
    }
    for name, how in numbers.items():
        flips = evidence.real_flips(name, "again")
        if flips.any():
            asked = int(evidence.both(name, "again").sum())
            # Of few images one flip is a large share: it counts as one of all.
            share = flips.sum() / (asked if flips.sum() > 1 else size)
            yield f"{flips.sum()} of {asked} answers change {how}", share
