"""Folder -> zip: whole or absent, and the same bytes for the same files."""

import contextlib
import hashlib
import shutil
import zipfile
from pathlib import Path

from plants import files

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold
ORDINARY_FILE = 0o100644 << 16  # readable by all; the upper half of the attributes is Unix's
UNIX = 3


def staging_folder(out):
    """The folder beside the zip `out` in which its files are gathered."""
    return Path(f"{out}.files{files.PARTIAL}")


@contextlib.contextmanager
def staging(out):
    """Yields a new folder beside `out` for the files of the zip; it is gone afterwards."""
    folder = staging_folder(out)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(out):
    """Removes what a killed build of `out` left beside it, and nothing else."""
    Path(f"{out}{files.PARTIAL}").unlink(missing_ok=True)
    if staging_folder(out).exists():
        shutil.rmtree(staging_folder(out))


def list_files(folder):
    """{name in the zip: path} of all files below `folder`, sorted by name."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def write(folder, out):
    """Zips all files below `folder` into `out`: whole or not at all, independent of dates and modes."""
    with files.whole_file(out) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, path in list_files(folder).items():
            with path.open("rb") as source, archive.open(_entry(name, path), "w") as target:
                shutil.copyfileobj(source, target)


def _entry(name, path):
    """The header of one file in the zip. All that differs between machines is fixed."""
    entry = zipfile.ZipInfo(name, date_time=EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED  # at zlib's default level, 6
    entry.create_system, entry.external_attr = UNIX, ORDINARY_FILE
    entry.file_size = path.stat().st_size  # beyond 2 GiB the header needs room
    return entry


def sha256(path):
    """Hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
