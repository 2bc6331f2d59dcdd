"""Pictures that look alike and are no copies: no two of a kind show one thing twice."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sklearn.datasets import load_digits

from plants.data.sample.generate import photograph

Picture = npt.NDArray[np.uint8]  # (SIDE, SIDE, 3)
Dice = np.random.Generator
SIDE = 96


def scanned_leaf(dice: Dice, number: int) -> Picture:
    """A leaf in the middle of a plain dark or white ground."""
    lobes, tone = 3 + number % 8, (0, 0, 0) if number % 2 else (250, 250, 250)
    image = Image.new("RGB", (SIDE, SIDE), tone)
    centre, radius = 48 + dice.uniform(-6, 6, 2), dice.uniform(16, 30)
    angles = np.radians(np.arange(0, 360, 6))
    reach = radius * (0.75 + 0.25 * np.cos(angles * lobes + dice.uniform(0, 0.15, len(angles))))
    points = centre + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    green = tuple(map(int, dice.integers((40, 110, 40), (100, 190, 80))))
    ImageDraw.Draw(image).polygon([tuple(point) for point in points], fill=green)
    return np.asarray(image)


def specimen(dice: Dice, number: int) -> Picture:
    """A stem with leaves on paper, as in a herbarium."""
    image = Image.new("RGB", (2 * SIDE, 2 * SIDE), (238, 232, 218))
    draw, green = ImageDraw.Draw(image), tuple(map(int, dice.integers((60, 80, 30), (110, 120, 60))))
    draw.line([(96, 180), (96 + dice.uniform(-8, 8), 15)], fill=green, width=3)
    for height in np.arange(25, 160, dice.uniform(14, 26)):
        for way in (-1, 1):
            length, rise = dice.uniform(25, 65), dice.uniform(-20, 25)
            tip = 96 + way * length, height - rise
            middle = 96 + way * length / 2, height - rise / 2
            width = dice.uniform(4, 11)
            draw.polygon(
                [(96, height), (middle[0], middle[1] - width), tip, (middle[0], middle[1] + width)], green
            )
    return np.asarray(image.reduce(2))


def printed_digit(dice: Dice, number: int) -> Picture:
    """A digit of many sizes, widths, places and slants, black on white: there is one font only."""
    image = Image.new("L", (SIDE, SIDE), 255)
    font = ImageFont.load_default(float(dice.uniform(48, 84)))
    draw = ImageDraw.Draw(image)
    draw.text(tuple(48 + dice.uniform(-9, 9, 2)), str(number % 10), fill=0, font=font, anchor="mm")
    slant, width = dice.uniform(-0.4, 0.4), dice.uniform(0.7, 1.4)
    matrix = (width, slant, 48 * (1 - width - slant), 0, 1, 0)
    image = image.transform(
        image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=255
    )
    return _gray(image.rotate(dice.uniform(-25, 25), Image.Resampling.BICUBIC, fillcolor=255))


def written_digit(dice: Dice, number: int) -> Picture:
    """One of scikit-learn's 1,797 handwritten digits of 8 x 8 pixels, enlarged, white on black."""
    small = load_digits().images[number % 1797]
    image = Image.fromarray(np.uint8(np.rint(small * 255 / 16)))
    return _gray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def cell(dice: Dice, number: int) -> Picture:
    """A stained blood cell in the middle, paler ones around it, on rose."""
    image = Image.new("RGB", (2 * SIDE, 2 * SIDE), tuple(map(int, dice.normal((235, 205, 195), 4))))
    draw = ImageDraw.Draw(image)
    for x, y in dice.uniform(0, 192, (int(dice.integers(3, 8)), 2)):
        radius = dice.uniform(22, 30)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(222, 168, 160))
    radius = dice.uniform(40, 58)
    draw.ellipse((96 - radius, 96 - radius, 96 + radius, 96 + radius), fill=(200, 160, 200))
    for _ in range(number % 4 + 1):
        x, y = 96 + dice.uniform(-0.4, 0.4, 2) * radius
        reach = radius * dice.uniform(0.25, 0.5)
        draw.ellipse((x - reach, y - reach, x + reach, y + 0.8 * reach), fill=(110, 60, 140))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(2)).reduce(2))


def texture(dice: Dice, number: int) -> Picture:
    """Bark, sand or cloth: noise of one spectrum, drawn anew."""
    waves = np.fft.rfftfreq(SIDE)[None, :], np.fft.fftfreq(SIDE)[:, None]
    frequency = np.hypot(waves[0], waves[1] * (1 + 3 * (number % 2)))
    spectrum = np.exp(-(((frequency - 0.06) / 0.05) ** 2)) if number % 3 else 1 / (frequency + 0.01)
    field = np.fft.irfft2(spectrum * np.fft.rfft2(dice.normal(size=(SIDE, SIDE))), (SIDE, SIDE))
    gray = 128 + 45 * field / field.std()
    return np.clip(gray[..., None] * np.array([1.0, 0.85, 0.7]), 0, 255).astype(np.uint8)


def plain(dice: Dice, number: int) -> Picture:
    """A plain surface of some colour, lit from some side, with a little grain."""
    colour, (across, down) = dice.uniform(40, 215, 3), dice.uniform(-25, 25, 2)
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, SIDE), np.linspace(-0.5, 0.5, SIDE))
    light = (across * x + down * y)[..., None]
    return np.clip(colour + light + dice.normal(0, 2, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def potted(dice: Dice, number: int) -> Picture:
    """Another small plant each time in the same pot on the same bench, seen from above."""
    fixed = np.random.default_rng(7)
    bench = fixed.normal(120, 12, (SIDE, SIDE))
    bench[::16] -= 40  # slats
    image = Image.fromarray(np.uint8(np.clip(bench, 0, 255))).convert("RGB")
    draw, colour = ImageDraw.Draw(image), tuple(map(int, dice.integers((50, 110, 30), (90, 180, 70))))
    draw.ellipse((12, 12, 84, 84), fill=(70, 50, 40))
    count, turn = int(dice.integers(3, 8)), dice.uniform(0, 360)
    for angle in np.radians(turn + np.arange(count) * 360 / count + dice.normal(0, 9, count)):
        x, y = 48 + dice.uniform(10, 20) * np.array([np.cos(angle), np.sin(angle)])
        reach = dice.uniform(4, 9)
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
    return np.asarray(image)


def photo(dice: Dice, number: int) -> Picture:
    """A picture of the generated sample."""
    return photograph(int(dice.integers(1, 2**31)), number % 8, number)


def _gray(image: Image.Image) -> Picture:
    return np.repeat(np.asarray(image)[..., None], 3, axis=2)


KINDS: dict[str, Callable[[Dice, int], Picture]] = {
    kind.__name__: kind
    for kind in (
        *(photo, scanned_leaf, specimen, printed_digit, written_digit, cell, texture, plain, potted),
    )
}


def pictures(kind: str, count: int, seed: int = 0) -> Picture:
    """(count, SIDE, SIDE, 3): as many of a kind; fewer where there are fewer."""
    limit = min(count, 1797) if kind == "written_digit" else count
    return np.stack([KINDS[kind](np.random.default_rng([seed, number]), number) for number in range(limit)])
