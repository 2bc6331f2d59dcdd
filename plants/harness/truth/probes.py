"""Questions put to a submission after its answers are in: does it stand by them?

A fixed subset of the images is asked about again in other orders, batches and kinds of X, in the same
child and, where something differs, in new ones. Here is only asked; `consistency.py` judges.
"""

import contextlib
import os
import time

import numpy as np

from plants.harness.running import runner
from plants.harness.running.session import Failed
from plants.harness.truth import altered
from plants.harness.truth.call import NONE, Call
from plants.harness.truth.drawing import draw, subset_size

SEVENS, SHIFTED, EIGHT = 21, 24, 8  # how many of them for the dearer questions
REPEATS = 3
ORDERS = ("main", "sorted", "sevens", "ones", "eight")  # calls that should agree with "again"
KINDS = [(kind, dtype) for kind in ("tensor", "array") for dtype in ("float32", "uint8", "float64")]
# After these the child is dead, or still at work on what it was asked.
LOSES_CHILD = ("RUN02", "RES02", "RES03", "RES04", "RES05", "RES06", "SEC01")
NOBODY = np.zeros(0, np.int64)
GROWTH_BYTES = 200 << 20  # less may be what a library keeps at hand


class Probes:
    """The questions to one submission; call it with (session, outcome) after the main prediction.

    It returns whether the child was lost over them.

    `images` (size, h, w, 3) is the subset in the order of a hash of the pixels, `chosen` its places among
    all images; `calls` fills with a Call for each name, "main" being the prediction itself. Labels are
    read for the draw alone, before there is a child, and not kept.
    """

    def __init__(self, images, labels, *, thorough=False):
        size = len(images) if thorough else subset_size(len(images))
        self.chosen = draw(images, labels, size)
        self.images, self.calls, self.thorough = images[self.chosen], {}, thorough
        self._all_images = images
        self.seconds = 0.0  # in the child of the main prediction
        self.notes = []
        self._rng = np.random.default_rng(1)
        self._is_lost = False

    def __call__(self, session, outcome):
        started, everything = time.monotonic(), np.arange(len(self.images))
        main = outcome.prediction
        self.calls["main"] = Call(
            outcome.labels[self.chosen], np.ones(len(everything), bool), main.seconds, None, main.changed
        )
        self._seconds = 30 + 5 * main.seconds * max(1, len(everything) / len(outcome.labels))
        self._ask_orders(session, everything)
        self._ask_changed_images(session)
        self._ask_kinds(session)
        self._note_growth()
        if not self._agree_so_far():
            self._ask_again(session, everything)
        self._ask("renewed", session, everything[:EIGHT], renew=True)
        self.seconds = time.monotonic() - started
        return self._is_lost

    def stands(self):
        """Whether every answer was the same however it was asked for; X's kind set aside."""
        return "renewed" in self.calls and self._agree_so_far() and self.agree("renewed", "eight")

    def _agree_so_far(self):
        return all(self.agree(name, "again") for name in ORDERS) and not self.ignores_images()

    def ignores_images(self):
        """Whether noise got the same answers as the images, though these are not all one."""
        noise, eight = self.calls.get("noise"), self.calls.get("eight")
        if not noise or noise.fault or not eight or eight.fault:
            return False
        return noise.agrees(eight) and len(set(eight.answers[eight.asked])) > 1

    def follow_up(self, new_session):
        """Asks new children, made by `new_session()`, what the first one leaves open."""
        if self.thorough:
            with one_core():
                self._ask_new_child(new_session, "one core", [(np.arange(len(self.images)), self.images)])
        if self.stands():
            return
        everything = np.arange(len(self.images))
        self._ask_new_child(new_session, "fresh", [(everything, self.images)] * REPEATS)
        steady = not self.repeats_differ("repeat", "again") and not self.repeats_differ("fresh", "fresh 0")
        if not steady or not self.agree("again", "fresh 0"):
            self._ask_new_child(new_session, "other", [(everything, self.images)] * REPEATS)
        elif not self.agree("sorted", "again") and self.neighbours_agree():
            order = self.order_by_class()
            self._ask_new_child(new_session, "fresh sorted", [(order, self.images[order])])
        if self.ignores_images():
            hidden = [(everything, self._noise(len(everything))), (everything, altered.blank(self.images))]
            self._ask_new_child(new_session, "hidden", hidden)
        if self._fails_on_few():
            self._ask_many(new_session)

    def agree(self, name, other):
        """Whether two calls that both were made agree; True where one was not."""
        calls = self.calls
        return name not in calls or other not in calls or calls[name].agrees(calls[other])

    def repeats_differ(self, name, first):
        return not all(self.agree(f"{name} {number}", first) for number in range(REPEATS))

    def neighbours_agree(self):
        return all(self.agree(name, "again") for name in self.calls if name.startswith("neighbours"))

    def _fails_on_few(self):
        return all(name in self.calls and self.calls[name].fault for name in ("again", "fresh 0"))

    def order_by_class(self):
        """The subset's places sorted by class, as far as the submission knows the classes."""
        return np.argsort(self.calls["main"].answers, kind="stable")

    def _ask_orders(self, session, everything):
        calls = {
            "again": [everything],
            "sorted": [self.order_by_class()],
            "sevens": _batches(everything if self.thorough else everything[:SEVENS], 7),
            "ones": _batches(everything if self.thorough else everything[:EIGHT], 1),
            "eight": [everything[:EIGHT]],
        }
        for name, batches in calls.items():
            self._ask(name, session, *batches)

    def _ask_changed_images(self, session):
        few, eight = np.arange(len(self.images))[:SHIFTED], np.arange(len(self.images))[:EIGHT]
        self._ask("noise", session, eight, images=self._noise(len(eight)))
        self._ask_altered("shifted", session, few, altered.shifted)
        found, again = self.calls.get("shifted"), self.calls.get("again")
        if found and again and 5 * found.differs(again).sum() >= len(few):
            everything = np.arange(len(self.images))
            self._ask_altered("shifted", session, everything, altered.shifted)
            self._ask_altered("re-encoded", session, everything, altered.reencoded)

    def _ask_altered(self, name, session, places, alter):
        """In an order of their own: kept answers must not fit what stands in the same place."""
        images = alter(self.images[places])
        order = runner.order_by_content(images)
        self._ask(name, session, places[order], images=images[order])

    def _ask_kinds(self, session):
        main = (session.kind, "float32")
        for kind, dtype in KINDS:
            if (kind, dtype) != main and (kind == "array" or session.has_tensorflow):
                name = f"{dtype} {kind}"
                self._ask(name, session, np.arange(len(self.images))[:EIGHT], kind=kind, dtype=dtype)

    def _note_growth(self):
        """Says if ever more memory is held, from call to call of no more than so many images.

        By what the child says, or by the peak that the warden has seen: the child may say less.
        """
        calls = list(self.calls.values())
        for sizes in ([call.peak_rss_bytes for call in calls], [call.rss_bytes for call in calls]):
            sizes = [size for size in sizes if size][1:]
            if len(sizes) <= 2 or sizes[-1] - sizes[0] <= GROWTH_BYTES or sizes != sorted(sizes):
                continue
            self.notes.append(
                f"memory grew from {sizes[0] / 2**20:.0f} to {sizes[-1] / 2**20:.0f} MB while X was asked "
                "about again: something is kept from call to call"
            )
            return

    def _ask_again(self, session, everything):
        for number in range(REPEATS):
            self._ask(f"repeat {number}", session, everything)
        kept = self._to_keep()
        for number, filling in enumerate(self._one_of_each_answer(kept)):
            images = self.images.copy()
            images[~kept] = self.images[filling]
            self._ask(f"neighbours {number}", session, everything, images=images, ignored=~kept)

    def _to_keep(self):
        """(size,) bool: what stays in its place while all around it is replaced.

        These are the images that have changed their answer, as the doubtful ones show the least
        influence; where that is most of them, any half.
        """
        again = self.calls["again"]
        flipped = np.any([self.calls[name].differs(again) for name in ORDERS if name in self.calls], axis=0)
        if 0 < 2 * flipped.sum() <= len(flipped):
            return flipped
        half = np.zeros(len(flipped), bool)
        half[self._rng.permutation(len(half))[: (len(half) + 1) // 2]] = True
        return half

    def _one_of_each_answer(self, kept):
        """The place of one image, not of those kept, for each class that was answered."""
        answers = np.where(kept, NONE, self.calls["main"].answers)
        return [int(np.flatnonzero(answers == answer)[0]) for answer in sorted(set(answers) - {NONE})]

    def _ask_new_child(self, new_session, name, questions):
        with self._loaded(new_session) as session:
            for number, (places, images) in enumerate(questions):
                self._ask(f"{name} {number}", session, places, images=images)

    def _ask_many(self, new_session):
        """Asks what fails on the subset about all images and one of them twice: is it the number?

        Where it is not, noise and altered images are asked about in the same way, since the subset
        cannot tell a table then.
        """
        with self._loaded(new_session) as session:
            order = runner.order_by_content(self._all_images)
            self._ask_all_and_one_twice(session, "many", self._all_images, order)
            if self._is_lost or self.calls["many"].fault:
                return
            # In the same order: what goes by the place answers noise as it does the images.
            self._ask_all_and_one_twice(session, "many noise", self._noise(len(order)), order)
            for name, alter in (("shifted", altered.shifted), ("re-encoded", altered.reencoded)):
                images = alter(self._all_images)
                order = runner.order_by_content(images)
                self._ask_all_and_one_twice(session, f"many {name}", images, order)

    def _ask_all_and_one_twice(self, session, name, images, order):
        given, among = images[np.append(order, order[-1])], np.argsort(order)[self.chosen]
        self._ask(name, session, np.arange(len(self.images)), images=given, among=among)

    @contextlib.contextmanager
    def _loaded(self, new_session):
        """A new child with an instance; where there is none, it counts as lost."""
        self._is_lost = False
        with new_session() as session:
            try:
                session.load()
            except Failed:  # it did load before: what differs is left unsaid
                self._is_lost = True
            yield session

    def _ask(self, name, session, *batches, images=None, among=None, ignored=NOBODY, renew=False, **how):
        """Notes the Call `name`: the images at the places in each batch, or `images` in their stead.

        `among` says where in `images` those of a batch are, if there are more.
        """
        if self._is_lost:
            return
        answers, asked = np.full(len(self.images), NONE), np.zeros(len(self.images), bool)
        found, seconds, last = None, 0.0, None
        try:
            if renew:
                session.renew()
            for places in batches:
                asked[places] = True
                given = self.images[places] if images is None else images
                last = session.predict(given, seconds=self._seconds, **how)
                answers[places] = last.labels if among is None else last.labels[among]
                seconds += last.seconds
        except Failed as failed:
            found = failed.fault
            asked[np.concatenate(batches)] = True
            self._is_lost = found.code in LOSES_CHILD
            if self._is_lost:
                self.notes.append(f"probes: asked for {name!r}, the child was lost; the rest was left out")
        asked[ignored] = False
        said = {"changed": last.changed, "rss_bytes": last.rss_bytes} if last else {}
        peak = last.peak_rss_bytes if last else None
        self.calls[name] = Call(answers, asked, seconds, found, peak_rss_bytes=peak, **said)

    def _noise(self, count):
        return self._rng.integers(0, 256, (count, *self.images.shape[1:]), np.uint8)

    def to_dict(self):
        """For --json: of each call how many images were asked about, and what it came to."""
        return {
            "images": len(self.images),
            "stands": self.stands(),
            "calls": {
                name: {
                    "n": int(call.asked.sum()),
                    "seconds": call.seconds,
                    "failed": call.fault.message if call.fault else None,
                }
                for name, call in self.calls.items()
            },
        }


@contextlib.contextmanager
def one_core():
    """Children started meanwhile may use one processor only, and so compute in one thread."""
    if not hasattr(os, "sched_setaffinity"):  # elsewhere than on Linux
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _batches(places, size):
    return [places[start : start + size] for start in range(0, len(places), size)]
