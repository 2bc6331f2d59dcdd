"""Draws docs/pictures/way.png, the way from image to score: python docs/pictures/draw_way.py

The photos are images of the generated sample and augmented variants of them; the words stand for
the files and commands of the README.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import patches, pyplot

REPO = Path(__file__).parents[2]
sys.path.insert(0, str(REPO))

from plants.data.sample.generate import generate_sample  # noqa: E402
from plants.recipes import catalog  # noqa: E402
from plants.training import augment  # noqa: E402

GREEN, GRAY = "#2e6b34", "#5c6460"
STEPS = [  # title, words below it, command
    ("photos", "96 x 96 RGB, 0..255\nin 8 class folders", ""),
    ("augmented", "training part only,\ndrawn anew each epoch", "train.py"),
    ("net", "resize and scale,\nEfficientNet-Lite,\npooling, 8 logits", "train.py"),
    ("frozen graph", "weights as constants,\nviews averaged,\nparity proved", "build_submission.py"),
    ("submission.zip", "model.py\nmetadata\nSubmissionModel/\nmanifest.json", "build_submission.py"),
    ("verdict", "child process without\nlabels: accepted?\naccuracy, macro-F1", "score.py"),
]


def tiles(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Four images (4, 96, 96, 3) as one picture, two by two."""
    return np.concatenate([np.concatenate(images[:2], 1), np.concatenate(images[2:4], 1)], 0)


def draw_step(axes: Any, title: str, words: str, command: str, picture: npt.NDArray[np.uint8] | None) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1), box_aspect=1)
    axes.axis("off")
    axes.text(0.5, 1.06, title, ha="center", weight="bold", color=GREEN, fontsize=12)
    if picture is None:
        box = patches.FancyBboxPatch((0.06, 0.06), 0.88, 0.88, "round,pad=0.05", fc="#eef4ec", ec=GREEN)
        axes.add_patch(box)
        axes.text(0.5, 0.5, words, ha="center", va="center", fontsize=10, linespacing=1.5)
    else:
        axes.imshow(picture, extent=(0, 1, 0, 1), interpolation="nearest")
        axes.text(0.5, -0.05, words, ha="center", va="top", fontsize=9, color=GRAY)
    axes.text(0.5, -0.34, command, ha="center", family="monospace", fontsize=10)


def main() -> None:
    photos = generate_sample(seed=0)
    chosen = photos.images[[np.flatnonzero(photos.labels == label)[3] for label in (1, 3, 5, 6)]]
    ranges = catalog.by_name("default").augmentation
    drawn = augment.draw(np.random.default_rng(4), 4, ranges, side=96)
    pictures = [tiles(chosen), tiles(augment.apply(chosen, drawn).round().astype("uint8"))]
    figure, row = pyplot.subplots(1, len(STEPS), figsize=(14, 3.3))
    figure.subplots_adjust(left=0.02, right=0.98, top=0.86, bottom=0.26, wspace=0.28)
    for axes, step, picture in zip(row, STEPS, [*pictures, None, None, None, None], strict=True):
        draw_step(axes, *step, picture)
    for axes in row[:-1]:
        axes.annotate(
            "",
            (1.26, 0.5),
            (1.04, 0.5),
            xycoords="axes fraction",
            arrowprops=dict(arrowstyle="-|>", color=GREEN, lw=2),
            annotation_clip=False,
        )
    figure.savefig(Path(__file__).with_name("way.png"), dpi=100)


if __name__ == "__main__":
    main()
