"""What the generated sample is drawn with: dice, a layer to draw on, leaves and stems.

A point is a complex number (x + iy, in pixels of the layer); a heading is in degrees, clockwise
from the right, since y points down. A colour is a tuple of three integers 0..255, RGB.
"""

import colorsys
import math

import numpy as np
from PIL import Image, ImageDraw

# Rounded, so that the last bit of a platform's cosine cannot move a pixel.
_COSINE = [round(math.cos(math.radians(degree)), 6) for degree in range(360)]

# Leaf outlines from base to tip: (share of the length, share of half the width).
OVATE = ((0.0, 0.0), (0.12, 0.62), (0.35, 1.0), (0.62, 0.82), (0.85, 0.38), (1.0, 0.0))
POINTED = ((0.0, 0.0), (0.1, 0.66), (0.28, 1.0), (0.55, 0.7), (0.8, 0.26), (1.0, 0.0))
NARROW = ((0.0, 0.0), (0.2, 0.6), (0.5, 1.0), (0.8, 0.6), (1.0, 0.0))
TOOTHED = (
    (0.0, 0.0), (0.1, 0.75), (0.18, 0.68), (0.3, 1.0), (0.38, 0.84), (0.5, 0.92),
    (0.58, 0.68), (0.7, 0.66), (0.78, 0.4), (0.88, 0.32), (1.0, 0.0),
)  # fmt: skip
LOBED = (
    (0.0, 0.1), (0.15, 0.12), (0.22, 0.6), (0.32, 0.2), (0.42, 0.95), (0.52, 0.28),
    (0.62, 1.0), (0.7, 0.35), (0.8, 0.7), (0.88, 0.3), (1.0, 0.0),
)  # fmt: skip


def direction(heading):
    """The step of length 1 towards a heading, which is rounded to a whole degree."""
    degree = round(heading)
    return complex(_COSINE[degree % 360], _COSINE[(degree - 90) % 360])


class Dice:
    """The random draws for one picture.

    They come from numpy's RandomState, whose stream is frozen for good (NEP 19); Generator's is not.
    """

    def __init__(self, *seeds):
        """`seeds` are integers in 0..2**32 - 1; ValueError otherwise."""
        self._state = np.random.RandomState(seeds)

    def between(self, low, high):
        """A float, uniform in [low, high)."""
        return low + (high - low) * self._state.random_sample()

    def around(self, value, spread):
        """A float that is off `value` by up to `spread` times `value`, either way."""
        return value * self.between(1 - spread, 1 + spread)

    def whole(self, low, high):
        """An integer, uniform in low..high, both included."""
        return int(self._state.randint(low, high + 1))

    def chance(self, probability):
        """True with this probability."""
        return self._state.random_sample() < probability

    def pick(self, options):
        """One of the options, all alike probable."""
        return options[self.whole(0, len(options) - 1)]

    def noise(self, low, high, shape):
        """Integers, uniform in low..high, both included, as int64 of this shape."""
        return self._state.randint(low, high + 1, shape, dtype=np.int64)


class Sketch:
    """A transparent square layer of `side` pixels, and the dice that decide what is drawn on it."""

    def __init__(self, dice, side):
        self.dice = dice
        self.image = Image.new("RGBA", (side, side))
        self._pen = ImageDraw.Draw(self.image)

    def polygon(self, points, colour):
        """Fills the polygon with these corners, rounded to whole pixels."""
        self._pen.polygon(pixels(points), fill=colour)

    def line(self, points, colour, width=1):
        """Draws a line from point to point, rounded to whole pixels; at least 1 wide."""
        self._pen.line(pixels(points), fill=colour, width=max(1, round(width)))

    def dot(self, centre, radius, colour):
        """Fills an octagon: small enough that it looks round."""
        self.polygon([centre + radius * direction(turn) for turn in range(0, 360, 45)], colour)


def pixels(points):
    """Complex points as the pairs of integers that Pillow draws with."""
    return [(round(point.real), round(point.imag)) for point in points]


def colour_of(hue, saturation, value):
    """The colour of a hue in degrees, and saturation and brightness in 0..1."""
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue / 360, saturation, value))


def shade(colour, factor):
    """The colour made darker (factor below 1) or brighter."""
    return tuple(min(255, round(part * factor)) for part in colour)


def leaf(sketch, base, heading, *, length, width, outline, colour):
    """One leaf, `length` by `width` pixels: a lit half, a shaded half, and a midrib if there is room."""
    along, across = length * direction(heading), width / 2 * direction(heading + 90)
    light = sketch.dice.around(1.0, 0.18)
    for side, tone in ((-1, light), (1, 0.78 * light)):
        edge = [base + share * along + side * half * across for share, half in outline]
        sketch.polygon([base, *edge], shade(colour, tone))
    if width >= 5:
        sketch.line([base, base + 0.9 * along], shade(colour, 1.25 * light))


def shoot(sketch, root, heading, *, length, nodes, bend, colour):
    """A stem that turns by up to `bend` degrees; returns (point, heading) of each node, tip last."""
    turn = sketch.dice.between(-bend, bend) / nodes
    path = [root]
    for node in range(1, nodes + 1):
        path.append(path[-1] + length / nodes * direction(heading + node * turn))
    sketch.line(path, colour, width=length / 45)
    return [(point, heading + node * turn) for node, point in enumerate(path)][1:]


def crown(dice, count, spread=0.35):
    """`count` headings all around, each off its even place by up to `spread` of the gap."""
    start = dice.between(0, 360)
    return [start + 360 / count * (place + dice.between(-spread, spread)) for place in range(count)]
