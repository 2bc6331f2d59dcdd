"""The answers to images, kept beside a verdict: what the record of `--json` is too plain for."""

import dataclasses

import numpy as np

from plants.data.dataset import Dataset


@dataclasses.dataclass(frozen=True, eq=False)
class Answered:
    """What a submission answered to each image of a dataset.

    `labels` and `answers` are (n,) int64 indices into `class_names`, which are the zip's;
    `probabilities` is (n, k) float, or None where the submission gives none.
    """

    dataset: Dataset
    labels: np.ndarray
    answers: np.ndarray
    class_names: tuple[str, ...]
    probabilities: np.ndarray | None = None
