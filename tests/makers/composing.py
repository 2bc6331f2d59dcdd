"""Runs made of others, in seconds: tiny nets, members in this process, no pictures, nothing traced."""

import contextlib
import dataclasses

import pytest
import tensorflow as tf
from jobs_here import do_jobs_here
from trainable_net import tiny_net

from plants.nets import build
from plants.recipes import catalog
from plants.recipes.recipe import Phase
from plants.training import run_pictures
from plants.training.make_run import make_run
from plants.training.plan import plan_training

RECIPE = dataclasses.replace(
    catalog.by_name("smoke"),
    weights="none",
    batch_size=16,
    phases=(Phase("only", 2, 0.05, 32),),
    image_size=32,
)
FOLDS = dataclasses.replace(RECIPE, folds=3)
ONE_VS_REST = dataclasses.replace(RECIPE, composition="one-vs-rest")
HIERARCHY = dataclasses.replace(RECIPE, composition="hierarchical", bundles="daisy+moss/fern")


@contextlib.contextmanager
def quick():
    """Replaces what takes long in a training of members, which commands/test_systems.py does in full."""
    tf.config.run_functions_eagerly(True)
    with pytest.MonkeyPatch.context() as patch:
        _patch(patch)
        yield
    tf.config.run_functions_eagerly(False)


def _patch(patch):
    patch.setattr(build, "build", tiny_net)
    do_jobs_here(patch)
    for picture in ("learning_curves", "augmented_variants"):
        patch.setattr(run_pictures, picture, lambda *arguments, **settings: None)


def train(dataset, folder, recipe, *, seed=0, say=lambda line: None):
    return make_run(plan_training(recipe, dataset, folder, seed=seed, command=["train.py"]), say=say)
