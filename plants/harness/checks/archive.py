"""A submission's zip: what it holds, reading and unpacking it.

Nothing is believed that the zip says of itself: sizes are enforced while reading.
"""

import copy
import dataclasses
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from plants.errors import HarnessError

CHUNK = 1 << 20
CODE_LIMIT = 1 << 20  # bytes of a .py file looked at for what it names
LFS_POINTER, LFS_POINTER_LIMIT = b"version https://git-lfs", 1024  # how one begins; its bytes at most
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
    """The entries of a readable zip: `files` maps clean names, relative to `root`, to ZipInfo.

    `root` is "" or, where everything lies in one folder, that folder with a final slash. Junk is
    left out. Of an unsafe name the repaired form stands here: its contents are checked all the same.
    """

    zip: zipfile.ZipFile
    files: dict
    folders: frozenset
    root: str

    def read(self, name, limit):
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

    def close(self):
        self.zip.close()


def unpack(archive, folder):
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


def chunks(opened, info):
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


def sort_out(opened):
    """The Archive of the entries that may be read: plain files that are no junk."""
    files, folders = {}, set()
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


def clean_name(info):
    """An entry's name as it should be: forward slashes, no '.', '..' or empty part."""
    parts = info.filename.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def is_folder(info):
    return info.filename.endswith("/")  # is_dir() fails on an empty name


def is_lfs_pointer(begins, size):
    """Whether a file of `size` bytes that begins so is what Git LFS puts in place of a large one."""
    return begins.startswith(LFS_POINTER) and size < LFS_POINTER_LIMIT


def is_junk(name):
    return any(part.lower() in JUNK for part in name.split("/"))


def _root(files):
    """The one folder that holds everything, or at least model.py and metadata; else ""."""
    if "model.py" in files:
        return ""
    found = [name for name in files if name.endswith("/model.py")]
    for name in sorted(found, key=lambda name: (name.count("/"), name)):
        root = name.removesuffix("model.py")
        if root + "metadata" in files or all(other.startswith(root) for other in files):
            return root
    return ""


def special_kind(info):
    """What kind of non-file an entry is, in a word; "" for files and folders."""
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the zip was not made under Unix
    if kind in (0, stat.S_IFREG, stat.S_IFDIR):
        return ""
    return "Symlink" if kind == stat.S_IFLNK else "Device, pipe or socket"
