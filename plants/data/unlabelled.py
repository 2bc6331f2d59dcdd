"""Images without labels, as a net is asked about them: from folders, files, zips and .npz files."""

import contextlib
import dataclasses
import functools
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from plants import terminal
from plants.data import image_files, npz_file
from plants.errors import InputError
from plants.junk import is_junk
from plants.progress import Progress

EXPECTED = "expected a folder of images, image files, a zip of images, or an .npz"
ARCHIVES = (".zip", ".npz")
# Modes of 8 bits a channel, which have a picture in RGB; of more bits, what is white is not known.
CONVERTED = ("L", "LA", "1", "P", "PA", "RGBA", "RGBX", "CMYK", "YCbCr")
SHOWN = 3  # images named in a remark
LINE_SECONDS = 10.0


@dataclasses.dataclass(frozen=True, eq=False)
class Unlabelled:
    """`images` is (n, side, side, 3), RGB in [0, 255]; `names` (n,) are sorted, and no two are alike."""

    images: npt.NDArray[np.uint8]
    names: tuple[str, ...]


class Picture(NamedTuple):
    """One image, not yet read: its name, where it lies in words, and how to open it."""

    name: str
    where: str
    opened: Callable[[], AbstractContextManager[Image.Image]]


def read(
    paths: Sequence[str | Path], side: int, *, skip_unreadable: bool, announce: Callable[[str], None]
) -> Unlabelled:
    """The images of all `paths`, of `side` pixels, sorted by their names.

    In a folder or zip a name is the path within it; of a file it is the file's, of an .npz the number of the
    row. Pictures of another size or kind are made to fit. `announce` takes a line on that, on files
    that were left out, and on each image that cannot be read. Raises InputError if there is one and not
    `skip_unreadable`, if none is left, if two names are alike, and for what is no place of images.
    """
    with contextlib.ExitStack() as stack:
        pictures = [picture for path in paths for picture in _listed(Path(path), stack, announce)]
        pictures.sort(key=lambda picture: picture.name)
        _refuse_same_names(pictures)
        return _read(pictures, side, skip_unreadable, announce)


def _refuse_same_names(pictures: Sequence[Picture]) -> None:
    for first, second in zip(pictures, pictures[1:], strict=False):
        if first.name == second.name:
            raise InputError(
                f"{first.where} and {second.where} would both be called {first.name}; expected names that "
                "differ: name one folder that holds both, or give a call to each"
            )


# Which images there are


def _listed(path: Path, stack: contextlib.ExitStack, announce: Callable[[str], None]) -> Iterator[Picture]:
    """The images of one path; the stack closes its files. Raises InputError if there are none."""
    path = Path(os.path.expanduser(path))
    if not os.path.exists(path):  # unlike Path.exists, False where the path cannot even be looked up
        raise InputError(f"{path}: no such file or folder; {EXPECTED}")
    if path.is_dir():
        return _of_files(path, _names_in_folder(path), lambda name: (path / name).open("rb"), announce)
    suffix = path.suffix.lower()
    if suffix in image_files.SUFFIXES or suffix not in ARCHIVES and not zipfile.is_zipfile(path):
        opened = functools.partial(image_files.opened, str(path), lambda: path.open("rb"))
        return iter([Picture(path.name, str(path), opened)])
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: not a zip, or a damaged one ({error}); {EXPECTED}") from None
    if npz_file.is_npz(archive):
        return _rows(path, archive, announce)
    entries = image_files.entries(path, archive)
    return _of_files(path, entries, lambda name: archive.open(entries[name]), announce)


def _names_in_folder(root: Path) -> Iterator[str]:
    """The names of all files below `root`, with slashes."""

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: {error.strerror}; expected a folder that can be read")

    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=refuse):
        inside, real = Path(folder).relative_to(root), os.path.realpath(folder)
        # Junk of a share, and links to a folder around themselves, may be without end.
        subfolders[:] = [
            name
            for name in subfolders
            if not is_junk(name) and not _lies_in(real, os.path.join(folder, name))
        ]
        yield from ((inside / name).as_posix() for name in files)


def _lies_in(real: str, folder: str) -> bool:
    return os.path.join(real, "").startswith(os.path.join(os.path.realpath(folder), ""))


def _of_files(
    path: Path, names: Iterable[str], open_file: image_files.OpenFile, announce: Callable[[str], None]
) -> Iterator[Picture]:
    """The images among the files `names` of a folder or zip."""
    files = sorted(name for name in names if not name.endswith("/") and not is_junk(name))
    images = [name for name in files if name.lower().endswith(image_files.SUFFIXES)]
    others = [name for name in files if not name.lower().endswith(image_files.SUFFIXES)]
    if not images:
        held = f", but {terminal.listed(others, SHOWN)}" if others else ""
        raise InputError(f"{path}: no images{held}; {EXPECTED}")
    if others:
        announce(f"{path}: left out, as no images by their names: {terminal.listed(others, SHOWN)}")
    for name in images:
        where = f"{path}: {name}"
        yield Picture(
            name, where, functools.partial(image_files.opened, where, functools.partial(open_file, name))
        )


def _rows(path: Path, archive: zipfile.ZipFile, announce: Callable[[str], None]) -> Iterator[Picture]:
    images, remarks = npz_file.read_images(path, archive)
    for remark in remarks:
        announce(remark)
    return numbered(path, images)


def numbered(path: str | Path, images: npt.NDArray[np.uint8]) -> Iterator[Picture]:
    """Images (n, h, w, 3), called by numbers of one length, so that they sort as they stand."""
    digits = max(5, len(str(len(images) - 1)))
    for row, image in enumerate(images):
        yield Picture(f"{row:0{digits}}", f"{path}: image {row}", functools.partial(_opened_row, image))


def _opened_row(image: npt.NDArray[np.uint8]) -> AbstractContextManager[Image.Image]:
    return contextlib.nullcontext(Image.fromarray(image))


# What is in them


def _read(
    pictures: Sequence[Picture], side: int, skip_unreadable: bool, announce: Callable[[str], None]
) -> Unlabelled:
    images = np.empty((len(pictures), side, side, 3), np.uint8)
    names: list[str] = []
    unreadable: list[str] = []
    changes = Changes()
    progress = Progress(len(pictures), line_seconds=LINE_SECONDS)
    for done, picture in enumerate(pictures, 1):
        try:
            with picture.opened() as image:
                images[len(names)] = _fitted(image, side, picture, changes)
            names.append(picture.name)
        except InputError as error:
            unreadable.append(str(error))
        progress.advance(1, f"read {done} of {len(pictures)} images")
    progress.wipe()
    for line in [*unreadable, *changes.remarks(side, len(names))]:
        announce(line)
    _refuse_unreadable(len(unreadable), len(pictures), skip_unreadable)
    return Unlabelled(images[: len(names)], tuple(names))


def _refuse_unreadable(count: int, total: int, skip: bool) -> None:
    if skip and count == total:
        raise InputError(f"not one of {total} images can be read, see above; {EXPECTED}")
    if count and not skip:
        raise InputError(
            f"{count} of {total} images cannot be read, see above; nothing was written: mend or remove them, "
            "or leave them out with --skip-unreadable"
        )


@dataclasses.dataclass
class Changes:
    """The pictures that were made to fit, with what they were."""

    resized: list[str] = dataclasses.field(default_factory=list)
    converted: list[str] = dataclasses.field(default_factory=list)

    def remarks(self, side: int, total: int) -> Iterator[str]:
        """A line on each kind of change, for `total` images of which each should have `side` pixels."""
        if self.resized:
            yield (
                f"{len(self.resized)} of {total} images are not {side}x{side} pixels, as those that were "
                f"trained on ({terminal.listed(self.resized, SHOWN)}): the middle square of each is taken "
                "and resized"
            )
        if self.converted:
            yield (
                f"{len(self.converted)} of {total} images are not RGB, as those that were trained on "
                f"({terminal.listed(self.converted, SHOWN)}): converted, without any transparency"
            )


def _fitted(image: Image.Image, side: int, picture: Picture, changes: Changes) -> npt.NDArray[np.uint8]:
    """(side, side, 3); what has to be done for it is noted. InputError if it is of no kind that is known."""
    size, kind = f"{image.width}x{image.height}", image_files.kind_of(image)
    if image.mode != "RGB":
        if image.mode not in CONVERTED:
            raise InputError(f"{picture.where} is {kind}, expected RGB; convert it to RGB or remove it")
        image = image.convert("RGBA").convert("RGB")
        changes.converted.append(f"{picture.name} {kind}")
    if image.size != (side, side):
        image = ImageOps.fit(image, (side, side), Image.Resampling.BICUBIC)
        changes.resized.append(f"{picture.name} {size}")
    return np.asarray(image)
