"""What a zip answered to each image: the record of `--json` only has what is counted from it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # its import takes a second, which `score.py --check` does not have
    from plants.data.dataset import Dataset


@dataclasses.dataclass(frozen=True, eq=False)
class Answered:
    """What a submission answered to each image of a dataset.

    `labels` and `answers` are (n,) int64 indices into `class_names`, the zip's in sorted order;
    `probabilities` is (n, k) float, NaN for images that it was not asked about, or None without any.
    """

    dataset: Dataset
    labels: np.ndarray
    answers: np.ndarray
    class_names: tuple[str, ...]
    probabilities: np.ndarray | None = None
