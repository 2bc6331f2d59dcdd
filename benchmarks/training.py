"""Images a second that a training step takes: the kit's loop, and bare steps on a batch that lies ready.

All in one process, in turn, round by round, so that a change of the machine's pace meets them alike.
Without validation. The bare step is Keras's `train_on_batch`, with our normalization and with Keras's.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import child, nets

ROUNDS, STEPS = 6, 8
SIZES = (128, 160)  # pixels
KIT, OURS, KERAS = "kit", "bare step, our normalization", "bare step, Keras's normalization"
EPOCH = STEPS * nets.BATCH - 3  # images; some batches are smaller by one, as in most real epochs
IMAGES = {KIT: EPOCH, OURS: STEPS * nets.BATCH, KERAS: STEPS * nets.BATCH}


def measure(data: str | None) -> dict[str, Any]:
    """{"images_per_second": {size: {way: one figure a round}}}"""
    by_size = {str(size): child.call("benchmarks.training:speeds", size=size)["speeds"] for size in SIZES}
    return {"images_per_second": by_size}


def speeds(size: int) -> dict[str, Any]:
    """In a child: {"speeds": {way: images a second of each round}} at one image size."""
    ways = {KIT: kit(size), OURS: bare(size), KERAS: bare_with_keras_norm(size)}
    for way in ways.values():
        way()  # warm-up: TensorFlow traces the step
    figures: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            figures[name].append(round(IMAGES[name] / (time.perf_counter() - started), 1))
    return {"speeds": figures}


def one_way(way: str, size: int) -> dict[str, Any]:
    """In a child, whose memory is looked at: some steps of one way."""
    steps = {KIT: kit, OURS: bare, KERAS: bare_with_keras_norm}[way](size)
    steps()
    steps()
    return {}


def kit(size: int) -> Callable[[], Any]:
    """STEPS steps of the kit's own loop, augmentation included."""
    from plants.data.dataset import Dataset
    from plants.training.phases import Training

    dataset = Dataset(
        images=nets.photos(EPOCH),
        labels=np.arange(EPOCH) % nets.CLASSES,
        class_names=tuple("abcdefgh"),
        names=tuple(map(str, range(EPOCH))),
        source="noise",
    )
    recipe = nets.recipe_at(size)
    folder = Path(tempfile.mkdtemp())
    training = Training(recipe, (dataset, dataset.subset([])), folder, seed=0, say=lambda line: None)
    learner = training.prepare(recipe.phases[0])
    return lambda: training.train_epoch(learner, recipe.phases[0])


def bare(size: int) -> Callable[[], None]:
    """STEPS steps of Keras on one batch, with the kit's net and optimizer."""
    import keras

    from plants.nets import build
    from plants.training import optimizers

    recipe = nets.recipe_at(size)
    net = build.build(recipe, nets.CLASSES, input_side=nets.IMAGE_SIDE, image_size=size)
    optimizers.set_trainable(net, recipe.phases[0])
    net.compile(
        optimizers.optimizer(recipe.phases[0], recipe, STEPS),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        jit_compile=build.use_xla(),
    )
    images = nets.photos(nets.BATCH).astype("float32")
    targets = np.eye(nets.CLASSES, dtype="float32")[np.arange(nets.BATCH) % nets.CLASSES]

    def steps() -> None:
        for _ in range(STEPS):
            net.train_on_batch(images, targets)

    return steps


def bare_with_keras_norm(size: int) -> Callable[[], None]:
    """As `bare`, with keras.layers.BatchNormalization."""
    with nets.keras_normalization():
        return bare(size)
