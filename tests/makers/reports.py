"""Verdicts for tests of the report: made by hand, as a run would have left them."""

import html.parser

import numpy as np

from plants import metrics
from plants.data.dataset import Dataset
from plants.harness.compare_zips import Flip, ZipComparison
from plants.harness.examples import Answered
from plants.harness.ledger import Looks
from plants.harness.probes.wording import in_words
from plants.harness.profiles import PROFILES
from plants.harness.report import page
from plants.harness.scoring.diagnosis import Diagnosis
from plants.harness.scoring.forecast import Forecast
from plants.harness.verdict import Row, Verdict

PROFILE = PROFILES["codalab-2022"]
SPECIES = tuple(f"Species{number}" for number in range(1, 9))
TIMING = {
    "check": 0.07,
    "unpack": 0.07,
    "start": 3.8,
    "import": 0.002,
    "init": 1.2,
    "predict": 7.489,
    "score": 0.01,
}


def dataset(class_names=SPECIES, *, of_each=6, names=None):
    """Images in class order, (n, 96, 96, 3): noise in a colour of the class's own."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(class_names)), of_each)
    tints = rng.uniform(0.2, 1.0, (len(class_names), 3))
    images = (rng.integers(0, 256, (len(labels), 96, 96, 1)) * tints[labels][:, None, None]).astype(np.uint8)
    names = names or tuple(f"{class_names[label]}/{i:05d}.jpg" for i, label in enumerate(labels))
    return Dataset(images=images, labels=labels, class_names=class_names, names=names, source="made")


def scored(zip_name="submission.zip", *, class_names=SPECIES, sure=True, data=None, faults=(), **fields):
    """An accepted Verdict: of every class but the last, half of the images are taken for the next.

    With `sure`, the submission gave probabilities.
    """
    data = data or dataset(class_names)
    answers = data.labels.copy()
    answers[::2] = np.minimum(answers[::2] + 1, len(class_names) - 1)
    probabilities = np.full((len(data), len(class_names)), 0.1 / (len(class_names) - 1))
    probabilities[np.arange(len(data)), answers] = 0.9
    usual = dict(
        seconds=13.7,
        timing=TIMING,
        peak_rss_mb=1314.4,
        zip_sha256="4e" * 32,
        isolation=["fresh folder", "time limit"],
        versions={"python": "3.11.7", "numpy": "2.4.6"},
    )
    return Verdict(
        zip=zip_name,
        profile=PROFILE.name,
        collected=list(faults),
        scores=metrics.score(data.labels, answers, class_names),
        answered=Answered(data, data.labels, answers, class_names, probabilities if sure else None),
        **{**usual, **fields},
    )


def full(zip_name="submission.zip", *, flips=30, **fields):
    """As `scored`, with all that a run can find out besides."""
    names = [f"{number} {kind}" for number in ("float32", "uint8", "float64") for kind in ("tensor", "array")]
    names += ["main", "again", "sorted", "sevens", "ones", "noise", "renewed", "repeat 0", "fresh sorted 0"]
    calls = {
        name: {
            "what": in_words(name),
            "n": 63,
            "seconds": 1.1,
            "failed": "x" if name == "uint8 tensor" else None,
        }
        for name in names
    }
    species = SPECIES * 4
    flipped = [
        Flip(f"Species1/{i:05d}.jpg", species[i], species[i + i % 2], species[i + 1 - i % 2])
        for i in range(flips)
    ]
    return scored(
        zip_name,
        probes={"images": 63, "calls": calls},
        forecast=[Forecast(1260, 20.3, 2100.0), Forecast(2942, 440.2, None)],
        comparison=ZipComparison("other.zip", 48, 12, 10, 0.0417, (-0.018, 0.027), 0.83, tuple(flipped)),
        ledger=Looks(7, 3, 0.891),
        matrix=[
            Row("python3.9", "3.9.18", "2.9.3", "accepted", 0.5625, 0.5, 0, 20.1, None),
            Row(
                "python3.12", "3.12.1", None, "rejected", None, None, None, 20.1, "ENV01 No module named 'x'."
            ),
        ],
        diagnosis=Diagnosis(0.87, 63, 0.41, {"if X is not divided by 255": 0.923}, 0.5, tuple(range(8))),
        **fields,
    )


def unscored(zip_name="bad.zip", *, faults=(), **fields):
    """The Verdict on a zip that was rejected, or not judged at all, as `faults` have it."""
    versions = {"harness": "3.11.7"}
    return Verdict(zip_name, PROFILE.name, collected=list(faults), versions=versions, **fields)


class Page(html.parser.HTMLParser):
    """A page taken apart: its tags with their attributes, and the text between them."""

    def __init__(self, *verdicts):
        super().__init__()
        self.source = page.render(verdicts, PROFILE)
        self.tags, self._words, self._in_style = [], [], False
        self.feed(self.source)

    @property
    def text(self):
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag):
        self._in_style = False

    def handle_data(self, text):
        if not self._in_style:
            self._words.append(text)
