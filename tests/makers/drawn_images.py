"""Images for tests, and datasets of them."""

import hashlib

import numpy as np
from PIL import Image

from plants.data.dataset import Dataset


def noise(*key):
    """A (96, 96, 3) image that depends on `key` only, on any machine and with any library."""
    content = hashlib.shake_256(repr(key).encode()).digest(96 * 96 * 3)
    return np.frombuffer(content, np.uint8).reshape(96, 96, 3)


def dataset_of(images_by_class):
    """A dataset of {class name: list of images}."""
    counts = [len(images) for images in images_by_class.values()]
    return Dataset(
        images=np.concatenate([np.stack(images) for images in images_by_class.values()]),
        labels=np.repeat(np.arange(len(counts)), counts).astype(np.int64),
        class_names=tuple(images_by_class),
        names=tuple(
            f"{name}/{i}" for name, count in zip(images_by_class, counts, strict=True) for i in range(count)
        ),
        source="test images",
    )


def noise_classes(**counts):
    return dataset_of({name: [noise(name, i) for i in range(count)] for name, count in counts.items()})


def blotches(rng, tint, side=96):
    """One (side, side, 3) uint8 image: random soft blotches, different each time, in a tint."""
    coarse = Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8))
    light = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))
    return (light[..., None] * np.asarray(tint)).astype(np.uint8)
