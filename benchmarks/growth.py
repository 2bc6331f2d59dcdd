"""How seconds grow with 1, 4 and 16 times the images: splitting, training, building and scoring.

The generated sample of 184 images, and as many of other seeds; the recipe `smoke`. Four times the
seconds for four times the images is what one expects; from the middle to the last it shows, since the first
figure is mostly what each start costs.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import child

TIMES = (1, 4, 16)


def measure(data: str | None) -> dict[str, Any]:
    """{"images": [counts], "growth": {step: [seconds for each count]}}"""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for times in TIMES:
            rows.append(child.call("benchmarks.growth:steps", times=times, folder=folder))
    return {
        "images": [row["images"] for row in rows],
        "growth": {step: [row["growth"][step] for row in rows] for step in rows[0]["growth"]},
    }


def steps(times: int, folder: str) -> dict[str, Any]:
    """In a child: all steps on `times` samples. Importing and drawing do not count."""
    from plants.bundle.build_zip import build
    from plants.bundle.members import open_members
    from plants.data import splits
    from plants.recipes import catalog
    from plants.training.make_run import make_run
    from plants.training.plan import plan_training

    dataset = samples(times)
    run, archive = Path(folder) / f"run{times}", Path(folder) / f"{times}.zip"
    seconds: dict[str, float] = {}

    def clock(step: str, work: Any) -> None:
        started = time.perf_counter()
        work()
        seconds[step] = round(time.perf_counter() - started, 3)

    clock("split", lambda: splits.split(dataset))
    plan = plan_training(catalog.RECIPES["smoke"], dataset, run, seed=0, command=[])
    clock("training", lambda: make_run(plan, say=lambda line: None))
    clock("build", lambda: build(open_members([run]), archive))
    clock("score", lambda: judge(archive, dataset))
    return {"images": len(dataset), "growth": seconds}


def samples(times: int) -> Any:
    """The generated samples of the seeds 0, 1, ... as one Dataset."""
    import dataclasses

    import numpy as np

    from plants.data.sample.generate import generate_sample

    parts = [generate_sample(seed) for seed in range(times)]
    return dataclasses.replace(
        parts[0],
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        names=tuple(f"{name}-{seed}" for seed, part in enumerate(parts) for name in part.names),
    )


def judge(archive: Path, dataset: Any) -> None:
    """Judges a zip on all images, as `score.py --split all`."""
    from plants.harness.examples import Examples
    from plants.harness.judge import judge_zip
    from plants.harness.options import JudgeOptions
    from plants.harness.profiles import PROFILES

    verdict = judge_zip(archive, Examples(dataset, "all"), JudgeOptions(PROFILES["codalab-2022"]))
    if not verdict.scores:
        raise RuntimeError(f"{archive} was not scored: {verdict.faults}")
