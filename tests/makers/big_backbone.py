"""A recipe's net in full: built, one step on two images, exported. Prints seconds and memory as JSON.

In a process of its own, so that the peak of memory is this net's: python big_backbone.py RECIPE FOLDER
leaves what the server unpacks, and what it should answer to `pictures` in expected.npy, in FOLDER.
"""

import dataclasses
import json
import resource
import shutil
import sys
import time
from pathlib import Path

import keras
import numpy as np
from random_weights import make_answers_differ, pictures

from plants.bundle import export
from plants.nets import build
from plants.recipes import catalog
from plants.training import optimizers

CLASSES = 8
ENTRY = Path(__file__).parents[2] / "submission" / "model.py"


class Laps:
    """Seconds since the lap before, and the peak of memory so far."""

    def __init__(self):
        self.laps, self.started = {}, time.monotonic()

    def end(self, name):
        gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        self.laps[name] = [round(time.monotonic() - self.started, 1), round(gigabytes, 2)]
        self.started = time.monotonic()


def step(recipe, net, images):
    """Trains one step on all layers; the loss."""
    phase = recipe.phases[-1]
    optimizers.set_trainable(net, phase)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    net.compile(optimizers.optimizer(phase, recipe, 1), loss, jit_compile=build.use_xla())
    return float(net.train_on_batch(images, np.eye(CLASSES, dtype="float32")[: len(images)]))


def main(name, folder):
    recipe, laps = dataclasses.replace(catalog.by_name(name), weights="none"), Laps()
    net = build.build(recipe, CLASSES, input_side=96)
    laps.end("build")
    loss = step(recipe, net, pictures(2))
    laps.end("step")
    make_answers_differ(net, pictures(2))
    predictor = build.predictor(net, recipe.views)
    laps.end("draw")
    shutil.copy(ENTRY, folder)
    export.export([[predictor]], folder / "SubmissionModel")
    laps.end("export")
    np.save(folder / "expected.npy", predictor.predict(pictures(2), batch_size=2, verbose=0))
    laps.end("predict")
    print(json.dumps({"loss": loss, "parameters": net.count_params(), "laps": laps.laps}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
