"""Stand-ins for submissions that answer as a function says, and images to ask them about."""

import contextlib
import os

import numpy as np

from plants.harness.faults import fault
from plants.harness.probes import consistency, probes
from plants.harness.probes.evidence import Evidence
from plants.harness.run.session import Failed, Prediction

CLASSES = 4


class Submission:
    """Stands in for a session with a child: `answer(self, images)` is its predict, `calls` counts them."""

    has_tensorflow, kind = True, "tensor"

    def __init__(self, answer, log):
        self.answer, self.log, self.calls, self.made = answer, log, 0, 1

    def load(self):
        self.log.append("load")

    def renew(self):
        self.made += 1

    def predict(self, images, *, kind=None, dtype="float32", seconds=None):
        self.calls += 1
        self.log.append(len(images))
        labels = np.asarray(self.answer(self, images))
        return Prediction(labels=labels, seconds=0.0, changed="", rss_bytes=None)


def pictures(count=200):
    """Images (count, 8, 8, 3) whose red says the class, in bands of 64, wherever one looks."""
    labels = np.arange(count) % CLASSES
    images = np.zeros((count, 8, 8, 3), np.uint8)
    images[..., 0] = (labels * 64 + 32)[:, None, None]
    images[..., 1] = np.random.default_rng(7).integers(0, 256, (count, 8, 8))
    images[:, 0, 0, 1] = np.arange(count)
    return images, labels


def right(images):
    return images[:, 4, 4, 0].astype(int) // 64


def ask(answer, *, count=200, thorough=False):
    """(Probes, log of calls) of a submission with this predict, after all follow-ups."""
    images, labels = pictures(count)
    log, asked = [], probes.Probes(images, labels, thorough=thorough)
    session = Submission(answer, log)
    main = session.predict(images)
    asked(session, main)

    @contextlib.contextmanager
    def new_session():
        yield Submission(answer, log)

    asked.follow_up(new_session)
    return asked, log


def faults(answer, **options):
    """The faults of a submission with this predict; `options` are those of `ask`."""
    asked, _ = ask(answer, **options)
    _, labels = pictures(options.get("count", 200))
    return consistency.faults_of(Evidence(asked.calls, labels[asked.chosen], len(labels)))


def messages(answer, **options):
    """[(code, message)] of its faults."""
    return [(fault.code, fault.message) for fault in faults(answer, **options)]


def failing(*, fails):
    """The predict that is right but for the numbers of images that fail."""

    def answer(session, images):
        if fails(len(images)):
            raise Failed(fault("RUN01", "predict(X) failed: ValueError."))
        return right(images)

    return answer


class TwoProcessors:
    """Stands in for a machine with two processors: what this process may use, as `os` tells and sets it."""

    def __init__(self, monkeypatch):
        self.allowed = {0, 1}
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(self.allowed))
        monkeypatch.setattr(os, "sched_setaffinity", lambda _, allowed: self._allow(allowed))

    def _allow(self, processors):
        self.allowed = set(processors)
