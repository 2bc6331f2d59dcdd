"""Minutes to an accuracy of 0.80 on validation images: the kit against the plain notebook way.

Both in a new process, clock running from its start, on the same split of the contest's images; the
notebook is stopped at 4 times the kit's time. Each once a round, in turn.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import child

TARGET, PATIENCE = 0.80, 4.0  # validation accuracy; times the kit's seconds
RECIPE = "lite0-quick"
ROUNDS = 2


def measure(data: str | None) -> dict[str, Any]:
    """{"kit": [a curve each round], "notebook": the same}; of a curve, [seconds, accuracy] by epoch."""
    from plants.data import sources, splits

    dataset = sources.open_contest_data(data)
    split = splits.split(dataset)
    with tempfile.TemporaryDirectory() as folder:
        images = str(Path(folder) / "images.npz")
        np.savez(
            images,
            training=dataset.images[split.training],
            training_labels=dataset.labels[split.training],
            validation=dataset.images[split.validation],
            validation_labels=dataset.labels[split.validation],
        )
        curves: dict[str, list[Any]] = {"kit": [], "notebook": []}
        for seed in range(ROUNDS):
            started = time.monotonic()
            out = str(Path(folder) / f"run{seed}")
            kit = child.call("benchmarks.minutes:kit", data=str(dataset.place), out=out, seed=seed)
            limit = PATIENCE * (time.monotonic() - started)
            notebook = child.call(
                "benchmarks.notebook_way:train", images=images, target=TARGET, limit_seconds=limit, seed=seed
            )
            curves["kit"].append(kit["curve"])
            curves["notebook"].append(notebook["curve"])
    return {"recipe": RECIPE, "target": TARGET, "images": len(split.validation), **curves}


class Reached(Exception):
    """The target is reached: nothing more is trained."""


def kit(data: str, out: str, seed: int) -> dict[str, Any]:
    """In a child: trains RECIPE until the target is reached."""
    started = time.monotonic()
    from plants.data import dataset
    from plants.recipes import catalog
    from plants.training.make_run import make_run
    from plants.training.plan import plan_training

    curve: list[tuple[float, float]] = []

    def after_epoch(line: dict[str, Any]) -> None:
        curve.append((round(time.monotonic() - started, 1), round(line["validation_accuracy"], 4)))
        if curve[-1][1] >= TARGET:
            raise Reached

    try:
        plan = plan_training(catalog.RECIPES[RECIPE], dataset.load(data), out, seed=seed, command=[])
        make_run(plan, say=lambda line: None, after_epoch=after_epoch)
    except Reached:
        pass
    return {"curve": curve}
