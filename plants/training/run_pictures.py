"""The pictures of a run: learning curves, and augmented variants of one image."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure  # without pyplot, which would look for a screen

from plants import files
from plants.pixels import pad
from plants.recipes.recipe import Recipe
from plants.runs import run_folder
from plants.runs.run_folder import EpochLine
from plants.training import augment

VARIANTS = 11  # beside the original, in three rows of four


def _plot_metric(axes: Any, history: Sequence[EpochLine], metric: str) -> None:
    epochs = np.arange(1, len(history) + 1)
    axes.plot(epochs, [line[metric] for line in history], label="training")
    validated = [line.get(f"validation_{metric}") for line in history]
    if None not in validated:
        axes.plot(epochs, validated, label="validation")
    axes.set(xlabel="epoch", ylabel=metric)
    axes.grid(alpha=0.3)


def _mark_phases(axes: Any, history: Sequence[EpochLine], names: Sequence[str]) -> None:
    starts = [i for i, line in enumerate(history) if i == 0 or line["phase"] != history[i - 1]["phase"]]
    for place, start in enumerate(starts):
        axes.axvline(start + 0.5, color="gray", linestyle=":")
        axes.annotate(
            names[history[start]["phase"]],
            (start + 0.5, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -11 - 13 * (place % 2)),  # one lower than the next: phases may be short
            textcoords="offset points",
            color="gray",
        )


def learning_curves(folder: Path, recipe: Recipe, history: Sequence[EpochLine]) -> None:
    """curves.png: accuracy and loss per epoch, the phases marked (the report's figures 2 and 3)."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    both = figure.subplots(1, 2)
    for axes, metric in zip(both, ("accuracy", "loss"), strict=True):
        _plot_metric(axes, history, metric)
        _mark_phases(axes, history, [phase.name for phase in recipe.phases])
    both[0].legend(loc="lower right")
    figure.suptitle(f"{recipe.name}: accuracy and loss of each phase")
    files.write_figure(folder / run_folder.CURVES, figure)


def augmented_variants(folder: Path, recipe: Recipe, image: npt.NDArray[np.uint8], *, seed: int) -> None:
    """augmentation.png: one image (side, side, 3) and what training may see of it (figure 1)."""
    rng = np.random.default_rng(seed)
    if recipe.fit == "pad":
        image = pad(image[None], recipe.image_size)[0]
    copies = np.repeat(image[None], VARIANTS, axis=0)
    strongest = max((phase.strength for phase in recipe.phases if phase.augmented), default=1.0)
    drawn = augment.draw(rng, VARIANTS, recipe.augmentation.scaled(strongest), side=image.shape[0])
    shown = [image, *augment.apply(copies, drawn).round().astype("uint8")]
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    grid = figure.subplots(3, 4)
    for index, (axes, picture) in enumerate(zip(grid.flat, shown, strict=True)):
        axes.imshow(picture, interpolation="nearest")
        axes.set_title("original" if index == 0 else f"variant {index}", fontsize=9)
        axes.axis("off")
    figure.suptitle(f"{recipe.name}: augmented variants of one training image")
    files.write_figure(folder / run_folder.AUGMENTATION, figure)
