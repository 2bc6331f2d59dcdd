"""Whether two pictures are copies: what is left of their difference once they are laid over each other.

Copies differ by place, light, sharpness, noise, compression or a small mark. Lookalikes (leaves on one
ground, digits, cells) differ in what they show: then something is left along the edges, or in colour.
"""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.data import registration
from plants.data.picture_blocks import KEPT, by_blocks, contrast, over_pixels
from plants.data.registration import LUMA, Pictures, Places

# Between what copies and what lookalikes of many kinds reach: docs/near_copies.md has both.
MOST_MISPLACED = 0.115  # pixels of fine thumbnails by which edges lie beside each other
MOST_LEFT = 0.11  # of the gradients, on coarse thumbnails
MOST_TINT = 3.5  # of 255: another colour, in the mean of blocks
# Reach, `left` and `tint` of coarse thumbnails: beyond them the fine ones are not looked at.
HOPEFUL = (0.065, 0.55, 5.0)
LEAST_LIKENESS = 0.4  # correlation of coarse thumbnails at the best whole shift: less is not laid over
LEAST_CONTRAST = 4.0  # of 255, beside an even slope: fainter pictures show too little to be told apart
SAME = 1.5  # of 255: nearly the same pixels, however faint
GAINS = (0.45, 2.2)  # of the light
MOST_BLUR = 0.3  # of the Laplacian, times the gain, either way: one picture may be sharper
BRIGHT = 250  # from here on light is cut off
BATCH = 256  # pairs at a time

Values = npt.NDArray[np.float64]  # (m,)


@dataclasses.dataclass(frozen=True, eq=False)
class Likeness:
    """Of (m,) pairs: `misplaced`, `left` and `tint`, in the units of the limits above.

    Those that cannot be laid over each other have inf; nearly the same pixels have 0.
    """

    misplaced: Values
    left: Values
    tint: Values

    @property
    def is_copy(self) -> npt.NDArray[np.bool_]:
        return (self.misplaced <= MOST_MISPLACED) & (self.left <= MOST_LEFT) & (self.tint <= MOST_TINT)


def compare(
    thumbnails: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8], pairs: npt.NDArray[np.int64]
) -> Likeness:
    """How alike pairs are, laid over each other either way: (m, 2) indices of thumbnails and others."""
    ones, twos = _Prepared.of(thumbnails), _Prepared.of(others)
    found = np.full((3, len(pairs)), np.inf)
    for start in range(0, len(pairs), BATCH):
        part = np.arange(start, min(start + BATCH, len(pairs)))
        first, second = pairs[part].T
        same = ((ones.coarse[first] - twos.coarse[second]) ** 2).mean(axis=(1, 2, 3)) <= SAME**2
        found[:, part[same]] = 0
        part = part[~(same | ones.faint[first] | twos.faint[second])]
        one, two = ones.at(pairs[part, 0]), twos.at(pairs[part, 1])
        found[:, part] = _compare(one, two)
        copies = Likeness(*found[:, part]).is_copy
        one, two = ones.at(pairs[part[copies], 0]), twos.at(pairs[part[copies], 1])
        found[:, part[copies]] = np.maximum(found[:, part[copies]], _compare(two, one))
    return Likeness(*found)


@dataclasses.dataclass(frozen=True, eq=False)
class _Prepared:
    """Thumbnails, the coarse ones, and which show too little."""

    fine: npt.NDArray[Any]
    coarse: Pictures
    faint: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, thumbnails: npt.NDArray[np.uint8]) -> "_Prepared":
        coarse = registration.halved(thumbnails.astype(np.float32))
        return cls(thumbnails, coarse, contrast(coarse @ LUMA).mean(axis=(1, 2)) < LEAST_CONTRAST**2)

    def at(self, indices: npt.NDArray[np.int64]) -> "_Prepared":
        return _Prepared(self.fine[indices].astype(np.float32), self.coarse[indices], self.faint[indices])


def _compare(ones: _Prepared, others: _Prepared) -> npt.NDArray[np.float64]:
    """(3, m): `misplaced`, `left` and `tint` of pairs."""
    found = np.full((3, len(ones.coarse)), np.inf)
    places, likeness = registration.best_shifts(ones.coarse @ LUMA, others.coarse @ LUMA)
    chosen = np.flatnonzero(likeness >= LEAST_LIKENESS)
    one, other = ones.coarse[chosen], others.coarse[chosen]
    placed = registration.place(one, places[chosen])
    kept = _without_mark(placed, other, np.ones(one.shape[:3], np.float32))
    weights = over_pixels(kept, np.ones(one.shape[:3], np.float32))
    places = registration.refined(one @ LUMA, other @ LUMA, places[chosen], weights)
    # Most lookalikes are told by the coarse thumbnails; the fine ones cost more.
    measured, kept = _measure(registration.place(one, places), other, places)
    coarsely = np.stack([registration.reach(places), *measured[1:]])
    hopeful = (coarsely.T <= HOPEFUL).all(axis=1)
    chosen, places, kept = chosen[hopeful], places[hopeful], kept[hopeful]
    one, other = ones.fine[chosen], others.fine[chosen]
    weights = over_pixels(kept, np.ones(one.shape[:3], np.float32))
    places = registration.refined(one @ LUMA, other @ LUMA, places, weights)
    near = registration.reach(places) <= registration.LARGEST_REACH
    placed = registration.place(one, places)
    (misplaced, _, tint), _ = _measure(placed, other, places)
    (_, left, _), _ = _measure(registration.halved(placed), others.coarse[chosen], places)
    found[:, chosen] = np.where(near, np.stack([misplaced, left, tint]), np.inf)
    return found


def _measure(
    placed: Pictures, others: Pictures, places: Places
) -> tuple[tuple[Values, Values, Values], npt.NDArray[np.float32]]:
    """`misplaced`, `left` and `tint` of pairs of colour pictures (m, s, s, 3), one of each at its place.

    And the blocks, (m, BLOCKS**2), that count.
    """
    valid = registration.inside(placed.shape[1], places)
    rest, kept = _rest(placed, others, valid)
    weights = over_pixels(kept, valid)
    gray = rest @ LUMA
    down, across = (np.asarray(slope) for slope in np.gradient(others @ LUMA, axis=(1, 2)))
    slopes = down**2 + across**2
    left = np.sqrt(_mean(gray**2, weights) / np.maximum(_mean(slopes, weights), 1e-3))
    return (_misplaced(gray**2, slopes, weights), left, _tint(rest, others, weights)), kept


def _misplaced(rest: Pictures, slopes: Pictures, weights: Pictures) -> Values:
    """By how many pixels edges lie beside each other, (m,).

    The square of the rest grows so with that of the slope. Noise is everywhere, so it does not count.
    """
    beside = slopes - _mean(slopes, weights)[:, None, None]
    covariance, variance = _mean(rest * beside, weights), _mean(beside**2, weights)
    return np.sqrt(np.maximum(covariance / np.maximum(variance, 1e-3), 0))


def _tint(rest: Pictures, others: Pictures, weights: Pictures) -> Values:
    """How far colours differ, (m,), in the means of blocks and most where there is most contrast.

    Compression takes the colour of single pixels, but not of blocks.
    """
    pixels = np.maximum(by_blocks(weights), 1)
    colour = (rest - (rest @ LUMA)[..., None]) * weights[..., None]
    square = sum((by_blocks(colour[..., channel]) / pixels) ** 2 for channel in range(3)) / 3
    shares = by_blocks(contrast(others @ LUMA) * weights)
    return np.sqrt((square * shares).sum(axis=1) / np.maximum(shares.sum(axis=1), 1e-3))


def _rest(placed: Pictures, others: Pictures, valid: Pictures) -> tuple[Pictures, npt.NDArray[np.float32]]:
    """What is left of others - placed (m, s, s, 3) in one light, and the blocks, (m, BLOCKS**2), that count.

    One window of blocks is left out, where most is left: there may be a mark. Then the light is fitted again.
    """
    kept = _without_mark(placed, others, valid)
    weights = over_pixels(kept, valid)
    # Where light is cut off, the rest tells its change better; where nearly all is, all of it does.
    uncut = weights * ~((placed >= BRIGHT) | (others >= BRIGHT)).any(axis=3)
    rest, rest_of_uncut = (_difference(placed, others, some) for some in (weights, uncut))
    lefts = (_mean((some**2).mean(axis=3), weights) for some in (rest, rest_of_uncut))
    return np.where(np.less(*lefts)[:, None, None, None], rest, rest_of_uncut), kept


def _without_mark(placed: Pictures, others: Pictures, valid: Pictures) -> npt.NDArray[np.float32]:
    """The blocks, (m, BLOCKS**2), that count, so that least is left of the contrast.

    At least half of the contrast of one of the pictures must lie in them; a mark adds to that of the other.
    """
    contrasts = [by_blocks(contrast(some @ LUMA) * valid) @ KEPT.T for some in (placed, others)]
    enough = np.maximum(*(own / np.maximum(own[:, :1], 1) for own in contrasts)) >= 0.5
    left = by_blocks((_difference(placed, others, valid) ** 2).mean(axis=3) * valid) @ KEPT.T
    return KEPT[np.where(enough, left / np.maximum(np.minimum(*contrasts), 1), np.inf).argmin(axis=1)]


def _difference(placed: Pictures, others: Pictures, weights: Pictures) -> Pictures:
    """others - (gain * placed + offset + blur * its Laplacian).

    The three are fitted by weight, for all channels at once. Another colour is no other light, so it stays.
    What is cut off at white may have been brighter than it is.
    """
    count, values = len(placed), placed[0].size if len(placed) else 0
    curved = _laplacian(placed)
    columns = np.stack([placed, np.ones_like(placed), curved], axis=1).reshape(count, 3, values)
    weighted = columns * np.repeat(weights[..., None], 3, axis=3).reshape(count, 1, values)
    normal = (weighted @ columns.transpose(0, 2, 1)).astype(np.float64) + 1e-2 * np.eye(3)
    target = (weighted @ others.reshape(count, values, 1)).astype(np.float64)
    gain, offset, blur = np.linalg.solve(normal, target).astype(np.float32)[..., 0].T[..., None, None, None]
    gain = np.clip(gain, *GAINS)
    rest = others - (gain * placed + offset + np.clip(blur, -MOST_BLUR * gain, MOST_BLUR * gain) * curved)
    rest = np.where(others >= BRIGHT, np.maximum(rest, 0), rest)
    return np.where(placed >= BRIGHT, np.minimum(rest, 0), rest)


def _laplacian(pictures: Pictures) -> Pictures:
    """How much the four neighbours of each pixel are above it; the border repeats."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = padded[:, 1:-1, 2:] + padded[:, 1:-1, :-2], padded[:, 2:, 1:-1] + padded[:, :-2, 1:-1]
    return across + down - 4 * pictures


def _mean(values: Pictures, weights: Pictures) -> Values:
    return (values * weights).sum(axis=(1, 2)) / np.maximum(weights.sum(axis=(1, 2)), 1)
