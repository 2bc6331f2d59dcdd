"""Random changes that leave the species as it is: drawn with a seeded generator, then applied.

`draw` gives plain arrays, one entry per image; `apply` is pure and is what the tests pin.
The geometric changes of an image are one matrix, so it is resampled once.
"""

import dataclasses

import keras
import numpy as np
import numpy.typing as npt

from plants.recipes.recipe import Augmentation

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.float32]  # (n, side, side, 3)
GRAY = np.array([0.299, 0.587, 0.114], "float32")  # ITU-R BT.601 luma of R, G, B


@dataclasses.dataclass(frozen=True)
class AugmentationDraw:
    """What happens to each of n images; every array has n entries first."""

    matrix: Floats  # (n, 2, 2): where an output offset from the centre looks in the input
    shift: Floats  # (n, 2): x, y added to that, pixels
    brightness: Floats  # (n,), added, pixels 0..255
    contrast: Floats  # (n,), factor
    saturation: Floats  # (n,), factor
    hue: Floats  # (n,), radians round the gray axis
    noise_seed: npt.NDArray[np.int64]  # (n,), of the Gaussian noise
    noise: float  # standard deviation, pixels 0..255


def _spread(rng: np.random.Generator, n: int, width: float) -> Floats:
    return rng.uniform(-width, width, n)


def _matrices(rng: np.random.Generator, n: int, ranges: Augmentation) -> Floats:
    """Zoom, stretch, rotation, flips and quarter turns of n images as (n, 2, 2) matrices."""
    angle = np.deg2rad(_spread(rng, n, ranges.rotation))
    if ranges.quarter_turns:
        angle = angle + np.pi / 2 * rng.integers(0, 4, n)
    scale = rng.uniform(1 - ranges.zoom_in, 1 + ranges.zoom_out, n)
    stretch = np.exp(_spread(rng, n, ranges.aspect) / 2)
    mirror_x = np.where(rng.random(n) < 0.5, -1.0, 1.0) if ranges.flips != "none" else np.ones(n)
    mirror_y = np.where(rng.random(n) < 0.5, -1.0, 1.0) if ranges.flips == "both" else np.ones(n)
    along_x, along_y = scale * stretch * mirror_x, scale / stretch * mirror_y
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos * along_x, -sin * along_y], [sin * along_x, cos * along_y]]).transpose(2, 0, 1)


def draw(rng: np.random.Generator, n: int, ranges: Augmentation, *, side: int) -> AugmentationDraw:
    """Random changes for n images of `side` pixels, within the ranges."""
    return AugmentationDraw(
        matrix=_matrices(rng, n, ranges),
        shift=rng.uniform(-1, 1, (n, 2)) * ranges.translation * side,
        brightness=_spread(rng, n, ranges.brightness) * 255,
        contrast=1 + _spread(rng, n, ranges.contrast),
        saturation=1 + _spread(rng, n, ranges.saturation),
        hue=np.deg2rad(_spread(rng, n, ranges.hue)),
        noise_seed=rng.integers(0, 2**31, n),
        noise=ranges.noise,
    )


def identity(n: int) -> AugmentationDraw:
    """The draw that changes nothing."""
    return AugmentationDraw(
        matrix=np.tile(np.eye(2), (n, 1, 1)),
        shift=np.zeros((n, 2)),
        brightness=np.zeros(n),
        contrast=np.ones(n),
        saturation=np.ones(n),
        hue=np.zeros(n),
        noise_seed=np.zeros(n, "int64"),
        noise=0.0,
    )


def apply(images: npt.NDArray[np.uint8] | Images, drawn: AugmentationDraw) -> Images:
    """The changed images: (n, side, side, 3) in [0, 255].

    `images` is not modified. Geometry first, then contrast, brightness, hue and saturation,
    and noise; what leaves [0, 255] is clipped at the end.
    """
    changed = apply_geometry(np.asarray(images, "float32"), drawn)
    changed = apply_colour(changed, drawn)
    if drawn.noise > 0:
        changed = changed + drawn.noise * _noise(drawn.noise_seed, changed.shape[1:])
    return np.clip(changed, 0, 255).astype("float32")


def apply_geometry(images: Images, drawn: AugmentationDraw) -> Images:
    """Warps each image about its centre; beyond the border the picture is mirrored."""
    centre = (np.array(images.shape[2:0:-1]) - 1) / 2  # x, y
    offset = centre + drawn.shift - np.einsum("nij,j->ni", drawn.matrix, centre)
    rows = np.concatenate([drawn.matrix, offset[..., None]], axis=2).reshape(len(images), 6)
    transform = np.concatenate([rows, np.zeros((len(images), 2))], axis=1).astype("float32")
    warped = keras.ops.image.affine_transform(
        images, transform, interpolation="bilinear", fill_mode="reflect", data_format="channels_last"
    )
    return keras.ops.convert_to_numpy(warped)


def apply_colour(images: Images, drawn: AugmentationDraw) -> Images:
    """Contrast about the image's mean, brightness, then hue and saturation about its grays.

    All of it is linear in a pixel's colour, so each image takes one matrix and one colour added to it.
    """
    saturation, to_gray = _per_image(drawn.saturation), np.broadcast_to(GRAY, (3, 3))
    saturate = saturation * np.eye(3, dtype="float32") + (1 - saturation) * to_gray
    turned = saturate @ _hue_rotations(drawn.hue)
    contrast, mean = _per_image(drawn.contrast), images.mean(axis=(1, 2, 3)).reshape(-1, 1, 1)
    added = turned @ ((1 - contrast) * mean + _per_image(drawn.brightness) + np.zeros((3, 1), "float32"))
    pixels = images.reshape(len(images), images.shape[1] * images.shape[2], 3)
    colours = pixels @ (contrast * turned).transpose(0, 2, 1)
    return (colours + added.transpose(0, 2, 1)).reshape(images.shape)


def _per_image(values: Floats) -> npt.NDArray[np.float32]:
    """(n, 1, 1), to go with a matrix or a column of each image."""
    return values.astype("float32").reshape(-1, 1, 1)


def _hue_rotations(angles: Floats) -> npt.NDArray[np.float32]:
    """Rotations of RGB space about (1, 1, 1), which keep grays (Rodrigues' formula); (n, 3, 3)."""
    axis = np.ones(3) / np.sqrt(3)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    cos, sin = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    return (cos * np.eye(3) + sin * cross + (1 - cos) * np.outer(axis, axis)).astype("float32")


def _noise(seeds: npt.NDArray[np.int64], shape: tuple[int, ...]) -> Images:
    return np.stack([np.random.default_rng(seed).standard_normal(shape, "float32") for seed in seeds])
