"""Trainings of a tiny net in two phases, on images that two classes of colour tell apart."""

import numpy as np
from trainable_net import tiny_net

from plants.data.dataset import Dataset
from plants.recipes.recipe import Augmentation, Phase, Recipe
from plants.runs import run_folder
from plants.training import phases

FROZEN = Phase("frozen", 2, 0.05, 32, trainable="none", batch_norm="frozen")
ALL = Phase("all", 3, 0.01, 32, optimizer="adamw", weight_decay=0.01, schedule="cosine", warmup_epochs=1.0)
RECIPE = Recipe(
    name="tiny",
    summary="for tests",
    minutes=1.0,
    phases=(FROZEN, ALL),
    image_size=32,
    weights="none",
    batch_size=4,
    dropout=0.2,
    augmentation=Augmentation(flips="both", noise=5.0),
)


def colour_images(n, *, seed):
    """Two classes told apart by colour: reddish and bluish noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = rng.integers(0, 120, (n, 96, 96, 3), dtype=np.uint8)
    images[labels == 0, ..., 0] += 90
    images[labels == 1, ..., 2] += 90
    return Dataset(images, labels.astype("int64"), ("a", "b"), tuple(f"{i}.png" for i in range(n)), "made up")


TRAINING, VALIDATION = colour_images(14, seed=1), colour_images(6, seed=2)


def training(
    folder, recipe=RECIPE, *, datasets=(TRAINING, VALIDATION), say=lambda line: None, after_epoch=None
):
    folder.mkdir(exist_ok=True)
    return phases.Training(recipe, datasets, folder, seed=3, say=say, after_epoch=after_epoch)


def best_weights(folder):
    net = tiny_net(RECIPE, 2)
    net.load_weights(folder / run_folder.WEIGHTS)
    return net.get_weights()


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""
