"""Files that hold pictures: what they are called in a zip, and what is in them."""

import contextlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from PIL import Image, UnidentifiedImageError

from plants.data.contents import DAMAGED
from plants.errors import InputError

# A closed list: Pillow hands some other formats to outside programs (EPS to Ghostscript).
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")
OpenFile = Callable[[str], IO[bytes]]  # by name
KINDS = {"L": "grayscale", "1": "black and white", "P": "a palette image", "RGBA": "RGB with transparency"}


def entries(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """{name: entry} of a zip, the names of folders with a slash at their end.

    Raises InputError if one points elsewhere.
    """
    found = {name: entry for entry in archive.infolist() if (name := _plain(_name_in_zip(entry)))}
    _refuse_unsafe_names(path, found)
    return found


def _name_in_zip(entry: zipfile.ZipInfo) -> str:
    """An entry's name. Finder and many others write UTF-8 without saying so: then it is read as such."""
    if entry.flag_bits & 0x800:  # said to be UTF-8
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _plain(name: str) -> str:
    """A name without what says nothing: ./ash//0.png -> ash/0.png; of ./ itself nothing is left."""
    plain = PurePosixPath(name)
    return plain.as_posix() + "/" * name.endswith("/") if plain.parts else ""


def _refuse_unsafe_names(path: Path, names: Iterable[str]) -> None:
    for name in names:
        if "\\" in name or ".." in name.split("/") or name.startswith("/") or PureWindowsPath(name).drive:
            raise InputError(
                f"{path}: unsafe name {name!r} in the zip; expected plain relative names with '/', "
                "such as Species1/00000.jpg: pack the folder again"
            )


@contextlib.contextmanager
def opened(where: str, open_file: Callable[[], IO[bytes]]) -> Iterator[Image.Image]:
    """The picture in a file, to be decoded in the block.

    What is wrong with it, there too, becomes an InputError that begins with `where`.
    """
    try:
        with open_file() as file:
            content = file.read()
    except (OSError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{where} cannot be read ({error}); {DAMAGED}") from None
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            yield image
    except InputError:
        raise
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise InputError(f"{where} is no image, expected one of {kinds}; replace it or remove it") from None
    except Exception as error:  # broken files make Pillow's decoders raise almost anything
        raise InputError(f"{where} is a damaged image ({error}); replace it or remove it") from None


def kind_of(image: Image.Image) -> str:
    """What its pixels are, in words: "grayscale", or Pillow's name of the mode where there are none."""
    return KINDS.get(image.mode, image.mode)
