"""A greedy soup: one net from several epochs of a phase, the mean of their weights.

Wortsman et al. 2022, arXiv 2203.05482, there of several trainings: the best comes first, and each next one
stays in the mean if validation gets no worse with it. Without validation it is the mean of the last epochs.

The weights of the epochs that may come into it lie in the run folder's soup/, never more of them than
`Phase.soup` and one, until the soup has been tried.
"""

import dataclasses
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import keras
import numpy as np

from plants.recipes.recipe import Phase
from plants.runs import run_folder
from plants.runs.run_folder import EpochLine
from plants.training import scores, weight_values
from plants.training.weight_values import Values


@dataclasses.dataclass(frozen=True)
class Soup:
    """The mean of some epochs' weights, and what it is worth."""

    line: EpochLine  # as that of its best epoch, with "soup": the epochs, and its own validation scores
    values: Values


def ingredients(history: Iterable[EpochLine], index: int, phase: Phase) -> list[EpochLine]:
    """The epochs of a phase, `index` in its recipe, that may come into its soup: the best first.

    Of equals the earlier one; without validation the last ones, the last first.
    """
    lines = [line for line in history if line["phase"] == index]
    entry, sign = scores.MONITORS[phase.monitor]

    def merit(line: EpochLine) -> tuple[float, int]:
        if entry not in line:
            return 0.0, line["epoch"]
        return np.nan_to_num(sign * line[entry], nan=-np.inf), -line["epoch"]

    return sorted(lines, key=merit, reverse=True)[: phase.soup]


def _path(folder: Path, epoch: int) -> Path:
    return folder / run_folder.SOUP / f"epoch{epoch}.npz"


def keep(folder: Path, epoch: int, net: keras.Model) -> None:
    """Puts the net's weights beside those of the other epochs."""
    weight_values.write(_path(folder, epoch), weight_values.averageable(net))


def keep_only(folder: Path, epochs: Iterable[int]) -> None:
    """Removes the weights of all other epochs."""
    kept = {_path(folder, epoch) for epoch in epochs}
    for path in set((folder / run_folder.SOUP).glob("*.npz")) - kept:
        path.unlink()


def clear(folder: Path) -> None:
    """Removes the weights of all epochs."""
    shutil.rmtree(folder / run_folder.SOUP, ignore_errors=True)


def mean(folder: Path, epochs: Sequence[int]) -> Values:
    """The mean of the weights of these epochs, which must be there."""
    total: Values = []
    for epoch in epochs:
        with np.load(_path(folder, epoch), allow_pickle=False) as stored:
            values = weight_values.read(stored)
        total = [so_far + value for so_far, value in zip(total, values, strict=True)] if total else values
    return [(summed / len(epochs)).astype(summed.dtype) for summed in total]


def cook(ranked: Sequence[EpochLine], phase: Phase, taste: Callable[[list[int]], Soup]) -> Soup | None:
    """The soup of these epochs, the best first, or None where it would be the first one alone.

    `taste` makes and validates the mean of some epochs, in the order that it is given.
    """
    epochs = [line["epoch"] for line in ranked]
    if len(ranked) > 1 and scores.MONITORS[phase.monitor][0] not in ranked[0]:
        return taste(epochs)
    best, soup = ranked[0], None
    for epoch in epochs[1:]:
        tried = taste([*(soup.line["soup"] if soup else epochs[:1]), epoch])
        if scores.is_no_worse(tried.line, best, phase):
            best, soup = tried.line, tried
    return soup
