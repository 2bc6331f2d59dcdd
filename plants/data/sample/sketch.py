"""What the generated sample is drawn with: dice, a layer to draw on, leaves and stems.

A point is a complex number (x + iy, in pixels of the layer); a heading is in degrees, clockwise
from the right, since y points down. A colour is RGB, 0..255.
"""

import colorsys
import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

T = TypeVar("T")
Colour = tuple[int, ...]
Outline = tuple[tuple[float, float], ...]
Node = tuple[complex, float]  # of a stem: where a leaf may sit, and the stem's heading there

# Rounded, so that the last bit of a platform's cosine cannot move a pixel.
_COSINE = [round(math.cos(math.radians(degree)), 6) for degree in range(360)]


@dataclasses.dataclass(frozen=True)
class Leaf:
    """What the leaves of one plant look like; length and width in pixels."""

    length: float
    width: float
    outline: Outline
    colour: Colour


def direction(heading: float) -> complex:
    """The step of length 1 towards a heading, which is rounded to a whole degree."""
    degree = round(heading)
    return complex(_COSINE[degree % 360], _COSINE[(degree - 90) % 360])


class Dice:
    """The random draws for one picture.

    They come from numpy's RandomState, whose stream is frozen for good (NEP 19); Generator's is not.
    """

    def __init__(self, *seeds: int) -> None:
        """`seeds` are integers in 0..2**32 - 1; ValueError otherwise."""
        self._state = np.random.RandomState(seeds)

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self._state.random_sample()

    def around(self, value: float, spread: float) -> float:
        """Off `value` by up to `spread` times `value`, either way."""
        return value * self.between(1 - spread, 1 + spread)

    def whole(self, low: int, high: int) -> int:
        """Uniform in low..high, both included."""
        return int(self._state.randint(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._state.random_sample() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all alike probable."""
        return options[self.whole(0, len(options) - 1)]

    def noise(self, low: int, high: int, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
        """Uniform in low..high, both included, of this shape."""
        return self._state.randint(low, high + 1, shape, dtype=np.int64)


class Sketch:
    """A transparent square layer of `side` pixels, and the dice that decide what is drawn on it."""

    def __init__(self, dice: Dice, side: int) -> None:
        self.dice = dice
        self.image = Image.new("RGBA", (side, side))
        self._pen = ImageDraw.Draw(self.image)

    def polygon(self, points: Iterable[complex], colour: Colour) -> None:
        """Fills the polygon with these corners, rounded to whole pixels."""
        self._pen.polygon(pixels(points), fill=colour)

    def line(self, points: Iterable[complex], colour: Colour, width: float = 1) -> None:
        """Draws a line from point to point, rounded to whole pixels; at least 1 wide."""
        self._pen.line(pixels(points), fill=colour, width=max(1, round(width)))

    def dot(self, centre: complex, radius: float, colour: Colour) -> None:
        """Fills an octagon: small enough that it looks round."""
        self.polygon([centre + radius * direction(turn) for turn in range(0, 360, 45)], colour)


def pixels(points: Iterable[complex]) -> list[tuple[int, int]]:
    """Complex points as Pillow draws with them."""
    return [(round(point.real), round(point.imag)) for point in points]


def colour_of(hue: float, saturation: float, value: float) -> Colour:
    """The colour of a hue in degrees, and saturation and brightness in 0..1."""
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue / 360, saturation, value))


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor below 1) or brighter."""
    return tuple(min(255, round(part * factor)) for part in colour)


def draw_leaf(sketch: Sketch, base: complex, heading: float, leaf: Leaf) -> None:
    """One leaf: a lit half, a shaded half, and a midrib if there is room."""
    along, across = leaf.length * direction(heading), leaf.width / 2 * direction(heading + 90)
    light = sketch.dice.around(1.0, 0.18)
    for side, tone in ((-1, light), (1, 0.78 * light)):
        edge = [base + share * along + side * half * across for share, half in leaf.outline]
        sketch.polygon([base, *edge], shade(leaf.colour, tone))
    if leaf.width >= 5:
        sketch.line([base, base + 0.9 * along], shade(leaf.colour, 1.25 * light))


def shoot(
    sketch: Sketch, root: complex, heading: float, *, length: float, nodes: int, bend: float, colour: Colour
) -> list[Node]:
    """Draws a stem that turns by up to `bend` degrees; returns its nodes, tip last."""
    turn = sketch.dice.between(-bend, bend) / nodes
    path = [root]
    for node in range(1, nodes + 1):
        path.append(path[-1] + length / nodes * direction(heading + node * turn))
    sketch.line(path, colour, width=length / 45)
    return [(point, heading + node * turn) for node, point in enumerate(path)][1:]


def crown(dice: Dice, count: int, spread: float = 0.35) -> list[float]:
    """`count` headings all around, each off its even place by up to `spread` of the gap."""
    start = dice.between(0, 360)
    return [start + 360 / count * (place + dice.between(-spread, spread)) for place in range(count)]
