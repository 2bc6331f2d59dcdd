"""Labelled images in memory, read from the contest's zip or a folder of class folders."""

import dataclasses
import functools
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from plants.data import fingerprints
from plants.errors import InputError
from plants.pixels import IMAGE_SIDE

LAYOUT = "expected the contest's zip, or a folder with one folder of images per class"
# A closed list: Pillow hands some other formats to outside programs (EPS to Ghostscript).
IMAGE_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")
MODES = {"L": "grayscale", "1": "black and white", "P": "a palette image", "RGBA": "RGB with transparency"}
# What file managers leave behind, apart from names that begin with a dot.
JUNK = {"__macosx", "thumbs.db", "desktop.ini"}
CONTEST_CLASSES = tuple(f"Species{number}" for number in range(1, 9))


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels; treat it as read-only, its hashes are computed once.

    `images` is (n, 96, 96, 3), RGB in [0, 255]; `labels`, (n,), index `class_names`, which are in
    sorted order; `names` are like "Species1/00000.jpg"; `source` names for the reader where it all
    came from, and `place` is its path, None for images that were made.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    source: str
    place: Path | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @functools.cached_property
    def pixel_sha256(self) -> tuple[str, ...]:
        """Of each image, the sha256 of its decoded pixels in hex."""
        return tuple(map(fingerprints.pixel_sha256, self.images))

    @functools.cached_property
    def perceptual_hashes(self) -> tuple[str, ...]:
        """Of each image, a 64-bit hash that near-copies share, in hex."""
        return tuple(map(fingerprints.perceptual_hash, self.images))

    @functools.cached_property
    def near_duplicate_groups(self) -> npt.NDArray[np.int64]:
        """Of each image, the number of its group of near-copies: see fingerprints.py."""
        return fingerprints.near_duplicate_groups(self.images, self.perceptual_hashes)

    @functools.cached_property
    def content_hash(self) -> str:
        """One sha256 in hex for images and classes, whatever the file names, order or container."""
        classes = (self.class_names[label] for label in self.labels)
        lines = sorted(f"{sha} {name}\n" for sha, name in zip(self.pixel_sha256, classes, strict=True))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def subset(self, indices: npt.ArrayLike) -> "Dataset":
        """The images at `indices`, in that order; classes and source stay the same."""
        chosen = np.asarray(indices, dtype=np.int64)
        names = tuple(self.names[index] for index in chosen)
        return dataclasses.replace(self, images=self.images[chosen], labels=self.labels[chosen], names=names)


def load(path: str | Path) -> Dataset:
    """The dataset in the contest's zip or in a folder of class folders, in order of class and name.

    One outer folder around the class folders is allowed, as in the contest's zip. Hidden files,
    leftovers of file managers and other files beside the class folders are ignored.
    Raises InputError, naming the file and the remedy, for anything that is not a 96x96 RGB image
    in a class folder, and for fewer than two classes.
    """
    path = Path(path).expanduser()
    if not os.path.exists(path):  # unlike Path.exists, False where the path cannot even be looked up
        what = "a link to nowhere" if os.path.islink(path) else "no such file or folder"
        raise InputError(f"{path}: {what}; {LAYOUT}")
    if path.is_dir():
        return _assemble(path, _names_in_folder(path), lambda name: (path / name).read_bytes())
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: not a zip, or a damaged one ({error}); {LAYOUT}") from None
    with archive:
        _refuse_unsafe_names(path, archive.namelist())
        return _assemble(path, archive.namelist(), archive.read)


def _names_in_folder(root: Path) -> list[str]:
    """All below `root` as a zip would list it: with slashes, folders ending in one."""
    names = []
    for folder, subfolders, files in os.walk(root, followlinks=True):
        inside = Path(folder).relative_to(root)
        names += [(inside / name).as_posix() for name in files]
        names += [(inside / name).as_posix() + "/" for name in subfolders]
        if len(inside.parts) >= 2:  # deeper than any image may lie; also ends loops of links
            subfolders.clear()
    return names


def _refuse_unsafe_names(path: Path, names: Iterable[str]) -> None:
    for name in names:
        if "\\" in name or ".." in name.split("/") or name.startswith("/") or PureWindowsPath(name).drive:
            raise InputError(
                f"{path}: unsafe name {name!r} in the zip; expected plain relative names with '/', "
                "such as Species1/00000.jpg: pack the folder again"
            )


def _assemble(path: Path, names: Iterable[str], read: Callable[[str], bytes]) -> Dataset:
    """The dataset of the files `names`, whose bytes `read(name)` returns."""
    by_class = _files_by_class(path, sorted(set(names)))
    class_names = tuple(sorted(by_class))
    files = [(label, name) for label, kind in enumerate(class_names) for name in by_class[kind]]
    images = np.empty((len(files), IMAGE_SIDE, IMAGE_SIDE, 3), np.uint8)
    for index, (_, name) in enumerate(files):
        images[index] = _decode(f"{path}: {name}", name, read)
    return Dataset(
        images=images,
        labels=np.array([label for label, _ in files], np.int64),
        class_names=class_names,
        names=tuple("/".join(name.split("/")[-2:]) for _, name in files),
        source=path.resolve().name,
        place=path.resolve(),
    )


def _files_by_class(path: Path, names: Iterable[str]) -> dict[str, list[str]]:
    """Class name -> names of its files. Raises InputError if the layout is not one folder per class."""
    names = [name for name in names if not _is_junk(name)]
    depth = _depth_of_classes(names)
    by_class: dict[str, list[str]] = {}
    for name in names:
        parts = name.rstrip("/").split("/")
        if len(parts) == depth + 1 and name.endswith("/"):
            by_class.setdefault(parts[depth], [])
        elif len(parts) == depth + 2 and not name.endswith("/"):
            by_class.setdefault(parts[depth], []).append(name)
        elif len(parts) > depth + 1:
            raise InputError(f"{path}: {name} lies too deep; {LAYOUT}")
        elif name.lower().endswith(IMAGE_SUFFIXES):
            raise InputError(f"{path}: {name} lies in no class folder; {LAYOUT}")
    _refuse_missing_classes(path, by_class)
    return by_class


def _refuse_missing_classes(path: Path, by_class: dict[str, list[str]]) -> None:
    if not any(by_class.values()):
        raise InputError(f"{path}: no images; {LAYOUT}")
    for name, files in by_class.items():
        if not files:
            raise InputError(f"{path}: class folder {name} holds no image; add images or remove the folder")
    if len(by_class) < 2:
        raise InputError(f"{path}: only one class, {next(iter(by_class))}; {LAYOUT}, two classes or more")


def _is_junk(name: str) -> bool:
    parts = name.lower().rstrip("/").split("/")
    return any(part.startswith(".") or part in JUNK for part in parts)


def _depth_of_classes(names: Sequence[str]) -> int:
    """1 if everything lies in one outer folder that holds folders, as in the contest's zip, else 0."""
    folders = {PurePosixPath(name).parts[:-1] for name in names if not name.endswith("/")}
    folders |= {PurePosixPath(name).parts for name in names if name.endswith("/")}
    tops = {parts[0] for parts in folders if parts}
    return int(len(tops) == 1 and any(len(parts) > 1 for parts in folders))


def _decode(where: str, name: str, read: Callable[[str], bytes]) -> npt.NDArray[np.uint8]:
    """The (96, 96, 3) pixels of one file; `where` begins the message of an InputError."""
    try:
        content = read(name)
    except (OSError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{where} cannot be read ({error}); copy or download the data again") from None
    try:
        with Image.open(io.BytesIO(content), formats=IMAGE_FORMATS) as image:
            _refuse_wrong_kind(where, image)
            return np.asarray(image)
    except InputError:
        raise
    except UnidentifiedImageError:
        kinds = ", ".join(IMAGE_FORMATS)
        raise InputError(f"{where} is no image, expected one of {kinds}; replace it or remove it") from None
    except Exception as error:  # broken files make Pillow's decoders raise almost anything
        raise InputError(f"{where} is a damaged image ({error}); replace it or remove it") from None


def _refuse_wrong_kind(where: str, image: Image.Image) -> None:
    if image.size != (IMAGE_SIDE, IMAGE_SIDE):
        raise InputError(
            f"{where} is {image.width}x{image.height} pixels, expected {IMAGE_SIDE}x{IMAGE_SIDE}; "
            "resize it or remove it"
        )
    if image.mode != "RGB":
        kind = MODES.get(image.mode, image.mode)
        raise InputError(f"{where} is {kind}, expected RGB; convert it to RGB or remove it")
