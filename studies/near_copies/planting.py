"""Near-copies of a picture, made on purpose: what cameras, editors and web pages do to one."""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Picture = npt.NDArray[np.uint8]  # (side, side, 3)
Dice = np.random.Generator


def recompressed(picture: Picture, dice: Dice) -> Picture:
    """Saved again as JPEG of quality 60 to 95."""
    return as_jpeg(picture, int(dice.integers(60, 96)))


def as_jpeg(picture: Picture, quality: int) -> Picture:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def shifted(picture: Picture, dice: Dice) -> Picture:
    """By 1 to 3 of 96 pixels either way; the border repeats."""
    reach = max(1, round(3 * len(picture) / 96))
    across, down = dice.integers(1, reach + 1, 2) * dice.choice([-1, 1], 2)
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    side = len(picture)
    return padded[reach + down : reach + down + side, reach + across : reach + across + side]


def lit(picture: Picture, dice: Dice) -> Picture:
    """A fifth darker to a fifth lighter."""
    return _enhanced(picture, ImageEnhance.Brightness, dice.uniform(0.8, 1.2))


def contrasted(picture: Picture, dice: Dice) -> Picture:
    """A quarter less contrast to a quarter more."""
    return _enhanced(picture, ImageEnhance.Contrast, dice.uniform(0.75, 1.25))


def _enhanced(picture: Picture, kind: Callable[..., ImageEnhance._Enhance], factor: float) -> Picture:
    return np.asarray(kind(Image.fromarray(picture)).enhance(factor))


def cropped(picture: Picture, dice: Dice) -> Picture:
    """Up to 3 % cut off each edge, resized to the old size."""
    side = len(picture)
    left, top, right, bottom = dice.uniform(0, 0.03, 4) * side
    box = (left, top, side - right, side - bottom)
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC, box=box))


def resized(picture: Picture, dice: Dice) -> Picture:
    """To 60 to 150 % of its size and back."""
    side = len(picture)
    other = round(side * dice.uniform(0.6, 1.5))
    there = Image.fromarray(picture).resize((other, other), Image.Resampling.BILINEAR)
    return np.asarray(there.resize((side, side), Image.Resampling.BICUBIC))


def blurred(picture: Picture, dice: Dice) -> Picture:
    """By a Gaussian of up to one pixel."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(dice.uniform(0.3, 1.0))))


def noisy(picture: Picture, dice: Dice) -> Picture:
    """Gaussian noise of 2 to 8 of 255."""
    noise = dice.normal(0, dice.uniform(2, 8), picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def watermarked(picture: Picture, dice: Dice) -> Picture:
    """Half-transparent small letters in one corner."""
    side = len(picture)
    layer = Image.new("L", (side, side), 0)
    place = dice.choice([0.04, 0.60]) * side, dice.choice([0.04, 0.84]) * side
    ImageDraw.Draw(layer).text(place, "(c) Bo", fill=150, font=ImageFont.load_default(0.11 * side))
    image, colour = Image.fromarray(picture), tuple([int(dice.choice([20, 235]))] * 3)
    image.paste(colour, mask=layer)
    return np.asarray(image)


def taken_again(picture: Picture, dice: Dice) -> Picture:
    """Shifted, in other light, with other noise, saved again: as by a camera a second later."""
    noise = dice.normal(0, 3, picture.shape)
    other = np.clip(np.rint(lit(shifted(picture, dice), dice) + noise), 0, 255).astype(np.uint8)
    return as_jpeg(other, 85)


def reposted(picture: Picture, dice: Dice) -> Picture:
    """Cropped, contrasted, resized and saved again: as by a web page."""
    return recompressed(resized(contrasted(cropped(picture, dice), dice), dice), dice)


PLANTS: dict[str, Callable[[Picture, Dice], Picture]] = {
    plant.__name__: plant
    for plant in (
        *(recompressed, shifted, lit, contrasted, cropped, resized, blurred, noisy, watermarked),
        *(taken_again, reposted),
    )
}
