"""Images a second of one net under each runtime, round by round, each in a process of its own.

Each runtime is asked in the batches that suit it best, found anew in every process.
"""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import child, nets, runtimes

ROUNDS = 3
IMAGES, WARM_UP = 256, 64
BATCHES = (4, 16, 64)  # images at once; the kit takes its own


def measure(data: str | None) -> dict[str, Any]:
    """Images a second and batch of each round, and the largest difference in all, each {runtime: ...}."""
    batches: dict[str, list[int]] = {name: [] for name in runtimes.RUNTIMES}
    speeds: dict[str, list[float]] = {name: [] for name in runtimes.RUNTIMES}
    differences = dict.fromkeys(runtimes.RUNTIMES, 0.0)
    with exported() as folder:
        for _ in range(ROUNDS):
            for name, figures in speeds.items():
                told = child.call("benchmarks.predict:speed", name=name, folder=folder)
                figures.append(told["images_per_second"])
                batches[name].append(told["batch"])
                differences[name] = max(differences[name], told["largest_difference"])
    return {"images_per_second": speeds, "batch": batches, "largest_difference": differences}


@contextlib.contextmanager
def exported() -> Iterator[str]:
    """A folder with the submission, its graph as ONNX, and what it answers, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        child.call("benchmarks.predict:prepare", folder=folder)
        yield folder


def prepare(folder: str) -> dict[str, Any]:
    """In a child: writes the submission, graph.onnx and expected.npy."""
    place = Path(folder)
    nets.export(place)
    runtimes.to_onnx(place)
    np.save(place / "expected.npy", runtimes.kit(place)(_images(WARM_UP), WARM_UP))
    return {}


def speed(name: str, folder: str) -> dict[str, Any]:
    """In a child: what one runtime does a second, after a warm-up."""
    place = Path(folder)
    answer = runtimes.RUNTIMES[name](place)
    difference = np.abs(answer(_images(WARM_UP), WARM_UP) - np.load(place / "expected.npy")).max()
    batch = min(BATCHES, key=lambda size: _seconds(answer, WARM_UP, size))
    return {
        "images_per_second": round(IMAGES / _seconds(answer, IMAGES, batch), 1),
        "batch": batch,
        "largest_difference": float(difference),
    }


def _seconds(answer: runtimes.Answer, count: int, batch: int) -> float:
    """For `count` images, once a batch of that size has gone before them."""
    images = _images(count)
    answer(images[:batch], batch)
    started = time.perf_counter()
    answer(images, batch)
    return time.perf_counter() - started


def _images(count: int) -> Any:
    return nets.photos(count).astype("float32")
