"""Eight kinds of plants, drawn by rule and seen from above, for the generated sample.

A kind is a function that draws one plant of about `size` pixels radius around the point `root`, its
leaves in the colour `green`. Species1 and Species8 differ only in how the leaves sit on the stem and
where these are widest, and are confused as in the contest.
"""

import dataclasses
from collections.abc import Callable, Iterable

from plants.data.sample.sketch import (
    Colour,
    Dice,
    Leaf,
    Node,
    Outline,
    Sketch,
    colour_of,
    crown,
    direction,
    draw_leaf,
    shade,
    shoot,
)

Kind = Callable[[Sketch, complex, float, Colour], None]
Green = tuple[float, float, float]  # hue in degrees, saturation and brightness in 0..1
PROPORTION_SPREAD = 0.3  # share by which leaf length and width stray from plant to plant
FLOWERING = 0.6  # share of the plants of a flowering kind that are in flower
PETALS = ((226, 120, 150), (240, 196, 70), (236, 140, 60))

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


def alternate_round(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species1: arching shoots with roundish leaves, one to a node, left and right in turn."""
    dice = sketch.dice
    leaf = _leaf(dice, 0.36 * size, 0.62, OVATE, green)
    for heading in crown(dice, dice.whole(3, 5)):
        nodes = shoot(sketch, root, heading, length=size, nodes=dice.whole(5, 7), bend=60, colour=_bark(dice))
        for number, (point, along) in enumerate(nodes):
            side = 50 if number % 2 else -50
            draw_leaf(sketch, point, along + dice.around(side, 0.3), leaf)


def opposite_toothed(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species2: pairs of toothed leaves, with heads of pink and yellow flowers at the tips."""
    dice = sketch.dice
    leaf, flowering = _leaf(dice, 0.34 * size, 0.8, TOOTHED, green), dice.chance(FLOWERING)
    for heading in crown(dice, dice.whole(3, 6)):
        stem = shade(green, 0.7)
        nodes = shoot(sketch, root, heading, length=size, nodes=dice.whole(3, 5), bend=25, colour=stem)
        _pairs(sketch, nodes, 75, leaf)
        if flowering:
            _flower_head(sketch, nodes[-1][0], 0.12 * size)


def needled(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species3: thin whips that radiate from the crown, set with short needles."""
    dice = sketch.dice
    length, angle = dice.around(0.16 * size, PROPORTION_SPREAD), dice.between(25, 50)
    for heading in crown(dice, dice.whole(6, 11), spread=0.5):
        reach, stem = dice.around(1.1 * size, 0.25), shade(green, 0.9)
        for point, along in shoot(sketch, root, heading, length=reach, nodes=14, bend=35, colour=stem)[2:]:
            for side in (-angle, angle):
                sketch.line([point, point + length * direction(along + side)], green, length / 9)


def lobed_rosette(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species4: a rosette of deeply lobed leaves, with small white flowers above it."""
    dice = sketch.dice
    slim = dice.around(0.5, PROPORTION_SPREAD)
    for heading in crown(dice, dice.whole(7, 12)):
        length = dice.around(0.95 * size, 0.25)
        draw_leaf(sketch, root, heading, Leaf(length, slim * length, LOBED, green))
    if dice.chance(FLOWERING):
        for heading in crown(dice, dice.whole(4, 9), spread=0.5):
            centre = root + dice.between(0.1, 0.5) * size * direction(heading)
            sketch.dot(centre, 0.045 * size, (238, 238, 226))


def feathered(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species5: fronds of many small leaflets in pairs, like a feather."""
    dice = sketch.dice
    leaf = _leaf(dice, 0.2 * size, 0.34, NARROW, green)
    for heading in crown(dice, dice.whole(4, 8)):
        reach, count = dice.around(size, 0.25), dice.whole(9, 13)
        nodes = shoot(sketch, root, heading, length=reach, nodes=count, bend=25, colour=_bark(dice))
        _pairs(sketch, nodes, 72, leaf)


def climbing(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species6: a long winding stem with pairs of long, narrow leaves."""
    dice = sketch.dice
    leaf, heading = _leaf(dice, 0.5 * size, 0.34, NARROW, green), dice.between(0, 360)
    for start in (heading, heading + dice.between(150, 210)):
        reach, count = 1.5 * size, dice.whole(5, 7)
        nodes = shoot(sketch, root, start, length=reach, nodes=count, bend=90, colour=_bark(dice))
        _pairs(sketch, nodes, 60, leaf)


def palmate(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species7: leaves of five to seven leaflets spread like fingers, on long stalks."""
    dice = sketch.dice
    leaf, fingers = _leaf(dice, 0.34 * size, 0.4, NARROW, green), dice.whole(5, 7)
    for heading in crown(dice, dice.whole(5, 8)):
        reach, stalk = dice.around(0.65 * size, 0.4), shade(green, 0.8)
        hand, along = shoot(sketch, root, heading, length=reach, nodes=3, bend=25, colour=stalk)[-1]
        for finger in range(fingers):
            turn = 220 * (finger / (fingers - 1) - 0.5)
            share = 1 - abs(turn) / 300  # the outer fingers are shorter
            leaflet = dataclasses.replace(leaf, length=share * leaf.length, width=share * leaf.width)
            draw_leaf(sketch, hand, along + turn, leaflet)


def opposite_pointed(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """Species8: arching shoots with pointed leaves in pairs; like Species1 at a glance."""
    dice = sketch.dice
    leaf = _leaf(dice, 0.34 * size, 0.56, POINTED, green)
    for heading in crown(dice, dice.whole(3, 5)):
        nodes = shoot(sketch, root, heading, length=size, nodes=dice.whole(3, 5), bend=60, colour=_bark(dice))
        _pairs(sketch, nodes, 50, leaf)


# In class order: how to draw the kind, and its green.
KINDS: tuple[tuple[Kind, Green], ...] = (
    (alternate_round, (100, 0.50, 0.52)),
    (opposite_toothed, (108, 0.55, 0.50)),
    (needled, (98, 0.42, 0.48)),
    (lobed_rosette, (104, 0.48, 0.52)),
    (feathered, (106, 0.48, 0.48)),
    (climbing, (112, 0.55, 0.48)),
    (palmate, (104, 0.52, 0.52)),
    (opposite_pointed, (102, 0.50, 0.52)),
)


def grass(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """None of the eight: a tuft of bent blades, as clutter."""
    dice = sketch.dice
    for heading in crown(dice, dice.whole(4, 10), spread=0.5):
        reach, colour = dice.around(size, 0.4), shade(green, dice.around(1, 0.2))
        shoot(sketch, root, heading, length=reach, nodes=5, bend=70, colour=colour)


def seedling(sketch: Sketch, root: complex, size: float, green: Colour) -> None:
    """None of the eight: a few plain leaves on the ground, as clutter."""
    dice = sketch.dice
    for heading in crown(dice, dice.whole(2, 5)):
        leaf = _leaf(dice, size, 0.5, OVATE, green)
        draw_leaf(sketch, root, heading, dataclasses.replace(leaf, outline=dice.pick([OVATE, NARROW])))


def _leaf(dice: Dice, length: float, slimness: float, outline: Outline, colour: Colour) -> Leaf:
    """The leaves of one plant, near `length` pixels long and `slimness` times that wide."""
    length = dice.around(length, PROPORTION_SPREAD)
    return Leaf(length, dice.around(slimness, PROPORTION_SPREAD) * length, outline, colour)


def _pairs(sketch: Sketch, nodes: Iterable[Node], angle: float, leaf: Leaf) -> None:
    for point, along in nodes:
        for side in (-angle, angle):
            draw_leaf(sketch, point, along + sketch.dice.around(side, 0.25), leaf)


def _flower_head(sketch: Sketch, centre: complex, radius: float) -> None:
    for heading in crown(sketch.dice, 9):
        petal = centre + sketch.dice.between(0, 1) * radius * direction(heading)
        sketch.dot(petal, 0.4 * radius, sketch.dice.pick(PETALS))


def _bark(dice: Dice) -> Colour:
    return colour_of(dice.between(25, 60), 0.35, dice.between(0.3, 0.5))
