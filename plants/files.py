"""Files and folders that appear whole or not at all: written beside, then renamed."""

import contextlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PARTIAL = ".partial"
# What reading a missing, foreign or half-copied file raises, be it JSON, npz or HDF5.
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yields a `*.partial` path beside `path`; on success it is renamed to `path`.

    On any exception, Ctrl-C too, the partial file is removed and `path` is left as it was.
    Parent folders are made. Raises OSError as the file system does.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    try:
        yield partial
        with open(partial, "rb+") as file:  # Windows flushes no file that is only read
            os.fsync(file.fileno())  # a rename may reach the disk before the bytes do
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: str | Path, value: Any) -> None:
    """Writes `value` as indented JSON with a final newline, whole or not at all."""
    with whole_file(path) as partial:
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        # A path on the command line may hold bytes that are no UTF-8; so written, JSON gives them back.
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_figure(path: str | Path, figure: Any) -> None:
    """Writes a matplotlib figure as PNG, whole or not at all."""
    with whole_file(path) as partial:
        figure.savefig(partial, format="png", dpi=110)


def read_json(path: str | Path) -> Any:
    """The value in a JSON file. Raises OSError or json.JSONDecodeError."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sweep_partials(folder: str | Path) -> None:
    """Removes what a killed process left below `folder`: every `*.partial` file or folder."""
    for leftover in list(Path(folder).rglob("*" + PARTIAL)):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
