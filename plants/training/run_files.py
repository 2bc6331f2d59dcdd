"""What a training writes into its run folder, each file whole or not at all; `runs.run_folder` reads them."""

import contextlib
import functools
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from plants import files
from plants.data.dataset import Dataset
from plants.runs import run_folder
from plants.runs.run_folder import EpochLine


def write_weights(folder: Path, net: keras.Model) -> None:
    """best.weights.h5: those of the net as it is."""
    # In a folder of its own, since Keras insists on the ending of the name.
    box = tempfile.TemporaryDirectory(suffix=files.PARTIAL, dir=folder)
    with files.whole_file(folder / run_folder.WEIGHTS) as partial, box:
        net.save_weights(Path(box.name) / run_folder.WEIGHTS)
        os.replace(Path(box.name) / run_folder.WEIGHTS, partial)


def write_metrics(folder: Path, history: Iterable[EpochLine]) -> None:
    """metrics.jsonl: one JSON object per epoch."""
    with files.whole_file(folder / run_folder.METRICS) as partial:
        partial.write_text("".join(json.dumps(line) + "\n" for line in history), encoding="utf-8")


def content_order(dataset: Dataset) -> npt.NDArray[np.int64]:
    """Indices that sort a dataset by its images' content: the same order whatever the files were called."""
    return np.argsort(dataset.pixel_sha256)


def write_training_images(folder: Path, dataset: Dataset) -> None:
    """training_images.json, in the order of the pixels' sha256."""
    images = sorted(zip(dataset.pixel_sha256, dataset.perceptual_hashes, strict=True))
    files.write_json(
        folder / run_folder.TRAINING_IMAGES,
        {"pixel_sha256": [sha for sha, _ in images], "perceptual_hash": [code for _, code in images]},
    )


def write_parity(
    folder: Path, dataset: Dataset, probabilities: npt.NDArray[np.float32], *, keep: int
) -> None:
    """parity.npz: `keep` images with their probabilities (n, k)."""
    chosen = content_order(dataset)[:keep]
    with _whole_npz(folder / run_folder.PARITY) as save:
        save(images=dataset.images[chosen], probabilities=probabilities[chosen])


def write_validation(folder: Path, dataset: Dataset, probabilities: npt.NDArray[np.float32]) -> None:
    """validation.npz: labels, probabilities (n, k) and pixel sha256."""
    order = content_order(dataset)
    with _whole_npz(folder / run_folder.VALIDATION) as save:
        save(
            labels=dataset.labels[order],
            probabilities=probabilities[order],
            pixel_sha256=np.array(dataset.pixel_sha256)[order],
        )


def write_out_of_fold(folder: Path, answered: Sequence[dict[str, npt.NDArray[Any]]]) -> None:
    """out_of_fold.npz of the `read_answers` of each fold, in the order of the folds."""
    joined = {name: np.concatenate([fold[name] for fold in answered]) for name in answered[0]}
    joined["fold"] = np.repeat(np.arange(len(answered)), [len(fold["labels"]) for fold in answered])
    order = np.argsort(joined["pixel_sha256"])
    with _whole_npz(folder / run_folder.OUT_OF_FOLD) as save:
        save(**{name: values[order] for name, values in joined.items()})


@contextlib.contextmanager
def _whole_npz(path: Path) -> Iterator[Callable[..., None]]:
    with files.whole_file(path) as partial, open(partial, "wb") as file:
        yield functools.partial(np.savez_compressed, file)
