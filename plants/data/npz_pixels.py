"""Images as people store them in arrays become raw RGB in [0, 255]."""

from typing import Any

import numpy as np
import numpy.typing as npt

from plants.data.npy_entry import Head
from plants.errors import InputError

EXPECTED = "expected (n, side, side, 3), RGB"
CHUNK = 256  # images converted at a time
SLACK = 1e-3  # of the range: what resizing in floats adds at its ends
DARKEST = 16  # of 255: where nothing is brighter, the floats are of no range that is known


def refuse_wrong_kind(where: str, head: Head) -> None:
    """Raises InputError, which begins with `where`, unless the array's head is one of square RGB images."""
    shape = head.shape
    if head.dtype.kind not in "uif":
        raise InputError(
            f"{where} is an array of {head.dtype}, expected numbers: bytes, or floats from 0 to 1 or to 255; "
            "for a list of images save np.stack(images)"
        )
    if len(shape) != 4 or shape[3] != 3:
        raise InputError(f"{where} has the shape {shape}, {EXPECTED}{_remedy(shape)}")
    if shape[1] != shape[2]:
        raise InputError(f"{where} has the shape {shape}, {EXPECTED}: crop or pad the images to squares")
    if 0 in shape:
        raise InputError(f"{where} has the shape {shape}, which holds no image; {EXPECTED}")


def _remedy(shape: tuple[int, ...]) -> str:
    """What is the matter with a shape, as far as it can be guessed, and what to do."""
    if len(shape) == 3:
        return "; for grayscale images save np.repeat(images[..., None], 3, axis=-1)"
    if len(shape) == 4 and shape[3] == 1:
        return "; for grayscale images save np.repeat(images, 3, axis=-1)"
    if len(shape) == 4 and shape[3] == 4:
        return "; for RGB with transparency save images[..., :3]"
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return "; with the channels first save images.transpose(0, 2, 3, 1)"
    return ""


def as_bytes(where: str, images: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint8], str]:
    """The images as bytes, and a remark on what was done to them, "" if that was nothing.

    Raises InputError, which begins with `where`, for values beyond 0 to 255, floats that are neither
    from 0 to 1 nor from 0 to 255, whole numbers of which none is above 1, and NaN.
    """
    low, high = float(images.min()), float(images.max())
    is_float = images.dtype.kind == "f"
    if not is_float and 0 <= low and high <= 1:  # of floats from 0 to 1 a cast leaves no more than this
        raise InputError(
            f"{where} holds values from {low:g} to {high:g} as {images.dtype}; expected 0 to 255, or floats "
            "from 0 to 1: save floats as they are, black and white times 255"
        )
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images), ""
    if not (np.isfinite(low) and np.isfinite(high)):
        row = next(row for row, image in enumerate(images) if not np.isfinite(image).all())
        raise InputError(f"{where}: image {row} holds NaN or infinity; expected 0 to 255, or 0 to 1")
    scale = 255 if is_float and high <= 1 + SLACK else 1
    too_dark = is_float and scale == 1 and high < DARKEST
    if low * scale < -SLACK * 255 or high * scale > (1 + SLACK) * 255 or too_dark:
        raise InputError(
            f"{where} holds values from {low:g} to {high:g}; expected 0 to 255, or floats from 0 to 1: undo "
            "their normalisation"
        )
    converted = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK] * scale
        converted[start : start + CHUNK] = np.rint(part).clip(0, 255)
    if not is_float:
        return converted, ""
    return converted, (
        "the images are floats from 0 to 1: taken times 255 and rounded"
        if scale == 255
        else "the images are floats from 0 to 255: rounded to whole numbers"
    )
