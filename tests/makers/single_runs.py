"""Runs of one tiny net, trained in a second."""

import contextlib
import dataclasses

import pytest
import tensorflow as tf
from trainable_net import tiny_net

from plants.nets import build
from plants.recipes import catalog
from plants.training.make_run import make_run
from plants.training.plan import plan_training

RECIPE = dataclasses.replace(catalog.by_name("smoke"), weights="none", batch_size=16)
WHOLE = {
    "run.json",
    "metrics.jsonl",
    "best.weights.h5",
    "training_images.json",
    "validation.npz",
    "parity.npz",
    "curves.png",
    "augmentation.png",
}


@contextlib.contextmanager
def quick():
    """Tiny nets; their few steps are over before a graph of them would have been traced."""
    tf.config.run_functions_eagerly(True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "build", tiny_net)
        yield
    tf.config.run_functions_eagerly(False)


def train(dataset, folder, recipe=RECIPE, *, seed=0, say=lambda line: None):
    plan = plan_training(recipe, dataset, folder, seed=seed, command=["train.py", "--seed", "0"])
    return make_run(plan, say=say)


def names(folder):
    return {path.name for path in folder.iterdir()}
