"""Folder -> zip: whole or absent, and the same bytes for the same files."""

import contextlib
import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from plants import files

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold
ORDINARY_FILE = 0o100644 << 16  # readable by all; the upper half of the attributes is Unix's
UNIX = 3


def staging_folder(out: Path) -> Path:
    """The folder beside the zip `out` in which its files are gathered."""
    return Path(f"{out}.files{files.PARTIAL}")


@contextlib.contextmanager
def staging(out: Path) -> Iterator[Path]:
    """Yields a new folder beside `out` for the files of the zip; it is gone afterwards."""
    folder = staging_folder(out)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(out: Path) -> None:
    """Removes what a killed build of `out` left beside it, and nothing else."""
    Path(f"{out}{files.PARTIAL}").unlink(missing_ok=True)
    if staging_folder(out).exists():
        shutil.rmtree(staging_folder(out))


def list_files(folder: Path) -> dict[str, Path]:
    """All files below `folder` by their names in the zip, sorted."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(paths.items()))


def write(folder: Path, out: Path) -> None:
    """Zips all files below `folder` into `out`: whole or not at all, independent of dates and modes."""
    with files.whole_file(out) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, path in list_files(folder).items():
            with path.open("rb") as source, archive.open(_entry(name, path), "w") as target:
                shutil.copyfileobj(source, target)


def _entry(name: str, path: Path) -> zipfile.ZipInfo:
    """The header of one file in the zip. All that differs between machines is fixed."""
    entry = zipfile.ZipInfo(name, date_time=EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED  # at zlib's default level, 6
    entry.create_system, entry.external_attr = UNIX, ORDINARY_FILE
    entry.file_size = path.stat().st_size  # beyond 2 GiB the header needs room
    return entry


def sha256(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
