"""Images a second of one graph under each runtime, round by round, each in a process of its own."""

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


def measure(data: str | None) -> dict[str, Any]:
    """{"images_per_second": {runtime: a figure each round}, "largest_difference": {runtime: ...}}"""
    speeds: dict[str, list[float]] = {name: [] for name in runtimes.RUNTIMES}
    differences = dict.fromkeys(runtimes.RUNTIMES, 0.0)
    with exported() as folder:
        for _ in range(ROUNDS):
            for name, figures in speeds.items():
                told = child.call("benchmarks.predict:speed", name=name, folder=folder)
                figures.append(told["images_per_second"])
                differences[name] = max(differences[name], told["largest_difference"])
    return {"images_per_second": speeds, "largest_difference": differences}


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
    np.save(place / "expected.npy", runtimes.kit(place)(_images(WARM_UP)))
    return {}


def speed(name: str, folder: str) -> dict[str, Any]:
    """In a child: what one runtime does a second, after a warm-up."""
    place = Path(folder)
    answer = runtimes.RUNTIMES[name](place)
    difference = np.abs(answer(_images(WARM_UP)) - np.load(place / "expected.npy")).max()
    images = _images(IMAGES)
    started = time.perf_counter()
    answer(images)
    seconds = time.perf_counter() - started
    return {"images_per_second": round(IMAGES / seconds, 1), "largest_difference": float(difference)}


def _images(count: int) -> Any:
    return nets.photos(count).astype("float32")
