"""Peak memory of whole processes: two epochs of training, and answers to 256 images by each runtime."""

from typing import Any

from benchmarks import child, nets, predict, runtimes, training


def measure(data: str | None) -> dict[str, Any]:
    """{"peak_mb": {what: MB resident at most}}"""
    peaks = {
        f"training, {way}": child.call("benchmarks.training:one_way", way=way, size=nets.SIDE)["peak_mb"]
        for way in (training.KIT, training.OURS, training.KERAS)
    }
    with predict.exported() as folder:
        for name in runtimes.RUNTIMES:
            told = child.call("benchmarks.predict:speed", name=name, folder=folder)
            peaks[f"predict, {name}"] = told["peak_mb"]
    return {"peak_mb": peaks}
