"""Images as people store them in arrays become raw RGB in [0, 255]."""

import numpy as np
import pytest

from plants.data.npy_entry import Head
from plants.data.npz_pixels import as_bytes, refuse_wrong_kind
from plants.errors import InputError

UNIT = "the images are floats from 0 to 1: taken times 255 and rounded"
FULL = "the images are floats from 0 to 255: rounded to whole numbers"


def images(*values, kind):
    """One image of a single pixel for each value."""
    return np.repeat(np.array(values, kind).reshape(-1, 1, 1, 1), 3, axis=3)


def read(*values, kind):
    pixels, remark = as_bytes("X.npz: images", images(*values, kind=kind))
    assert pixels.dtype == np.uint8
    assert pixels.shape == (len(values), 1, 1, 3)
    return pixels[:, 0, 0, 1].tolist(), remark


@pytest.mark.parametrize("kind", ["u1", "i2", ">i4", "u8"])
def test_whole_numbers_stay_what_they_are(kind):
    assert read(0, 1, 127, kind=kind) == ([0, 1, 127], "")


@pytest.mark.parametrize("kind", ["f2", "f4", ">f8"])
def test_floats_up_to_1_are_taken_times_255(kind):
    assert read(0, 0.25, 0.5, 1, kind=kind) == ([0, 64, 128, 255], UNIT)  # 63.75 and 127.5: even


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_floats_up_to_255_are_rounded(kind):
    assert read(0, 0.25, 17.75, 255, kind=kind) == ([0, 0, 18, 255], FULL)


def test_whole_numbers_are_believed_from_2_on_and_floats_of_black_and_white_are_times_255():
    assert read(0, 2, kind="u1") == ([0, 2], "")
    assert read(0, 1, 1, kind="f4") == ([0, 255, 255], UNIT)


def test_what_resizing_adds_at_the_ends_is_cut_off():
    assert read(-0.0005, 1.0005, kind="f4") == ([0, 255], UNIT)
    assert read(-0.1, 255.1, kind="f4") == ([0, 255], FULL)


def test_dark_images_from_0_to_1_are_believed_and_black_ones_are_black():
    assert read(0, 0.02, kind="f4") == ([0, 5], UNIT)
    assert read(0, 0, kind="f4") == ([0, 0], UNIT)


@pytest.mark.parametrize(
    "values, kind, message",
    [
        ((-1, 1), "f4", "holds values from -1 to 1; expected 0 to 255, or floats from 0 to 1: undo"),
        ((-2.1, 2.6), "f4", "holds values from -2.1 to 2.6; expected"),
        ((0, 3.5), "f4", "holds values from 0 to 3.5; expected"),
        ((0, 256.5), "f8", "holds values from 0 to 256.5; expected"),
        ((-128, 127), "i1", "holds values from -128 to 127; expected"),
        ((0, 65535), "u2", "holds values from 0 to 65535; expected"),
        ((0, 1), "u1", "holds values from 0 to 1 as uint8; expected 0 to 255, .*: save floats as they"),
        ((0, 0), "u1", "holds values from 0 to 0 as uint8; expected 0 to 255, or floats from 0 to 1: save"),
        ((1, 1), ">i4", "holds values from 1 to 1 as >i4; expected 0 to 255, or floats from 0 to 1: save fl"),
        ((0, 1), "u8", "holds values from 0 to 1 as uint64; expected 0 to 255, or floats from 0 to 1: save"),
        ((0, 0.5, np.nan), "f4", ": image 2 holds NaN or infinity; expected"),
        ((0, np.inf, np.nan), "f4", ": image 1 holds NaN or infinity; expected"),
        ((0, -np.inf), "f2", ": image 1 holds NaN or infinity; expected"),
    ],
)
def test_other_ranges_and_nan_are_refused(values, kind, message):
    with pytest.raises(InputError, match=f"^X.npz: images ?{message}"):
        read(*values, kind=kind)


@pytest.mark.parametrize(
    "shape, kind, message",
    [
        (
            (9, 96, 96),
            "u1",
            r"\(9, 96, 96\), expected \(n, side, side, 3\), RGB; for grayscale images save np.re",
        ),
        ((9, 96, 96, 1), "u1", "for grayscale images save"),
        ((9, 96, 96, 4), "u1", r"for RGB with transparency save images\[..., :3\]"),
        ((9, 3, 96, 96), "f4", r"with the channels first save images.transpose\(0, 2, 3, 1\)"),
        ((9, 27648), "u1", r"\(9, 27648\), expected \(n, side, side, 3\), RGB$"),
        ((), "u1", r"\(\), expected"),
        ((9, 64, 96, 3), "u1", r"\(9, 64, 96, 3\), expected .*: crop or pad the images to squares"),
        ((0, 96, 96, 3), "u1", r"\(0, 96, 96, 3\), which holds no image"),
        ((9, 0, 0, 3), "u1", "which holds no image"),
        ((9,), "O", r"is an array of object, expected numbers: .* save np.stack\(images\)"),
        ((9, 96, 96, 3), "?", "is an array of bool, expected numbers"),
        ((9, 96, 96, 3), "c8", "is an array of complex64, expected numbers"),
        ((9, 96, 96, 3), "U3", "is an array of <U3, expected numbers"),
    ],
)
def test_what_is_no_array_of_square_rgb_images_is_refused_by_its_head(shape, kind, message):
    with pytest.raises(InputError, match=f"^X.npz: images .*{message}"):
        refuse_wrong_kind("X.npz: images", Head(shape, False, np.dtype(kind)))


def test_square_rgb_images_of_any_side_and_number_pass():
    for side in (1, 3, 64, 96, 300):
        refuse_wrong_kind("X.npz: images", Head((2, side, side, 3), False, np.dtype("u1")))
