"""Images and labels in an .npz, as the contests of 2023 and 2024 gave them."""

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plants import class_names
from plants.data import npy_entry, npz_labels, npz_pixels
from plants.data.contents import LAYOUT, Contents
from plants.errors import InputError
from plants.junk import is_junk

IMAGES, LABELS = ("images", "data"), ("labels",)  # what the arrays may be called
SHOWN = 8  # names in a message
EXAMPLE = "np.savez(file, images=images, labels=labels)"


def is_npz(archive: zipfile.ZipFile) -> bool:
    """Whether a zip holds arrays and nothing else but what systems leave where somebody packs by hand."""
    names = _names(archive)
    return bool(names) and all(name.endswith(npy_entry.SUFFIX) for name in names)


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if not is_junk(name)]


def read(path: Path, archive: zipfile.ZipFile) -> Contents:
    """The images, in the order of the file, with their labels.

    The arrays are called `images` or `data`, (n, side, side, 3), bytes or floats from 0 to 1 or to 255, and
    `labels`: numbers, words or one-hot. Raises InputError for anything else, and for fewer than two
    classes. Of a pickle in the file words and numbers are read, and no object that it asks for is made.
    """
    images, labels = _only_one(path, archive, IMAGES), _only_one(path, archive, LABELS)
    head_of_images = npy_entry.head(path, archive, images)
    npz_pixels.refuse_wrong_kind(f"{path}: {images}", head_of_images)
    _refuse_other_length(path, labels, _length(head_of_images), npy_entry.head(path, archive, labels))
    numbers, names = npz_labels.classes(f"{path}: {labels}", npy_entry.values(path, archive, labels))
    if len(names) < 2:
        raise InputError(f"{path}: only one class, {names[0]}; {LAYOUT}, two classes or more")
    pixels, remarks = read_images(path, archive)
    return Contents(
        images=pixels,
        labels=numbers,
        class_names=names,
        names=tuple(f"{names[label]}/{row:05d}" for row, label in enumerate(numbers)),
        remarks=remarks,
    )


def read_images(path: Path, archive: zipfile.ZipFile) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """The images alone, (n, side, side, 3) in the order of the file, and remarks on what was done to them.

    Raises InputError as `read` does.
    """
    name = _only_one(path, archive, IMAGES)
    where = f"{path}: {name}"
    npz_pixels.refuse_wrong_kind(where, npy_entry.head(path, archive, name))
    pixels, remark = npz_pixels.as_bytes(where, npy_entry.values(path, archive, name))
    return pixels, (f"{class_names.canonical(path.name)}: {remark}",) if remark else ()


def _only_one(path: Path, archive: zipfile.ZipFile, wanted: tuple[str, ...]) -> str:
    """The one array that has one of these names."""
    held = sorted({name.removesuffix(npy_entry.SUFFIX) for name in _names(archive)})
    found = [name for name in held if name in wanted]
    if len(found) == 1:
        return found[0]
    shown = class_names.canonical(", ".join(held[:SHOWN])) + ", ..." * (len(held) > SHOWN)
    raise InputError(
        f"{path} holds the arrays {shown}; expected one called {' or '.join(wanted)}: save it with {EXAMPLE}"
    )


def _length(head: npy_entry.Head) -> int:
    return head.shape[0] if head.shape else 1


def _refuse_other_length(path: Path, labels: str, n: int, head: npy_entry.Head) -> None:
    if _length(head) != n:
        raise InputError(
            f"{path}: {labels} has the shape {head.shape}, but there are {n} images; expected one label for "
            f"each: ({n},), ({n}, 1), or one-hot ({n}, classes)"
        )
