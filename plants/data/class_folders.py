"""Images in one folder per class, on the disk or in a zip."""

import functools
import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image

from plants import class_names
from plants.data import image_files
from plants.data.contents import LAYOUT, Contents
from plants.data.image_files import OpenFile
from plants.errors import InputError
from plants.junk import is_junk

SHOWN = 3  # files named in a message


def read_folder(root: Path) -> Contents:
    """The images below a folder: see `_read`."""
    return _read(root, _names_in_folder(root), lambda name: (root / name).open("rb"))


def read_zip(path: Path, archive: zipfile.ZipFile) -> Contents:
    """The images in a zip: see `_read`. InputError if a name in it points elsewhere."""
    entries = image_files.entries(path, archive)
    return _read(path, entries, lambda name: archive.open(entries[name]))


def _read(path: Path, names: Iterable[str], open_file: OpenFile) -> Contents:
    """The images of the files `names`, in order of class and name.

    One outer folder around the class folders is allowed, as in the contest's zip. Hidden files,
    leftovers of file managers and other files beside the class folders are ignored.
    Raises InputError, naming the file and the remedy, for anything in a class folder that is not
    an RGB image, square and of the size of the others, and for fewer than two classes.
    """
    by_class = _files_by_class(path, sorted(set(names)))
    order = class_names.in_order(by_class)
    files = [(label, name) for label, kind in enumerate(order) for name in by_class[kind]]
    side = _common_side(path, [name for _, name in files], open_file)
    images = np.empty((len(files), side, side, 3), np.uint8)
    for index, (_, name) in enumerate(files):
        images[index] = _decode(f"{path}: {name}", name, open_file)
    return Contents(
        images=images,
        labels=np.array([label for label, _ in files], np.int64),
        class_names=order,
        names=tuple(
            f"{order[label]}/{class_names.canonical(name.rpartition('/')[2])}" for label, name in files
        ),
        remarks=_remarks_on_names(path, names),
    )


def _names_in_folder(root: Path) -> list[str]:
    """All below `root` as a zip would list it: with slashes, folders ending in one."""
    names = []
    for folder, subfolders, files in os.walk(root, followlinks=True):
        inside = Path(folder).relative_to(root)
        subfolders[:] = [name for name in subfolders if not is_junk(name)]  # a share's may be without end
        names += [(inside / name).as_posix() for name in files]
        names += [(inside / name).as_posix() + "/" for name in subfolders]
        if len(inside.parts) >= 2:  # deeper than any image may lie; also ends loops of links
            subfolders.clear()
    return names


def _files_by_class(path: Path, names: Iterable[str]) -> dict[str, list[str]]:
    """Class name -> names of its files. Raises InputError if the layout is not one folder per class."""
    names = [name for name in names if not is_junk(name)]
    _refuse_arrays(path, names)
    depth = _depth_of_classes(names)
    by_class: dict[str, list[str]] = {}
    for name in names:
        parts = name.rstrip("/").split("/")
        if len(parts) == depth + 1 and name.endswith("/"):
            by_class.setdefault(class_names.canonical(parts[depth]), [])
        elif len(parts) == depth + 2 and not name.endswith("/"):
            by_class.setdefault(class_names.canonical(parts[depth]), []).append(name)
        elif len(parts) > depth + 1:
            raise InputError(f"{path}: {name} lies too deep; {LAYOUT}")
        elif name.lower().endswith(image_files.SUFFIXES):
            raise InputError(f"{path}: {name} lies in no class folder; {LAYOUT}")
    _refuse_missing_classes(path, by_class)
    return by_class


def _refuse_arrays(path: Path, names: Iterable[str]) -> None:
    """An .npz in a folder or zip, as the contest of 2023 packed it, is not looked into."""
    arrays = [name for name in names if name.lower().endswith(".npz")]
    if arrays and not any(name.lower().endswith(image_files.SUFFIXES) for name in names):
        raise InputError(f"{path}: no images, but {arrays[0]}; unpack that and name it itself")


def _refuse_missing_classes(path: Path, by_class: dict[str, list[str]]) -> None:
    if not any(by_class.values()):
        raise InputError(f"{path}: no images; {LAYOUT}")
    for name, files in by_class.items():
        if not name:
            raise InputError(f"{path}: a class folder has a blank name; expected the class's: rename it")
        if not files:
            raise InputError(f"{path}: class folder {name} holds no image; add images or remove the folder")
    if len(by_class) < 2:
        raise InputError(f"{path}: only one class, {next(iter(by_class))}; {LAYOUT}, two classes or more")


def _depth_of_classes(names: Sequence[str]) -> int:
    """1 if everything lies in one outer folder that holds folders, as in the contest's zip, else 0."""
    folders = {PurePosixPath(name).parts[:-1] for name in names if not name.endswith("/")}
    folders |= {PurePosixPath(name).parts for name in names if name.endswith("/")}
    tops = {parts[0] for parts in folders if parts}
    return int(len(tops) == 1 and any(len(parts) > 1 for parts in folders))


def _remarks_on_names(path: Path, names: Iterable[str]) -> tuple[str, ...]:
    """A line if folders' names are no UTF-8, so that nobody wonders at the classes' names."""
    foreign = {part for name in names for part in name.split("/")[:-1] if not _is_unicode(part)}
    if not foreign:
        return ()
    example = class_names.canonical(min(foreign))
    return (
        f"{class_names.canonical(path.name)}: folder names that are no UTF-8: {len(foreign)}; their bytes "
        f"are shown as in {example}",
    )


def _is_unicode(name: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in name)


# The images


def _common_side(path: Path, names: Sequence[str], open_file: OpenFile) -> int:
    """Pixels per side, the same for all images. InputError that tells of all others at once."""
    sizes = {name: _size(name, open_file) for name in names}
    squares = Counter(size for size in sizes.values() if size and size[0] == size[1])
    [(common, count)] = squares.most_common(1) or [((0, 0), 0)]
    wrong = [f"{name} ({size[0]}x{size[1]})" for name, size in sizes.items() if size and size != common]
    if wrong:
        expected = f"{common[0]}x{common[1]} pixels, as {count} {_are(count)}" if count else "square"
        shown = ", ".join(wrong[:SHOWN]) + (", ..." if len(wrong) > SHOWN else "")
        raise InputError(
            f"{path}: {len(wrong)} of {len(names)} images {_are(len(wrong))} not {expected}: {shown}; "
            "expected square images of one size: resize or remove these"
        )
    return common[0]


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _size(name: str, open_file: OpenFile) -> tuple[int, int] | None:
    """Width and height from the head of a file; None where it has no such, of which `_decode` will tell."""
    try:
        with open_file(name) as file, Image.open(file, formats=image_files.FORMATS) as image:
            return image.size
    except Exception:  # broken files make Pillow raise almost anything
        return None


def _decode(where: str, name: str, open_file: OpenFile) -> npt.NDArray[np.uint8]:
    """The (h, w, 3) pixels of one file; `where` begins the message of an InputError."""
    with image_files.opened(where, functools.partial(open_file, name)) as image:
        if image.mode == "RGB":
            return np.asarray(image)
        kind = image_files.kind_of(image)
    raise InputError(f"{where} is {kind}, expected RGB; convert it to RGB or remove it")
