"""Tiny synthetic images for all tests; the contest's data only where it lies on the machine."""

import os
import signal
from pathlib import Path

import legacy
import numpy as np
import pytest
from drawn_images import blotches
from PIL import Image

from plants.contests import contest as contests
from plants.data.dataset import Dataset, load

TINY_CLASSES = ("daisy", "fern", "moss")
TINY_PER_CLASS = 10


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_as_on_a_terminal():
    """Where the tests run in the background, it and a hang-up are ignored, by all that they start too."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, previous)
    signal.signal(signal.SIGHUP, hangup)


@pytest.fixture(scope="session", autouse=True)
def ledger_of_the_tests(tmp_path_factory):
    """Scores given in tests do not count as looks at held-out images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCORE_LEDGER", str(tmp_path_factory.mktemp("ledger") / "ledger.jsonl"))
        yield


@pytest.fixture(scope="session")
def tiny_dataset():
    """3 classes of 10 images each, red, green and blue: (30, 96, 96, 3), no two nearly alike."""
    rng = np.random.default_rng(0)
    tints = ((1, 0.4, 0.4), (0.4, 1, 0.4), (0.4, 0.4, 1))
    labels = np.repeat(np.arange(len(TINY_CLASSES)), TINY_PER_CLASS).astype(np.int64)
    return Dataset(
        images=np.stack([blotches(rng, tints[label]) for label in labels]),
        labels=labels,
        class_names=TINY_CLASSES,
        names=tuple(f"{TINY_CLASSES[label]}/{i % TINY_PER_CLASS:05d}.png" for i, label in enumerate(labels)),
        source="tiny test images",
    )


@pytest.fixture
def class_folders(tiny_dataset, tmp_path):
    """The tiny dataset as PNG files in a folder of class folders."""
    root = tmp_path / "tiny"
    for name, image in zip(tiny_dataset.names, tiny_dataset.images, strict=True):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / name)
    return root


@pytest.fixture(scope="session")
def contest_data():
    """The path of the contest's data, from $CHALLENGE_DATA or data/; skips where it is absent."""
    places = list(contests.default().data)
    if os.environ.get("CHALLENGE_DATA"):
        places = [Path(os.environ["CHALLENGE_DATA"])]
    for path in places:
        if path.exists():
            return path
    pytest.skip("the contest's data is absent: set CHALLENGE_DATA or put training_data_final.zip into data/")


@pytest.fixture(scope="session")
def contest_dataset(contest_data):
    """The contest's images; skips where the data that was given is something else."""
    dataset = load(contest_data)
    if len(dataset) != 3010:
        pytest.skip(f"the contest's data is absent: {contest_data} holds {len(dataset)} images, no 3010")
    return dataset


@pytest.fixture(scope="session")
def legacy_python():
    """An interpreter of the contest's time; without one skips, or fails where REQUIRE_LEGACY=1."""
    named = os.environ.get("LEGACY_PYTHON")
    if named:
        assert legacy.has_legacy_tensorflow(named), f"LEGACY_PYTHON={named} has no TensorFlow 2.8 to 2.11"
        return named
    found = next(filter(legacy.has_legacy_tensorflow, legacy.candidates()), None)
    if not found:
        (pytest.fail if os.environ.get("REQUIRE_LEGACY") == "1" else pytest.skip)(legacy.MISSING)
    return found
