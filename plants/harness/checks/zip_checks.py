"""Static checks of the zip itself: is it whole, safe to unpack, and read alike by every server?"""

import re
import stat
import zipfile
from pathlib import Path, PureWindowsPath

from plants.harness.checks import contents, upload
from plants.harness.checks.archive import (
    UNREADABLE,
    ExpandsTooFar,
    chunks,
    clean_name,
    is_folder,
    is_junk,
    is_lfs_pointer,
    sort_out,
    special_kind,
)
from plants.harness.faults import REJECT, WARNING, counted, fault

EXPANSION_COUNTS_FROM = 256 << 20  # bytes; small files may well shrink to nothing
LOCAL_HEADER = 30  # bytes before each entry's data, its name not counted
LONGEST_NAME = 255  # bytes of one folder or file name, on every common file system
LONGEST_PATH = 1024  # bytes of all of them with their slashes, on some file systems
WEIGHTS = re.compile(
    r"\.(h5|hdf5|keras|pb|pbtxt|index|npz|npy|tflite|onnx|pt|pth|bin|ckpt|pkl|pickle|joblib|data-\d+-of-\d+)$"
)
READ_BY_THE_SERVER = re.compile(r"(^|/)metadata(\.yaml)?$|\.py$")


def open_archive(path, profile):
    """(Archive or None, faults): None where not even the list of entries can be read."""
    try:
        opened = zipfile.ZipFile(path)
    except UnicodeDecodeError as error:
        return None, [fault("ZIP07", f"A name in the zip is not valid UTF-8: {error.object[:60]!r}.")]
    except UNREADABLE as error:
        return None, [fault("ZIP01", f"Not a readable zip ({error}).")]
    entries = opened.infolist()
    faults = _size_faults(opened, profile)
    if len(entries) > profile.entries_limit:  # everything below takes time with their number
        opened.close()
        return None, faults
    for check in (_path_faults, _kind_faults, _method_faults):
        faults += [found for info in entries for found in check(info, profile)]
    archive = sort_out(opened)
    faults += _name_faults(archive, entries) + _junk_faults(entries) + _wrapping_faults(archive)
    if not any(found.code in ("ZIP06", "ZIP08") for found in faults):
        faults += _content_faults(archive, profile)
    faults += upload.faults_of(archive, Path(path).stat().st_size, profile)
    return archive, _first_of_each(faults)


def _size_faults(opened, profile):
    """ZIP06, by what the headers say."""
    entries = opened.infolist()
    if len(entries) > profile.entries_limit:
        return [fault("ZIP06", f"Holds {len(entries)} entries (limit {profile.entries_limit}).")]
    unpacked = sum(info.file_size for info in entries)
    if unpacked > profile.unpacked_limit_bytes:
        return [fault("ZIP06", f"Expands to {_gib(unpacked)} (limit {_gib(profile.unpacked_limit_bytes)}).")]
    zipped = max(1, sum(info.compress_size for info in entries))
    if unpacked > EXPANSION_COUNTS_FROM and unpacked / zipped > profile.expansion_limit:
        return [
            fault(
                "ZIP06",
                f"Expands {unpacked / zipped:.0f}-fold, to {_gib(unpacked)} "
                f"(limit {profile.expansion_limit:.0f}-fold).",
            )
        ]
    by_place = sorted(entries, key=lambda info: info.header_offset)
    for info, following in zip(by_place, by_place[1:], strict=False):
        if info.header_offset + LOCAL_HEADER + info.compress_size > following.header_offset:
            return [
                fault(
                    "ZIP06",
                    f"{info.filename!r} and {following.filename!r} share the same bytes.",
                    file=following.filename,
                )
            ]
    return []


def _gib(size):
    return f"{size / 2**30:.1f} GB"


def _path_faults(info, _):
    name = info.orig_filename
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or PureWindowsPath(name).drive or not parts[0]:
        return [fault("ZIP04", f"Unsafe path {name!r}: refused.", file=name)]
    return []


def _kind_faults(info, _):
    special = special_kind(info)
    if special:
        return [fault("ZIP05", f"{special} {info.filename!r} in the zip.", file=info.filename)]
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    needed = 0o500 if kind == stat.S_IFDIR else 0o400
    if kind and mode & needed != needed:
        word = "Folder" if kind == stat.S_IFDIR else "File"
        return [
            fault("ZIP13", f"{word} {info.filename!r} has mode {stat.S_IMODE(mode):03o}.", file=info.filename)
        ]
    return []


def _method_faults(info, profile):
    if info.flag_bits & 0x1:
        return [fault("ZIP08", f"{info.filename!r} is encrypted.", file=info.filename)]
    if info.compress_type not in profile.compression_methods:
        return [
            fault(
                "ZIP08",
                f"{info.filename!r} is compressed by method {info.compress_type}, not deflate.",
                file=info.filename,
            )
        ]
    return []


def _wrapping_faults(archive):
    if not archive.root:
        return []
    return [fault("ZIP02", f"Everything is inside {archive.root!r}.", file=archive.root + "model.py")]


def _name_faults(archive, entries):
    """ZIP07: two entries of one name, or a name that not every server can write."""
    faults, seen = [], {}
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


def _clash(first, second):
    what = f"{second!r} appears twice" if first == second else f"{first!r} and {second!r} differ only by case"
    return fault("ZIP07", f"{what}; servers disagree on which wins.", file=second)


def _unwritable(info):
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


def _junk_faults(entries):
    junk = [info for info in entries if is_junk(clean_name(info)) and not is_folder(info)]
    if not junk:
        return []
    size = sum(info.file_size for info in junk) / 2**20
    return [
        fault(
            "ZIP03",
            f"{len(junk)} junk files, {size:.1f} MB, such as {junk[0].filename!r}.",
            file=junk[0].filename,
        )
    ]


def _content_faults(archive, profile):
    """Reads every file once: ZIP01 by CRC, ZIP06 by size, the others by what it holds."""
    faults = []
    judged_by = {"surroundings": contents.ArchiveContext.of(archive), "profile": profile}
    for info in archive.zip.infolist():
        if is_folder(info):
            continue
        passing = contents.Passing(chunks(archive.zip, info))
        name = clean_name(info).removeprefix(archive.root)
        try:
            found = contents.faults_in(name, info.file_size, passing, **judged_by)
        except ExpandsTooFar:
            what = f"{info.filename!r} holds more than the {info.file_size} bytes it declares."
            faults.append(fault("ZIP06", what, file=info.filename))
        except UNREADABLE as error:
            what = f"Not a readable zip ({error} in {info.filename!r})."
            faults.append(fault("ZIP01", what, file=info.filename))
        else:
            faults += _stand_in_faults(info, passing.begins)
            faults += [] if is_junk(info.filename) else found
    return faults


def _stand_in_faults(info, begins):
    name = info.filename
    if is_junk(name):
        return []
    if is_lfs_pointer(begins, info.file_size):
        matters = WEIGHTS.search(name) or READ_BY_THE_SERVER.search(name)
        what = f"{name!r} is a {info.file_size}-byte Git LFS pointer."
        return [fault("ZIP12", what, file=name, level=REJECT if matters else WARNING)]
    if WEIGHTS.search(name) and begins.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return [
            fault(
                "ZIP12", f"{name!r} is a web page, as Google Drive sends instead of a large file.", file=name
            )
        ]
    if name.lower().endswith(".zip") and begins.startswith(b"PK\x03\x04"):
        return [fault("ZIP09", f"{name!r} is a zip within the zip.", file=name)]
    return []


def _first_of_each(faults):
    """One fault for each code and level, saying how many more there were: a bomb has thousands."""
    groups = {}
    for found in faults:
        file = found.file if found.code == "ENV02" else None  # the run settles each graph by itself
        groups.setdefault((found.code, found.level, file), []).append(found)
    return [counted(group) for group in groups.values()]
