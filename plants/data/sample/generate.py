"""The sample that stands in for the contest's images: eight kinds of plants, drawn by rule.

Same seed, same bytes, on every machine. This rests on: draws from numpy's RandomState, whose stream
is frozen; corners rounded to whole pixels before anything is drawn, with cosines from a rounded
table; and Pillow's drawing, box blur, resizing and reducing of 8-bit pictures, which is plain C.
Pillow before 11.2.1 sets some pixels on edges otherwise, and a later release may: the hash in
tests/data/test_sample.py would tell.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from plants.data.dataset import Dataset
from plants.data.sample.botany import KINDS, Green, Kind, grass, seedling
from plants.data.sample.sketch import Dice, Sketch, colour_of, direction, pixels, shade

IMAGE_SIDE = 96  # pixels
CLASS_NAMES = tuple(f"Species{number}" for number in range(1, len(KINDS) + 1))
# The contest's 186, 532, 515, 511, 531, 222, 537 and 508 images, divided by 19.3: few enough for
# the default recipe to end within minutes. 128 of them are trained on, four full batches of 32:
# batches of two sizes would have TensorFlow trace every net twice.
CLASS_SIZES = (10, 28, 27, 26, 27, 12, 28, 26)

# How hard it is to tell the kinds apart: more of any of these, or smaller plants, is harder.
PLANT_SIZE = (0.22, 0.60)  # radius of the smallest and the largest plant, as a share of the side
HUE_SPREAD = 22  # degrees by which a plant's green strays from its kind's
COLOUR_CAST = 0.22  # share by which each channel strays: the camera's white balance
DEEPEST_SHADE = 0.65  # share of the light that the darkest shadow takes away
BLUR = 1.6  # largest radius of the blur, in pixels of the doubled picture
GRAIN = 16  # largest noise of the sensor, of 255

_SIDE = 2 * IMAGE_SIDE  # drawn at twice the size and averaged, for smooth edges
_SOILS = ((118, 94, 70), (136, 126, 112), (92, 84, 74), (150, 128, 96), (104, 74, 56))
_DEBRIS = ((150, 118, 78), (170, 150, 116), (112, 78, 52), (186, 176, 156), (134, 92, 58))
_WEED_GREEN, _DRY_GREEN = (85, 0.45, 0.50), (70, 0.35, 0.55)


def generate_sample(seed: int = 0) -> Dataset:
    """184 images in the classes Species1 to Species8.

    `seed` is in 0..2**32 - 1, else ValueError; each gives other plants of the same kinds.
    """
    keys = [(kind, number) for kind, size in enumerate(CLASS_SIZES) for number in range(size)]
    return Dataset(
        images=np.stack([photograph(seed, *key) for key in keys]),
        labels=np.array([kind for kind, _ in keys], np.int64),
        class_names=CLASS_NAMES,
        names=tuple(f"{CLASS_NAMES[kind]}/{number:05d}.jpg" for kind, number in keys),
        source=f"generated sample, seed {seed}",
    )


def photograph(seed: int, kind: int, number: int) -> npt.NDArray[np.uint8]:
    """Picture `number` of the plant KINDS[kind] on cluttered ground, (96, 96, 3), RGB."""
    dice = Dice(seed, kind, number)
    scene = _ground(dice)
    _scatter_debris(scene, dice)
    for _ in range(dice.whole(1, 4)):
        _plant(scene, dice, dice.pick([grass, seedling]), _WEED_GREEN, size=dice.between(12, 45))
    for _ in range(dice.pick([1, 1, 1, 2, 3])):
        _plant(scene, dice, *KINDS[kind], size=dice.between(*PLANT_SIZE) * _SIDE)
    for _ in range(dice.whole(0, 2)):
        _plant(scene, dice, grass, _DRY_GREEN, size=dice.between(20, 60))
    return _develop(_light(scene, dice), dice)


def _anywhere(dice: Dice, margin: float = 0.0) -> complex:
    low, high = margin * _SIDE, (1 - margin) * _SIDE
    return complex(dice.between(low, high), dice.between(low, high))


def _blotches(dice: Dice, cells: int) -> Image.Image:
    """Smooth random blotches in gray, `cells` across the picture."""
    noise = dice.noise(0, 255, (cells, cells)).astype(np.uint8)
    return Image.fromarray(noise).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)


def _ground(dice: Dice) -> Image.Image:
    soil = shade(dice.pick(_SOILS), dice.between(0.6, 1.3))
    dark, bright = (Image.new("RGB", (_SIDE, _SIDE), shade(soil, factor)) for factor in (0.55, 1.3))
    coarse, fine = _blotches(dice, dice.whole(3, 9)), _blotches(dice, dice.whole(48, 96))
    return Image.composite(bright, dark, Image.blend(coarse, fine, dice.between(0.4, 0.75)))


def _scatter_debris(scene: Image.Image, dice: Dice) -> None:
    sketch, richness = Sketch(dice, _SIDE), dice.pick([0.2, 0.6, 1.5])
    for _ in range(round(richness * dice.whole(0, 9))):
        _stone(sketch, _anywhere(dice), dice.between(3, 16))
    for _ in range(round(richness * dice.whole(5, 60))):
        _fallen(sketch, _anywhere(dice), dice.between(5, 30))
    _lay(scene, sketch)


def _stone(sketch: Sketch, centre: complex, radius: float) -> None:
    dice = sketch.dice
    colour = colour_of(dice.between(15, 45), 0.15, dice.between(0.35, 0.75))
    corners = [radius * dice.between(0.7, 1.2) * direction(turn) for turn in range(0, 360, 40)]
    sketch.polygon([centre + corner for corner in corners], shade(colour, 0.7))
    sketch.polygon([centre + 0.8 * corner - 0.12 * radius * (1 + 1j) for corner in corners], colour)


def _fallen(sketch: Sketch, base: complex, length: float) -> None:
    """A stick or a dead leaf."""
    dice = sketch.dice
    along = length * direction(dice.between(0, 360))
    colour = shade(dice.pick(_DEBRIS), dice.between(0.5, 1.2))
    if dice.chance(0.5):
        sketch.line([base, base + 1.6 * along], colour, dice.between(1, 3))
    else:
        across = along * 1j * dice.between(0.05, 0.25)
        sketch.polygon([base, base + along / 2 + across, base + along, base + along / 2 - across], colour)


def _plant(scene: Image.Image, dice: Dice, draw: Kind, green: Green, *, size: float) -> None:
    hue, saturation, value = green
    hue += dice.between(-HUE_SPREAD, HUE_SPREAD)
    sketch = Sketch(dice, _SIDE)
    colour = colour_of(hue, dice.around(saturation, 0.35), dice.around(value, 0.3))
    draw(sketch, _anywhere(dice, margin=0.25), size, colour)
    _lay(scene, sketch)


def _lay(scene: Image.Image, sketch: Sketch) -> None:
    """Puts what is drawn on the scene, together with the shadow that it casts."""
    dice, shape = sketch.dice, sketch.image.getchannel("A")
    shadow = ImageChops.offset(shape, dice.whole(2, 5), dice.whole(2, 5)).filter(ImageFilter.BoxBlur(2))
    scene.paste((12, 12, 10), mask=shadow.point([level // 2 for level in range(256)]))
    scene.paste(sketch.image, mask=shape)


def _light(scene: Image.Image, dice: Dice) -> Image.Image:
    """Uneven light and, at times, the shadow of something outside the picture."""
    light = _blotches(dice, 3).point([170 + level // 3 for level in range(256)])
    if dice.chance(0.4):
        light = ImageChops.multiply(light, _cast_shadow(dice))
    return ImageChops.multiply(scene, Image.merge("RGB", [light] * 3))


def _cast_shadow(dice: Dice) -> Image.Image:
    edge, heading = _anywhere(dice, margin=0.2), dice.between(0, 360)
    corners = [edge + dice.between(0.2, 2) * _SIDE * direction(heading + turn) for turn in (-90, -30, 30, 90)]
    level = round(255 * (1 - dice.between(0.3, DEEPEST_SHADE)))
    light = Image.new("L", (_SIDE, _SIDE), 255)
    ImageDraw.Draw(light).polygon(pixels(corners), fill=level)
    return light.filter(ImageFilter.BoxBlur(dice.whole(1, 6)))


def _develop(scene: Image.Image, dice: Dice) -> npt.NDArray[np.uint8]:
    """What the camera does: exposure, white balance, blur, halving and noise."""
    exposure = dice.between(0.8, 1.6)
    gains = [exposure * dice.around(1, COLOUR_CAST) for _ in range(3)]
    scene = scene.point([min(255, round(gain * level)) for gain in gains for level in range(256)])
    scene = scene.filter(ImageFilter.BoxBlur(dice.between(0, BLUR))).reduce(2)
    grain = dice.whole(2, GRAIN)
    noise = dice.noise(-grain, grain, (IMAGE_SIDE, IMAGE_SIDE, 3))
    return np.clip(np.asarray(scene, np.int64) + noise, 0, 255).astype(np.uint8)
