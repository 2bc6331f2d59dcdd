"""Static checks of the zip itself: is it whole, safe to unpack, and read alike by every server?"""

import itertools
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from plants.harness.checks import contents, hidden_code
from plants.harness.checks.archive import (
    MODEL_FILE,
    UNREADABLE,
    Archive,
    ExpandsTooFar,
    chunks,
    clean_name,
    is_folder,
    is_junk,
    is_lfs_pointer,
    sort_out,
    special_kind,
)
from plants.harness.faults import REJECT, WARNING, Fault, counted, fault
from plants.harness.profiles import Profile

EXPANSION_COUNTS_FROM = 256 << 20  # bytes; small files may well shrink to nothing
LOCAL_HEADER = 30  # bytes before each entry's data, its name not counted
LONGEST_NAME = 255  # bytes of one folder or file name, on every common file system
LONGEST_PATH = 1024  # bytes of all of them with their slashes, on some file systems
FILES_NAMED = 3  # at most, of a zip that is too large
WORTH_NAMING = 0.01  # of such a zip's bytes
WEIGHTS = re.compile(
    r"\.(h5|hdf5|keras|pb|pbtxt|index|npz|npy|tflite|onnx|pt|pth|bin|ckpt|pkl|pickle|joblib|data-\d+-of-\d+)$"
)
READ_BY_THE_SERVER = re.compile(r"(^|/)metadata(\.yaml)?$|\.py$")


def open_archive(path: Path, profile: Profile) -> tuple[Archive | None, list[Fault]]:
    """The Archive and its faults; None where not even the list of entries can be read."""
    try:
        opened = zipfile.ZipFile(path)
    except UnicodeDecodeError as error:
        return None, [fault("ZIP07", f"A name in the zip is not valid UTF-8: {error.object[:60]!r}.")]
    except UNREADABLE as error:
        return None, [fault("ZIP01", f"Not a readable zip ({error}).")]
    entries = opened.infolist()
    faults = _size_faults(entries, profile)
    if len(entries) > profile.entries_limit:  # everything below takes time with their number
        opened.close()
        return None, faults
    for info in entries:
        faults += _entry_faults(info, profile)
    archive = sort_out(opened)
    faults += _name_faults(archive, entries) + _junk_faults(entries)
    if archive.root:
        message = f"Everything is inside {archive.root!r}."
        faults.append(fault("ZIP02", message, file=archive.root + MODEL_FILE))
    if not any(other.code in ("ZIP06", "ZIP08") for other in faults):
        faults += _content_faults(archive, profile)
    faults += _upload_faults(archive, path.stat().st_size, profile)
    return archive, _first_of_each(faults)


def _size_faults(entries: list[zipfile.ZipInfo], profile: Profile) -> list[Fault]:
    """ZIP06, by what the headers say."""
    if len(entries) > profile.entries_limit:
        return [fault("ZIP06", f"Holds {len(entries)} entries (limit {profile.entries_limit}).")]
    unpacked = sum(info.file_size for info in entries)
    if unpacked > profile.unpacked_limit_bytes:
        return [fault("ZIP06", f"Expands to {_gib(unpacked)} (limit {_gib(profile.unpacked_limit_bytes)}).")]
    fold = unpacked / max(1, sum(info.compress_size for info in entries))
    if unpacked > EXPANSION_COUNTS_FROM and fold > profile.expansion_limit:
        limit = f"(limit {profile.expansion_limit:.0f}-fold)"
        return [fault("ZIP06", f"Expands {fold:.0f}-fold, to {_gib(unpacked)} {limit}.")]
    by_place = sorted(entries, key=lambda info: info.header_offset)
    for info, following in itertools.pairwise(by_place):
        if info.header_offset + LOCAL_HEADER + info.compress_size > following.header_offset:
            message = f"{info.filename!r} and {following.filename!r} share the same bytes."
            return [fault("ZIP06", message, file=following.filename)]
    return []


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GB"


def _entry_faults(info: zipfile.ZipInfo, profile: Profile) -> Iterator[Fault]:
    """ZIP04, ZIP05, ZIP08 and ZIP13, by the entry's header."""
    file, name = info.filename, info.orig_filename
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or PureWindowsPath(name).drive or not parts[0]:
        yield fault("ZIP04", f"Unsafe path {name!r}: refused.", file=name)
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    needed = 0o500 if kind == stat.S_IFDIR else 0o400
    if special := special_kind(info):
        yield fault("ZIP05", f"{special} {file!r} in the zip.", file=file)
    elif kind and mode & needed != needed:
        word = "Folder" if kind == stat.S_IFDIR else "File"
        yield fault("ZIP13", f"{word} {file!r} has mode {stat.S_IMODE(mode):03o}.", file=file)
    if info.flag_bits & 0x1:
        yield fault("ZIP08", f"{file!r} is encrypted.", file=file)
    elif info.compress_type not in profile.compression_methods:
        message = f"{file!r} is compressed by method {info.compress_type}, not deflate."
        yield fault("ZIP08", message, file=file)


def _name_faults(archive: Archive, entries: list[zipfile.ZipInfo]) -> list[Fault]:
    """ZIP07: two entries of one name, or a name that not every server can write."""
    faults = []
    seen: dict[str, zipfile.ZipInfo] = {}
    for info in entries:
        name = clean_name(info)
        if is_junk(name):
            continue
        problem = _unwritable(info)
        if problem:
            faults.append(fault("ZIP07", f"{info.orig_filename[:300]!r} {problem}.", file=info.filename))
        other = seen.setdefault(name.lower(), info)
        if other is not info and not (is_folder(info) and is_folder(other)):
            faults.append(_clash(clean_name(other), name))
    for name in archive.files.keys() & archive.folders:
        faults.append(fault("ZIP07", f"{name!r} is a file and a folder.", file=name))
    return faults


def _clash(first: str, second: str) -> Fault:
    what = f"{second!r} appears twice" if first == second else f"{first!r} and {second!r} differ only by case"
    return fault("ZIP07", f"{what}; servers disagree on which wins.", file=second)


def _unwritable(info: zipfile.ZipInfo) -> str | None:
    name = info.orig_filename
    if not info.flag_bits & 0x800:  # not marked as UTF-8: zipfile read the bytes as cp437
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return "is not UTF-8"
    if any(ord(char) < 32 or ord(char) == 127 for char in name):
        return "has a control character in its name"
    if max(len(part.encode("utf-8", "replace")) for part in name.split("/")) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} bytes"
    if len(name.encode("utf-8", "replace")) > LONGEST_PATH:
        return f"is, with its folders, longer than {LONGEST_PATH} bytes"
    return None


def _junk_faults(entries: list[zipfile.ZipInfo]) -> list[Fault]:
    junk = [info for info in entries if is_junk(clean_name(info)) and not is_folder(info)]
    if not junk:
        return []
    first, size = junk[0].filename, sum(info.file_size for info in junk) / 2**20
    return [fault("ZIP03", f"{len(junk)} junk files, {size:.1f} MB, such as {first!r}.", file=first)]


def _content_faults(archive: Archive, profile: Profile) -> list[Fault]:
    """Reads every file once: ZIP01 by CRC, ZIP06 by size, the others by what it holds."""
    faults = []
    library_folders = contents.folders_of_libraries(archive)
    for info in archive.zip.infolist():
        if is_folder(info):
            continue
        name = clean_name(info).removeprefix(archive.root)
        try:
            pieces = chunks(archive.zip, info)
            first = next(pieces, b"")
            inside = contents.faults_in(name, itertools.chain([first], pieces), info.file_size, profile)
        except ExpandsTooFar:
            message = f"{info.filename!r} holds more than the {info.file_size} bytes it declares."
            faults.append(fault("ZIP06", message, file=info.filename))
        except UNREADABLE as error:
            message = f"Not a readable zip ({error} in {info.filename!r})."
            faults.append(fault("ZIP01", message, file=info.filename))
        else:
            if is_junk(info.filename):
                continue
            faults += [*_stand_in_faults(info, first), *inside]
            if first.startswith(hidden_code.ELF):
                faults.append(contents.library_fault(name, library_folders))
    return faults


def _stand_in_faults(info: zipfile.ZipInfo, begins: bytes) -> Iterator[Fault]:
    """ZIP12 and ZIP09, by how a file begins."""
    name = info.filename
    if is_lfs_pointer(begins, info.file_size):
        matters = WEIGHTS.search(name) or READ_BY_THE_SERVER.search(name)
        message = f"{name!r} is a {info.file_size}-byte Git LFS pointer."
        yield fault("ZIP12", message, file=name, level=REJECT if matters else WARNING)
    elif WEIGHTS.search(name) and begins[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        message = f"{name!r} is a web page, as Google Drive sends instead of a large file."
        yield fault("ZIP12", message, file=name)
    elif name.lower().endswith(".zip") and begins.startswith(b"PK\x03\x04"):
        yield fault("ZIP09", f"{name!r} is a zip within the zip.", file=name)


def _upload_faults(archive: Archive, size: int, profile: Profile) -> list[Fault]:
    """ZIP10 for a zip of `size` bytes over the profile's limit, with its largest files."""
    if size <= profile.upload_limit_bytes:
        return []
    sizes = {name: info.compress_size for name, info in archive.files.items()}
    names = sorted(sizes, key=lambda name: -sizes[name])[:FILES_NAMED]
    parts = [f"{_mib(size)} (limit {_mib(profile.upload_limit_bytes)})"]
    parts += [f"{_mib(sizes[name])} in {name!r}" for name in names if sizes[name] > WORTH_NAMING * size]
    return [fault("ZIP10", "; ".join(parts) + ".", file=names[0] if names else None)]


def _mib(size: int) -> str:
    return f"{size / 2**30:.2f} GB" if size >= 2**30 else f"{size / 2**20:.2f} MB"


def _first_of_each(faults: list[Fault]) -> list[Fault]:
    """One fault for each code and level, saying how many more there were: a bomb has thousands."""
    groups: dict[tuple[str, str, str | None], list[Fault]] = {}
    for other in faults:
        file = other.file if other.code == "ENV02" else None  # the run settles each graph by itself
        groups.setdefault((other.code, other.level, file), []).append(other)
    return [counted(group) for group in groups.values()]
