"""A submission's zip: what it holds, reading and unpacking it.

Nothing is believed that the zip says of itself: sizes are enforced while reading.
"""

import copy
import dataclasses
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from plants.errors import HarnessError

CHUNK = 1 << 20
CODE_LIMIT = 1 << 20  # bytes of a .py file looked at for what it names
LFS_POINTER, LFS_POINTER_LIMIT = b"version https://git-lfs", 1024  # how one begins; its bytes at most
MODEL_FILE = "model.py"
JUNK = {"__macosx", ".ds_store", ".ipynb_checkpoints", ".git"}
# What zipfile and zlib raise on damaged archives; NotImplementedError for exotic features.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
    OSError,
)


@dataclasses.dataclass(frozen=True)
class Archive:
    """The entries of a readable zip; `files` has clean names, relative to `root`.

    `root` is "" or, where everything lies in one folder, that folder with a final slash. Junk is
    left out. Of an unsafe name the repaired form stands here: its contents are checked all the same.
    """

    zip: zipfile.ZipFile
    files: dict[str, zipfile.ZipInfo]
    folders: frozenset[str]
    root: str

    def read(self, name: str, limit: int) -> bytes | None:
        """The bytes of a file, or None where it is missing, damaged, longer than `limit`,
        or only stands in for the file: a link, or a pointer of Git LFS.
        """
        info = self.files.get(name)
        if info is None or info.file_size > limit or special_kind(info):
            return None
        try:
            content = b"".join(chunks(self.zip, info))
        except UNREADABLE:
            return None
        return None if is_lfs_pointer(content, info.file_size) else content

    def describe_missing(self, name: str, similar: list[str]) -> str:
        """Says that the root has no such file, and which of the names `similar` may be meant for it."""
        if name in self.folders:
            return f"{name!r} is a folder, not a file."
        return f"No {name!r} in the root{f', only {min(similar)!r}' if similar else ''}."

    def close(self) -> None:
        self.zip.close()


def unpack(archive: Archive, folder: Path) -> None:
    """Writes the archive's files below `folder`, with the root stripped; sizes are enforced.

    Only for an archive without a ZIP fault that `ends_check`. Raises HarnessError where the
    disk does not take it.
    """
    try:
        for name in archive.folders:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, info in archive.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as file:
                for chunk in chunks(archive.zip, info):
                    file.write(chunk)
    except OSError as error:
        raise HarnessError(f"cannot unpack into {folder}: {error}; free some disk space") from error


class ExpandsTooFar(zipfile.BadZipFile):
    """An entry holds more than its header says."""


def chunks(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of one entry in pieces; the CRC is checked at the end, the size all along."""
    roomy = copy.copy(info)
    roomy.file_size = info.file_size + 2 * CHUNK  # zipfile would cut silently at the header's size
    held = 0
    with opened.open(roomy) as file:
        while chunk := file.read(CHUNK):
            held += len(chunk)
            if held > info.file_size:
                raise ExpandsTooFar
            yield chunk
    if held < info.file_size:
        raise zipfile.BadZipFile(f"only {held} of {info.file_size} bytes")


def sort_out(opened: zipfile.ZipFile) -> Archive:
    """The Archive of the entries that may be read: plain files that are no junk."""
    files: dict[str, zipfile.ZipInfo] = {}
    folders: set[str] = set()
    for info in opened.infolist():
        name = clean_name(info)
        if not name or is_junk(name):
            continue
        folders.update(parent.as_posix() for parent in Path(name).parents)
        if is_folder(info):
            folders.add(name)
        else:
            files[name] = info
    root = _root(files)
    return Archive(
        zip=opened,
        root=root,
        files={name.removeprefix(root): info for name, info in files.items() if name.startswith(root)},
        folders=frozenset(name.removeprefix(root) for name in folders - {"."} if name.startswith(root)),
    )


def clean_name(info: zipfile.ZipInfo) -> str:
    """An entry's name as it should be: forward slashes, no '.', '..' or empty part."""
    parts = info.filename.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith("/")  # is_dir() fails on an empty name


def is_lfs_pointer(begins: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins so is what Git LFS puts in place of a large one."""
    return begins.startswith(LFS_POINTER) and size < LFS_POINTER_LIMIT


def is_junk(name: str) -> bool:
    return any(part.lower() in JUNK for part in name.split("/"))


def _root(files: Iterable[str]) -> str:
    """The one folder that holds everything, or at least model.py and metadata; else ""."""
    if MODEL_FILE in files:
        return ""
    models = [name for name in files if name.endswith("/" + MODEL_FILE)]
    for name in sorted(models, key=lambda name: (name.count("/"), name)):
        root = name.removesuffix(MODEL_FILE)
        if root + "metadata" in files or all(other.startswith(root) for other in files):
            return root
    return ""


def special_kind(info: zipfile.ZipInfo) -> str:
    """What kind of non-file an entry is, in a word; "" for files and folders."""
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the zip was not made under Unix
    if kind in (0, stat.S_IFREG, stat.S_IFDIR):
        return ""
    return "Symlink" if kind == stat.S_IFLNK else "Device, pipe or socket"
