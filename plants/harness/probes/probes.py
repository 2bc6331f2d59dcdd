"""Questions put to a submission after its answers are in: does it stand by them?

A fixed subset of the images is asked about again in other orders, batches and kinds of X, in the same
child and, where something differs, in new ones. Here is only asked; `consistency.py` judges.
"""

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.harness.probes import altered
from plants.harness.probes.calls import NONE, Call, Calls, Images, Mask, Places
from plants.harness.probes.questions import Questions, one_core
from plants.harness.probes.sampling import sample, subset_size
from plants.harness.probes.wording import in_words
from plants.harness.run import runner
from plants.harness.run.session import NewSession, Prediction, Session

SEVENS, SHIFTED, EIGHT = 21, 24, 8  # how many of them for the dearer questions
REPEATS, MORE_REPEATS = 3, 6  # more where a draw that is made once for a call may have changed many answers
ORDERS = ("main", "sorted", "sevens", "ones", "eight")  # calls that should agree with "again"
KINDS = [(kind, dtype) for kind in ("tensor", "array") for dtype in ("float32", "uint8", "float64")]
ALTERED = {"shifted": altered.shifted, "re-encoded": altered.reencoded}
GROWTH_BYTES = 200 << 20  # less may be what a library keeps at hand


class Probes(Questions):
    """The questions to one submission: first to the child of the main prediction, then to new ones.

    `images` is the subset in the order of a hash of the pixels, `chosen` its places among all images;
    the call "main" is the main prediction itself. Labels are read for the sampling alone, before there is
    a child, and not kept.
    """

    def __init__(self, images: Images, labels: npt.NDArray[np.int64], *, thorough: bool = False) -> None:
        size = len(images) if thorough else subset_size(len(images))
        self.chosen, self.thorough = sample(images, labels, size), thorough
        super().__init__(images[self.chosen])
        self._all_images, self._everything = images, np.arange(size)
        self.repeats = REPEATS
        self.seconds = 0.0  # in the child of the main prediction

    def __call__(self, session: Session, main: Prediction) -> bool:
        """Asks the child of the main prediction; returns whether it was lost over that."""
        started, size = time.monotonic(), len(self.images)
        answers, asked = main.labels[self.chosen], np.ones(size, bool)
        self.calls["main"] = Call(answers, asked, main.seconds, changed=main.changed)
        self.seconds_for_one = 30 + 5 * main.seconds * max(1, size / len(main.labels))
        self._ask_orders(session)
        self._ask_changed_images(session)
        self._ask_kinds(session)
        self.notes += _notes_on_memory(self.calls)
        if not self._agree_so_far() or not self._kinds_agree():
            self._ask_again(session)
        self._ask("renewed", session, self._everything[:EIGHT], renew=True)
        self.seconds = time.monotonic() - started
        return self._is_lost

    def stands(self) -> bool:
        """Whether every answer was the same however it was asked for; X's kind set aside."""
        steady = self._agree_so_far() and self._repeats_agree()
        return steady and "renewed" in self.calls and self.calls.agree("renewed", "eight")

    def follow_up(self, new_session: NewSession) -> None:
        """Asks new children what the first one leaves open."""
        calls, as_is = self.calls, (self._everything, self.images)
        if self.thorough:
            with one_core():
                self._ask_new_child(new_session, "one core", [as_is])
        if self.stands():
            return
        self._ask_new_child(new_session, "fresh", [as_is] * self.repeats)
        steady = self._first_calls_are_no_different()
        if not steady or calls.differ_clearly("main", "fresh 0"):
            self._ask_new_child(new_session, "other", [as_is] * self.repeats)
        if self._is_worn() or all(calls.differ_clearly("again", name) for name in ALTERED):
            for name in ALTERED:
                self._ask_new_child(new_session, f"fresh {name}", [self._altered(name, self._everything)])
        if steady and not calls.agree("sorted", "again"):
            order = self._order_by_class()
            self._ask_new_child(new_session, "fresh sorted", [(order, self.images[order])])
        if self._ignores_images():
            hidden = (self._noise(len(self.images)), altered.blank(self.images))
            self._ask_new_child(new_session, "hidden", [(self._everything, images) for images in hidden])
        fails_on_few = calls.failed("again", "fresh 0")
        if fails_on_few:
            self._ask_many(new_session)
        if calls.differ_clearly("main", "many" if fails_on_few else "fresh 0"):
            with self._loaded(new_session) as session:
                order = runner.order_by_content(self._all_images)
                self._ask_all("main again", session, self._all_images, order)

    def to_dict(self) -> dict[str, Any]:
        """For --json: of each call what it asks, about how many images, and what it came to."""
        return {
            "images": len(self.images),
            "stands": self.stands(),
            "calls": {
                name: {
                    "what": in_words(name),
                    "n": int(call.asked.sum()),
                    "seconds": call.seconds,
                    "failed": call.fault.message if call.fault else None,
                }
                for name, call in self.calls.items()
            },
        }

    def _agree_so_far(self) -> bool:
        return self.calls.all_agree(ORDERS, "again") and not self._ignores_images()

    def _kinds_agree(self) -> bool:
        calls = self.calls
        return calls.all_agree([name for name in calls.kinds if not calls.failed(name)], "eight")

    def _repeats_agree(self) -> bool:
        return self.calls.all_agree(self.calls.numbered("repeat"), "again")

    def _ignores_images(self) -> bool:
        """Whether noise got the same answers as the images, though these are not all one."""
        noise, eight = self.calls.get("noise"), self.calls.get("eight")
        if not noise or noise.fault or not eight or eight.fault:
            return False
        return not noise.differs(eight).any() and len(set(eight.answers[eight.asked])) > 1

    def _first_calls_are_no_different(self) -> bool:
        """Whether neither chance nor earlier calls nor neighbours have changed an answer so far."""
        calls = self.calls
        steady = self._repeats_agree() and calls.all_agree(calls.numbered("fresh"), "fresh 0")
        return steady and calls.all_agree(["fresh 0", *calls.neighbours], "again")

    def _is_worn(self) -> bool:
        """Whether first calls answer alike in every child, and the last ones clearly otherwise."""
        calls = self.calls
        return calls.new_children_agree() and calls.differ_clearly("other 0", f"repeat {self.repeats - 1}")

    def _order_by_class(self) -> Places:
        """The subset's places sorted by class, as far as the submission knows the classes."""
        return np.argsort(self.calls["main"].answers, kind="stable")

    def _ask_orders(self, session: Session) -> None:
        everything, thorough = self._everything, self.thorough
        orders = {
            "again": [everything],
            "sorted": [self._order_by_class()],
            "sevens": _batches(everything if thorough else everything[:SEVENS], 7),
            "ones": _batches(everything if thorough else everything[:EIGHT], 1),
            "eight": [everything[:EIGHT]],
        }
        for name, batches in orders.items():
            self._ask(name, session, *batches)

    def _ask_changed_images(self, session: Session) -> None:
        eight = self._everything[:EIGHT]
        self._ask("noise", session, eight, images=self._noise(len(eight)))
        self._ask_altered("shifted", session, self._everything[:SHIFTED])
        if not self.calls.agree("shifted", "again"):
            for name in ALTERED:
                self._ask_altered(name, session, self._everything)

    def _ask_altered(self, name: str, session: Session, places: Places) -> None:
        places, images = self._altered(name, places)
        self._ask(name, session, places, images=images)

    def _altered(self, how: str, places: Places) -> tuple[Places, Images]:
        """(places, images) in an order of their own: kept answers must not fit what stands there."""
        images = ALTERED[how](self.images[places])
        order = runner.order_by_content(images)
        return places[order], images[order]

    def _ask_kinds(self, session: Session) -> None:
        for kind, dtype in KINDS:
            is_main = (kind, dtype) == (session.kind, "float32")
            if not is_main and (kind == "array" or session.has_tensorflow):
                self._ask(f"{dtype} {kind}", session, self._everything[:EIGHT], x_is=(kind, dtype))

    def _ask_again(self, session: Session) -> None:
        """Asks the same several times, then with other images around those whose answers changed."""
        calls = self.calls
        pairs = [*((name, "again") for name in ORDERS), *((name, "eight") for name in calls.kinds)]
        if any(calls.differ_clearly(*pair) for pair in pairs):
            self.repeats = MORE_REPEATS
        for number in range(self.repeats):
            self._ask(f"repeat {number}", session, self._everything)
        if self._agree_so_far() and self._repeats_agree():
            return
        kept = self._to_keep()
        for number, filling in enumerate(self._one_of_each_answer(kept)):
            name, places = f"neighbours {number}", np.flatnonzero(kept)
            images = self.images.copy()
            images[~kept] = self.images[filling]
            self._ask(name, session, places, images=images, among=places)
            if not calls.agree(name, "again"):  # by the neighbours, or by chance
                self._ask(f"{name} again", session, places, images=images, among=places)

    def _to_keep(self) -> Mask:
        """What stays in its place while all around it is replaced.

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

    def _one_of_each_answer(self, kept: Mask) -> list[int]:
        """The place of one image, not of those kept, for each class that was answered."""
        answers = np.where(kept, NONE, self.calls["main"].answers)
        return [int(np.flatnonzero(answers == answer)[0]) for answer in sorted(set(answers) - {NONE})]

    def _ask_many(self, new_session: NewSession) -> None:
        """Asks what fails on the subset about all images and one of them twice: is it the number?

        Where it is not, noise and altered images are asked about in the same way, since the subset
        cannot tell a table then.
        """
        images, order = self._all_images, _with_one_twice(runner.order_by_content(self._all_images))
        with self._loaded(new_session) as session:
            self._ask_all("many", session, images, order)
            if self._is_lost or self.calls.failed("many"):
                return
            # In the same order: what goes by the place answers noise as it does the images.
            self._ask_all("many noise", session, self._noise(len(images)), order)
            for name, alter in ALTERED.items():
                images = alter(self._all_images)
                order = _with_one_twice(runner.order_by_content(images))
                self._ask_all(f"many {name}", session, images, order)

    def _ask_all(self, name: str, session: Session, images: Images, order: Places) -> None:
        """Asks about all `images`, not only the subset, in an order that may name its last one twice."""
        among = np.argsort(order[: len(images)])[self.chosen]
        self._ask(name, session, self._everything, images=images[order], among=among)


def _with_one_twice(order: Places) -> Places:
    return np.append(order, order[-1])


def _batches(places: Places, size: int) -> list[Places]:
    return [places[start : start + size] for start in range(0, len(places), size)]


def _notes_on_memory(calls: Calls) -> list[str]:
    """That ever more memory is held, from call to call of no more than so many images.

    By the peak that the supervisor has seen, or by what the child says, which may be less.
    """
    peaks = [call.peak_rss_bytes for call in calls.values()]
    for known in (peaks, [call.rss_bytes for call in calls.values()]):
        sizes = [size for size in known if size][1:]
        if len(sizes) > 2 and sizes[-1] - sizes[0] > GROWTH_BYTES and sizes == sorted(sizes):
            return [
                f"memory grew from {sizes[0] / 2**20:.0f} to {sizes[-1] / 2**20:.0f} MB while X was asked "
                "about again: something is kept from call to call"
            ]
    return []
