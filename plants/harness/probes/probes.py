"""Questions put to a submission after its answers are in: does it stand by them?

A fixed subset of the images is asked about again in other orders, batches and kinds of X, in the same
child and, where something differs, in new ones. Here is only asked; `consistency.py` judges.
"""

import time

import numpy as np

from plants.harness.probes import altered
from plants.harness.probes.call import CLEAR_DROP, NONE, Call
from plants.harness.probes.questions import Questions, one_core
from plants.harness.probes.sampling import draw, subset_size
from plants.harness.run import runner

SEVENS, SHIFTED, EIGHT = 21, 24, 8  # how many of them for the dearer questions
REPEATS, MORE_REPEATS = 3, 6  # more where a draw that is made once for a call may have changed many answers
ORDERS = ("main", "sorted", "sevens", "ones", "eight")  # calls that should agree with "again"
KINDS = [(kind, dtype) for kind in ("tensor", "array") for dtype in ("float32", "uint8", "float64")]
ALTERED = {"shifted": altered.shifted, "re-encoded": altered.reencoded}
GROWTH_BYTES = 200 << 20  # less may be what a library keeps at hand


class Probes(Questions):
    """The questions to one submission; call it with (session, prediction) after the main one.

    It returns whether the child was lost over them.

    `images` (size, h, w, 3) is the subset in the order of a hash of the pixels, `chosen` its places among
    all images; `calls` fills with a Call for each name, "main" being the prediction itself. Labels are
    read for the draw alone, before there is a child, and not kept.
    """

    def __init__(self, images, labels, *, thorough=False):
        size = len(images) if thorough else subset_size(len(images))
        self.chosen, self.thorough = draw(images, labels, size), thorough
        super().__init__(images[self.chosen])
        self._all_images = images
        self.repeats = REPEATS
        self.seconds = 0.0  # in the child of the main prediction

    def __call__(self, session, main):
        started, everything = time.monotonic(), np.arange(len(self.images))
        self.calls["main"] = Call(
            main.labels[self.chosen], np.ones(len(everything), bool), main.seconds, None, main.changed
        )
        self.seconds_for_one = 30 + 5 * main.seconds * max(1, len(everything) / len(main.labels))
        self._ask_orders(session, everything)
        self._ask_changed_images(session)
        self._ask_kinds(session)
        self._note_growth()
        if not self._agree_so_far() or not self._kinds_agree():
            self._ask_again(session, everything)
        self._ask("renewed", session, everything[:EIGHT], renew=True)
        self.seconds = time.monotonic() - started
        return self._is_lost

    def stands(self):
        """Whether every answer was the same however it was asked for; X's kind set aside."""
        steady = self._agree_so_far() and not self.repeats_differ("repeat", "again")
        return steady and "renewed" in self.calls and self.agree("renewed", "eight")

    def _agree_so_far(self):
        return all(self.agree(name, "again") for name in ORDERS) and not self.ignores_images()

    def _kinds(self):
        return [name for name in self.calls if name.split()[-1] in ("tensor", "array")]

    def _kinds_agree(self):
        return all(self.calls[name].fault or self.agree(name, "eight") for name in self._kinds())

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
        self._ask_new_child(new_session, "fresh", [(everything, self.images)] * self.repeats)
        same = self._first_calls_are_no_different()
        if not same or self._differ_clearly("main", "fresh 0"):
            self._ask_new_child(new_session, "other", [(everything, self.images)] * self.repeats)
        if self._is_worn() or all(self._differ_clearly("again", name) for name in ALTERED):
            for name, alter in ALTERED.items():
                self._ask_new_child(new_session, f"fresh {name}", [self._altered(everything, alter)])
        if same and not self.agree("sorted", "again"):
            order = self.order_by_class()
            self._ask_new_child(new_session, "fresh sorted", [(order, self.images[order])])
        if self.ignores_images():
            hidden = [(everything, self._noise(len(everything))), (everything, altered.blank(self.images))]
            self._ask_new_child(new_session, "hidden", hidden)
        if self._fails_on_few():
            self._ask_many(new_session)
        if self._differ_clearly("main", "many" if self._fails_on_few() else "fresh 0"):
            with self._loaded(new_session) as session:
                self._ask_all(session, "main again", self._all_images)

    def _first_calls_are_no_different(self):
        """Whether neither chance nor earlier calls nor neighbours have changed an answer so far."""
        steady = not self.repeats_differ("repeat", "again") and not self.repeats_differ("fresh", "fresh 0")
        return steady and self.agree("again", "fresh 0") and self.neighbours_agree()

    def _is_worn(self):
        """Whether first calls answer alike in every child, and the last ones clearly otherwise."""
        in_two = all(self.agree(f"fresh {number}", f"other {number}") for number in range(self.repeats))
        return in_two and self._differ_clearly("other 0", f"repeat {self.repeats - 1}")

    def _differ_clearly(self, name, other):
        calls = [self.calls.get(name), self.calls.get(other)]
        if not all(calls) or any(call.fault for call in calls):
            return False
        both = calls[0].asked & calls[1].asked
        return calls[0].differs(calls[1])[both].mean() >= CLEAR_DROP

    def repeats_differ(self, name, first):
        return not all(self.agree(f"{name} {number}", first) for number in range(self.repeats))

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
        self._ask_altered("shifted", session, few)
        if not self.agree("shifted", "again"):
            for name in ALTERED:
                self._ask_altered(name, session, np.arange(len(self.images)))

    def _ask_altered(self, name, session, places):
        places, images = self._altered(places, ALTERED[name])
        self._ask(name, session, places, images=images)

    def _altered(self, places, alter):
        """(places, images) in an order of their own: kept answers must not fit what stands there."""
        images = alter(self.images[places])
        order = runner.order_by_content(images)
        return places[order], images[order]

    def _ask_kinds(self, session):
        main = (session.kind, "float32")
        for kind, dtype in KINDS:
            if (kind, dtype) != main and (kind == "array" or session.has_tensorflow):
                name = f"{dtype} {kind}"
                self._ask(name, session, np.arange(len(self.images))[:EIGHT], kind=kind, dtype=dtype)

    def _note_growth(self):
        """Says if ever more memory is held, from call to call of no more than so many images.

        By what the child says, or by the peak that the supervisor has seen: the child may say less.
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
        orders = [(name, "again") for name in ORDERS]
        if any(
            self._differ_clearly(*pair) for pair in [*orders, *((name, "eight") for name in self._kinds())]
        ):
            self.repeats = MORE_REPEATS
        for number in range(self.repeats):
            self._ask(f"repeat {number}", session, everything)
        if self._agree_so_far() and not self.repeats_differ("repeat", "again"):
            return
        kept = self._to_keep()
        for number, filling in enumerate(self._one_of_each_answer(kept)):
            images = self.images.copy()
            images[~kept] = self.images[filling]
            name = f"neighbours {number}"
            self._ask(name, session, everything, images=images, ignored=~kept)
            if not self.agree(name, "again"):  # by the neighbours, or by chance
                self._ask(f"{name} again", session, everything, images=images, ignored=~kept)

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

    def _ask_many(self, new_session):
        """Asks what fails on the subset about all images and one of them twice: is it the number?

        Where it is not, noise and altered images are asked about in the same way, since the subset
        cannot tell a table then.
        """
        with self._loaded(new_session) as session:
            order = runner.order_by_content(self._all_images)
            self._ask_all(session, "many", self._all_images, one_twice=True)
            if self._is_lost or self.calls["many"].fault:
                return
            # In the same order: what goes by the place answers noise as it does the images.
            self._ask_all(session, "many noise", self._noise(len(order)), order, one_twice=True)
            for name, alter in ALTERED.items():
                self._ask_all(session, f"many {name}", alter(self._all_images), one_twice=True)

    def _ask_all(self, session, name, images, order=None, *, one_twice=False):
        order = runner.order_by_content(images) if order is None else order
        given = images[np.append(order, order[-1]) if one_twice else order]
        among = np.argsort(order)[self.chosen]
        self._ask(name, session, np.arange(len(self.images)), images=given, among=among)

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


def _batches(places, size):
    return [places[start : start + size] for start in range(0, len(places), size)]
