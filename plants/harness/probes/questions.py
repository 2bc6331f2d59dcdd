"""Questions about a few images, put to a child or a new one, and what was answered to each."""

import contextlib
import os

import numpy as np

from plants.harness.probes.call import NONE, Call
from plants.harness.run.session import Failed

# After these the child is dead, or still at work on what it was asked.
LOSES_CHILD = ("RUN02", "RES02", "RES03", "RES04", "RES05", "RES06", "SEC01")
NOBODY = np.zeros(0, np.int64)


class Questions:
    """The calls on `images`, (size, h, w, 3) uint8; `calls` has a Call for each name.

    No call may take more than `seconds_for_one`. A child that is lost is asked no more, as `notes` say.
    """

    def __init__(self, images):
        self.images, self.calls, self.notes = images, {}, []
        self.seconds_for_one = None
        self._rng = np.random.default_rng(1)
        self._is_lost = False

    def agree(self, name, other):
        """Whether two calls that both were made agree; True where one was not."""
        calls = self.calls
        return name not in calls or other not in calls or calls[name].agrees(calls[other])

    def _ask_new_child(self, new_session, name, questions):
        with self._loaded(new_session) as session:
            for number, (places, images) in enumerate(questions):
                self._ask(f"{name} {number}", session, places, images=images)

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
                last = session.predict(given, seconds=self.seconds_for_one, **how)
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
