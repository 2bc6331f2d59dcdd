"""How a question is put to a child, and its answers are noted."""

import contextlib
import os
from collections.abc import Iterator, Sequence

import numpy as np

from plants.harness.probes.calls import NONE, Call, Calls, Images, Places
from plants.harness.probes.wording import in_words
from plants.harness.run.session import Failed, NewSession, Session

# After these the child is dead, or still at work on what it was asked.
LOSES_CHILD = ("RUN02", "RES02", "RES03", "RES04", "RES05", "RES06", "SEC01")


class Questions:
    """Asks about `images`, a subset, and notes in `calls` what was answered.

    No call may take more than `seconds_for_one`. A child that is lost is asked no more, as `notes` say.
    """

    def __init__(self, images: Images) -> None:
        self.images, self.calls = images, Calls()
        self.notes: list[str] = []
        self.seconds_for_one: float | None = None
        self._rng = np.random.default_rng(1)
        self._is_lost = False

    def _ask_new_child(
        self, new_session: NewSession, name: str, questions: Sequence[tuple[Places, Images]]
    ) -> None:
        with self._loaded(new_session) as session:
            for number, (places, images) in enumerate(questions):
                self._ask(f"{name} {number}", session, places, images=images)

    @contextlib.contextmanager
    def _loaded(self, new_session: NewSession) -> Iterator[Session]:
        """A new child with an instance; where there is none, it counts as lost."""
        self._is_lost = False
        with new_session() as session:
            try:
                session.load()
            except Failed:  # it did load before: what differs is left unsaid
                self._is_lost = True
            yield session

    def _ask(
        self,
        name: str,
        session: Session,
        *batches: Places,
        images: Images | None = None,
        among: Places | None = None,
        x_is: tuple[str | None, str] = (None, "float32"),
        renew: bool = False,
    ) -> None:
        """Notes the Call `name`: the images at the places in each batch, or `images` in their stead.

        `among` says where in `images` those of a batch are, if there are more. `x_is` is (kind, dtype) of X.
        """
        if self._is_lost:
            return
        kind, dtype = x_is
        answers, asked = np.full(len(self.images), NONE), np.zeros(len(self.images), bool)
        asked[np.concatenate(batches)] = True
        fault, seconds, last = None, 0.0, None
        try:
            if renew:
                session.renew()
            for places in batches:
                given = self.images[places] if images is None else images
                last = session.predict(given, kind=kind, dtype=dtype, seconds=self.seconds_for_one)
                answers[places] = last.labels if among is None else last.labels[among]
                seconds += last.seconds
        except Failed as failed:
            fault = failed.fault
            self._is_lost = fault.code in LOSES_CHILD
            if self._is_lost:
                lost = f'the child was lost over the question "{in_words(name)}"'
                self.notes.append(f"probes: {lost}; the rest was left out")
        self.calls[name] = Call(
            answers,
            asked,
            seconds,
            fault,
            changed=last.changed if last else "",
            rss_bytes=last.rss_bytes if last else None,
            peak_rss_bytes=last.peak_rss_bytes if last else None,
        )

    def _noise(self, count: int) -> Images:
        return self._rng.integers(0, 256, (count, *self.images.shape[1:]), np.uint8)


@contextlib.contextmanager
def one_core() -> Iterator[None]:
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
