"""Seconds from the start of a process to its first answer: interpreter, imports, loading, one image."""

import time
from pathlib import Path
from typing import Any

from benchmarks import child, nets, predict, runtimes

ROUNDS = 3


def measure(data: str | None) -> dict[str, Any]:
    """{"start_seconds": {runtime: one figure a round}}"""
    seconds: dict[str, list[float]] = {name: [] for name in runtimes.RUNTIMES}
    with predict.exported() as folder:
        for _ in range(ROUNDS):
            for name, figures in seconds.items():
                started = time.perf_counter()
                child.call("benchmarks.start:first_answer", name=name, folder=folder)
                figures.append(round(time.perf_counter() - started, 2))
    return {"start_seconds": seconds}


def first_answer(name: str, folder: str) -> dict[str, Any]:
    """In a child: loads one runtime and asks it about one image."""
    runtimes.RUNTIMES[name](Path(folder))(nets.photos(1).astype("float32"), 1)
    return {}
