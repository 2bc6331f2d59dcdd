"""Zips that are broken or dangerous as zips."""

import stat
import struct
import zipfile
from unittest.mock import ANY

from submissions.making import MODEL, bad, good, write_zip

POINTER = (f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 31\n").ljust(131)


def append(path, info, content=b""):
    """Adds an entry with a hand-made header."""
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(info, content)
    return path


def patch(path, old, new, *, count):
    """Replaces bytes in the file, as no honest zip program would write them."""
    data = path.read_bytes()
    assert data.count(old) == count and len(old) == len(new)
    path.write_bytes(data.replace(old, new))
    return path


@bad("ZIP01", says=r"Not a readable zip \(File is not a zip file\)", remedy="again")
def empty_file(path):
    path.write_bytes(b"")
    return path


@bad("ZIP01", says="Not a readable zip", remedy="again")
def random_bytes(path):
    path.write_bytes(bytes(range(256)) * 20)
    return path


@bad("ZIP01", says="Not a readable zip", remedy="upload it whole")
def cut_off_in_the_middle(path):
    data = good(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


@bad("ZIP01", file="data.bin", says="Bad CRC-32 for file 'data.bin'", remedy="again")
def one_byte_flipped(path):
    good(path)
    stored = zipfile.ZipInfo("data.bin")
    append(path, stored, b"these bytes are stored as they are")
    return patch(path, b"stored as they", b"stored As they", count=1)


@bad(
    "ZIP02",
    file="submission/model.py",
    says="Everything is inside 'submission/'",
    remedy="Zip the contents, not the folder",
)
def wrapped_in_a_folder(path):
    return write_zip(
        path,
        {
            "submission/": "",
            "submission/model.py": MODEL,
            "submission/metadata": "",
            "submission/SubmissionModel/weights.txt": "1",
        },
    )


@bad("ZIP02", file="a/b/model.py", says="Everything is inside 'a/b/'", remedy="Zip the contents")
def wrapped_twice_beside_a_readme(path):
    return write_zip(path, {"README.md": "hello", "a/b/model.py": MODEL, "a/b/metadata": ""})


@bad("ZIP03", file="__MACOSX/._model.py", says=r"3 junk files, 1\.0 MB", remedy="Leave them out")
def left_by_a_mac(path):
    good(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("__MACOSX/._model.py", bytes(1 << 20))
        file.writestr("SubmissionModel/.DS_Store", "x")
        file.writestr(".git/config", "x")
    return path


@bad("ZIP04", file="../../escaped.txt", says=r"Unsafe path '\.\./\.\./escaped\.txt'", remedy="relative names")
def climbs_out(path):
    return append(good(path), "../../escaped.txt", b"x")


@bad("ZIP04", file="/etc/escaped", says="Unsafe path '/etc/escaped'", remedy="relative names")
def absolute_name(path):
    return append(good(path), "/etc/escaped", b"x")


@bad("ZIP04", file="C:/escaped", says="Unsafe path 'C:/escaped'", remedy="relative names")
def drive_letter(path):
    return append(good(path), "C:/escaped", b"x")


@bad("ZIP04", file="SubmissionModel\\more.txt", says="Unsafe path", remedy="forward slashes")
def backslashes(path):
    return append(good(path), "SubmissionModel\\more.txt", b"x")


@bad("ZIP05", file="SubmissionModel", says="Symlink 'SubmissionModel'", remedy="Store the real file")
def symbolic_link(path):
    link = zipfile.ZipInfo("SubmissionModel")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return append(write_zip(path, {"model.py": MODEL, "metadata": ""}), link, b"/data")


@bad("ZIP05", file="zero", says="Device, pipe or socket 'zero'", remedy="Store the real file")
def device(path):
    node = zipfile.ZipInfo("zero")
    node.external_attr = (stat.S_IFCHR | 0o644) << 16
    return append(good(path), node)


@bad("ZIP06", says=r"Expands to 41\.0 GB \(limit 8\.0 GB\)", remedy="Pack only")
def declares_41_gigabytes(path):
    """42 small entries, 41 of which claim 1 GiB in both of their headers."""
    good(path)
    size = 123_456
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        for number in range(41):
            file.writestr(f"{number}.bin", bytes(size))
    return patch(path, struct.pack("<L", size), struct.pack("<L", 1 << 30), count=82)


@bad("ZIP06", says=r"Expands \d+-fold, to 0\.3 GB \(limit 250-fold\)", remedy="Pack only")
def zeros_a_thousandfold(path):
    good(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("zeros", "w") as entry:
        for _ in range(300):
            entry.write(bytes(1 << 20))
    return path


@bad("ZIP06", file="b.bin", says="'a.bin' and 'b.bin' share the same bytes", remedy="each once")
def overlapping_entries(path):
    """The second entry's record in the directory points at the first one's data."""
    good(path)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("a.bin", bytes(1000))
        offset = file.getinfo("a.bin").header_offset
        file.writestr("b.bin", bytes(1000))
        file.getinfo("b.bin").header_offset = offset
    return path


@bad("ZIP06", file="sly.bin", says="'sly.bin' holds more than the 10 bytes it declares", remedy="Pack only")
def holds_more_than_it_declares(path):
    good(path)
    size = 3_456_789
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("sly.bin", bytes(size))
    return patch(path, struct.pack("<L", size), struct.pack("<L", 10), count=2)


@bad("ZIP06", says="Holds 10001 entries", remedy="Pack only")
def too_many_entries(path):
    return write_zip(path, {f"{number}": "" for number in range(10_001)})


@bad("ZIP07", file="model.py", says="'model.py' appears twice", remedy="one plain name")
def twice_the_same_name(path):
    good(path, model__pY=MODEL)
    return patch(path, b"model.pY", b"model.py", count=2)


@bad("ZIP07", file="Metadata", says="'metadata' and 'Metadata' differ only by case", remedy="one plain name")
def names_that_differ_by_case(path):
    return good(path, Metadata="")


@bad(
    "ZIP07", file="SubmissionModel", says="'SubmissionModel' is a file and a folder", remedy="one plain name"
)
def file_and_folder(path):
    return good(path, SubmissionModel="x")


@bad("ZIP07", file="bell?.txt", says=r"has a control character", remedy="one plain name")
def control_character(path):
    return append(good(path), "bell\a.txt", b"x")


@bad("ZIP07", says="is not UTF-8", remedy="one plain name", file="caf\u0398.txt")
def name_in_latin_1(path):
    append(good(path), "cafe.txt", b"x")
    return patch(path, b"cafe.txt", b"caf\xe9.txt", count=2)


@bad("ZIP07", says="A name in the zip is not valid UTF-8", remedy="one plain name")
def name_in_broken_utf_8(path):
    append(good(path), "caf\u00e9.txt", b"x")
    return patch(path, "caf\u00e9".encode(), b"caf\xff\xff", count=2)


@bad("ZIP07", file=ANY, says="longer than 1024 bytes", remedy="one plain name")
def name_that_is_too_long_in_all(path):
    return append(good(path), "/".join(["d" * 250] * 5), b"x")


@bad("ZIP08", file="model.py", says="'model.py' is encrypted", remedy="without a password")
def encrypted(path):
    good(path)
    with zipfile.ZipFile(path, "a") as file:
        file.getinfo("model.py").flag_bits |= 0x1
        file.comment = b"written anew"
    return path


@bad("ZIP08", file="SubmissionModel/weights.txt", says="compressed by method 93", remedy="plain deflate")
def exotic_compression(path):
    good(path)
    with zipfile.ZipFile(path, "a") as file:
        file.getinfo("SubmissionModel/weights.txt").compress_type = 93
        file.comment = b"written anew"
    return path


@bad("ZIP09", file="SubmissionModel.zip", says="is a zip within the zip", remedy="Store the folder")
def nested_zip(path):
    inner = good(path.with_suffix(".inner")).read_bytes()
    return append(good(path), "SubmissionModel.zip", inner)


@bad("ZIP12", file="SubmissionModel/variables.h5", says="131-byte Git LFS pointer", remedy="git lfs pull")
def git_lfs_pointer(path):
    return append(good(path), "SubmissionModel/variables.h5", POINTER)


@bad("ZIP12", file="model.py", says="131-byte Git LFS pointer", remedy="git lfs pull")
def git_lfs_pointers_instead_of_what_the_server_reads(path):
    """Its text is neither Python nor a metadata file, which is not said as well."""
    return good(path, model__py=POINTER, metadata="", **{"SubmissionModel/saved_model.pb": POINTER})


@bad("ZIP12", file="metadata", says="131-byte Git LFS pointer", remedy="git lfs pull")
def git_lfs_pointer_as_metadata(path):
    return good(path, metadata=POINTER)


@bad("ZIP12", file="training.png", says="131-byte Git LFS pointer", remedy="git lfs pull")
def git_lfs_pointer_that_the_server_never_reads(path):
    """A warning."""
    return append(good(path), "training.png", POINTER)


@bad("ZIP12", file="weights.h5", says="web page", remedy="Fetch the real file")
def web_page_of_google_drive(path):
    return append(good(path), "weights.h5", "<!DOCTYPE html><html>Virus scan warning</html>")


@bad("ZIP13", file="locked/", says="Folder 'locked/' has mode 000", remedy="chmod")
def folder_that_cannot_be_opened(path):
    folder = zipfile.ZipInfo("locked/")
    folder.external_attr = stat.S_IFDIR << 16
    return append(good(path), folder)
