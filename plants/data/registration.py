"""Lays one picture over another: which shift, stretch and light make the first the second?

Gray thumbnails are compared, so noise and compression are averaged away. The best of nine whole shifts
starts a least-squares fit (Gauss and Newton, as Lucas and Kanade 1981) of shift and stretch either way,
first on coarse thumbnails, then on fine ones. Everything is done for many pairs at once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Images = Sequence[npt.NDArray[np.uint8]] | npt.NDArray[np.uint8]  # n of (h, w, 3), or one array of them
Pictures = npt.NDArray[np.floating[Any]]  # float32: (m, side, side), gray; (m, side, side, 3)
Places = npt.NDArray[np.float32]  # (m, 4): shift across and down, stretch across and down; shares of the side

FINE, COARSE = 48, 24  # pixels per side
STEPS = 4  # of the fit, on each
LARGEST_SHIFT, LARGEST_STRETCH = 0.07, 0.08  # in the fit
LARGEST_REACH = 0.05  # of a corner: 5 of 96 pixels
FRAME = 1.5 / 48  # of the side: there thumbnails are softened by a repeated border
SOFT = 0.8 / 96  # of the side: finer things would look otherwise after a shift by half a pixel
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def thumbnails(images: Images) -> npt.NDArray[np.uint8]:
    """(n, FINE, FINE, 3) of n images (h, w, 3), whatever their size."""
    made = np.empty((len(images), FINE, FINE, 3), np.uint8)
    for index, image in enumerate(images):
        soft = Image.fromarray(image).filter(ImageFilter.GaussianBlur(SOFT * max(image.shape)))
        made[index] = np.asarray(soft.resize((FINE, FINE), Image.Resampling.BILINEAR))
    return made


def halved(pictures: Pictures) -> Pictures:
    """Pictures (m, s, s, ...) of half the side: the means of 2 x 2 pixels."""
    count, side = pictures.shape[:2]
    return pictures.reshape(count, side // 2, 2, side // 2, 2, *pictures.shape[3:]).mean(axis=(2, 4))


def best_shifts(pictures: Pictures, others: Pictures) -> tuple[Places, npt.NDArray[np.float32]]:
    """Of gray pairs (m, s, s) the place by whole pixels, at most 1 each way, and the correlation there."""
    middle = _standardised(others[:, 1:-1, 1:-1])
    side, inner = pictures.shape[1], middle.shape[-1]
    shifts = [(across, down) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    windows = (
        pictures[:, 1 + down : side - 1 + down, 1 + across : side - 1 + across] for across, down in shifts
    )
    likeness = np.stack([(_standardised(window) * middle).sum(axis=-1) / inner for window in windows])
    best = likeness.argmax(axis=0)
    places = np.zeros((len(pictures), 4), np.float32)
    places[:, :2] = np.array(shifts, np.float32)[best] / side
    return places, likeness.max(axis=0)


def _standardised(windows: Pictures) -> Pictures:
    """(m, s, s) as (m, s * s) of mean 0 and variance 1; without contrast, 0."""
    flat = windows.reshape(len(windows), windows.shape[1] * windows.shape[2])
    flat = flat - flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.sqrt((flat**2).mean(axis=1, keepdims=True)), 1e-3)


def refined(pictures: Pictures, others: Pictures, places: Places, weights: Pictures | None = None) -> Places:
    """The places at which gray pictures (m, s, s) fit best, from nearby ones, by STEPS of least squares.

    Pixels count by their `weights`, (m, s, s), or alike.
    """
    side = pictures.shape[1]
    limits = np.array([LARGEST_SHIFT] * 2 + [LARGEST_STRETCH] * 2, np.float32)
    for _ in range(STEPS):
        step = _least_squares_step(pictures, others, places, 1.0 if weights is None else weights)
        longest = 1.5 / side  # the gradients hold no further
        places = np.clip(places + np.clip(step, -longest, longest), -limits, limits)
    return places


def _least_squares_step(
    pictures: Pictures, others: Pictures, places: Places, weights: Pictures | float
) -> Places:
    """The change of place that, with a gain and an offset of the light, leaves least of the difference."""
    count, side = pictures.shape[:2]
    placed, valid = place(pictures, places), inside(side, places) * weights
    down, across = (slope * side for slope in np.gradient(placed, axis=(1, 2)))
    x = _coordinates(side)
    columns = (
        np.stack([across, down, across * x, down * x[:, None], placed, np.ones_like(placed)], axis=1)
        * valid[:, None]
    )
    columns = columns.reshape(count, 6, side**2)
    normal = columns @ columns.transpose(0, 2, 1)
    target = columns @ (others * valid).reshape(count, side**2, 1)
    # A pull towards no change where nothing tells of one, as along stripes.
    pull = 1e-3 * np.trace(normal[:, :4, :4], axis1=1, axis2=2)[:, None] + 1.0
    normal[:, range(4), range(4)] += pull
    normal[:, range(4, 6), range(4, 6)] += 1e-3
    solved = np.linalg.solve(normal.astype(np.float64), target.astype(np.float64))[..., 0]
    gain = solved[:, 4:5]
    usable = np.abs(gain) > 0.1
    return np.where(usable, solved[:, :4] / np.where(usable, gain, 1), 0).astype(np.float32)


def place(pictures: Pictures, places: Places) -> Pictures:
    """Pictures (m, s, s) or (m, s, s, 3) as seen at their places, cubic; beyond the border it repeats."""
    side = pictures.shape[1]
    across, down = (_resampling(side, places[:, axis], places[:, axis + 2]) for axis in (0, 1))
    if pictures.ndim == 3:
        return down @ pictures @ across.transpose(0, 2, 1)
    channels = down[:, None] @ np.moveaxis(pictures, 3, 1) @ across[:, None].transpose(0, 1, 3, 2)
    return np.moveaxis(channels, 1, 3)


def reach(places: Places) -> npt.NDArray[np.float32]:
    """(m,): how far the corner that moves most does either way, in shares of the side."""
    return (np.abs(places[:, :2]) + np.abs(places[:, 2:]) / 2).max(axis=1)


def _coordinates(side: int) -> npt.NDArray[np.float32]:
    """Of the middles of pixels, in shares of the side, 0 in the picture's middle."""
    return ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)


def _sources(
    side: int, shift: npt.NDArray[np.float32], stretch: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """(m, s): from which pixel, in fractions, each is taken."""
    taken = _coordinates(side) * (1 + stretch[:, None]) + shift[:, None]
    return (taken + 0.5) * side - 0.5


def inside(side: int, places: Places) -> Pictures:
    """(m, s, s): 1 where a placed picture is its own, 0 where its border repeats or is near."""
    across, down = (_sources(side, places[:, axis], places[:, axis + 2]) for axis in (0, 1))
    edge = FRAME * side - 0.5
    own = [((taken >= edge) & (taken <= side - 1 - edge)).astype(np.float32) for taken in (across, down)]
    return own[1][:, :, None] * own[0][:, None, :]


def _resampling(side: int, shift: npt.NDArray[np.float32], stretch: npt.NDArray[np.float32]) -> Pictures:
    """(m, s, s): matrices that take a line of pixels at its place, by Keys's cubic kernel."""
    taken = np.clip(_sources(side, shift, stretch), 0, side - 1)
    far = np.abs(taken[:, :, None] - np.arange(side, dtype=np.float32))
    near = (1.5 * far - 2.5) * far**2 + 1
    further = ((-0.5 * far + 2.5) * far - 4) * far + 2
    weights = np.where(far < 1, near, np.where(far < 2, further, 0)).astype(np.float32)
    return weights / weights.sum(axis=2, keepdims=True)
