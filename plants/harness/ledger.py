"""The ledger: one JSON line for every score that a zip was given, never changed, only appended to.

It counts how often one set of held-out images was looked at: each look at it to choose between
zips makes the best score on it a little more of a fluke.
"""

import dataclasses
import datetime
import errno
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plants import locks

VARIABLE = "SCORE_LEDGER"
DEFAULT = Path(__file__).parents[2] / "runs" / "ledger.jsonl"


@dataclasses.dataclass(frozen=True)
class Looks:
    """How often one set of images was scored on, the newest score included.

    `scores` counts them, `zips` the different zips among them, `best` is the highest accuracy.
    """

    scores: int
    zips: int
    best: float


def default_path() -> Path:
    """$SCORE_LEDGER, else runs/ledger.jsonl beside the code."""
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def append(path: Path, entry: dict[str, Any]) -> Looks:
    """Adds `entry`, which has `zip_sha256`, `split_sha256` and `accuracy`.

    The line is whole or missing, also where two processes append at once or one is killed; makes
    the folder. Raises OSError where it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    line = json.dumps({"when": when, **entry}, allow_nan=False).encode() + b"\n"
    with open(path, "a+b", buffering=0) as file:
        locks.take(file.fileno(), path, wait=True)  # let go when the file is closed, by a kill too
        file.seek(0)
        before = file.read()
        _append_whole(file, line if before.endswith(b"\n") or not before else b"\n" + line)
    entries = [*_entries(before), json.loads(line)]
    mine = [other for other in entries if other.get("split_sha256") == entry["split_sha256"]]
    return Looks(
        scores=len(mine),
        zips=len({other.get("zip_sha256") for other in mine}),
        best=max(other["accuracy"] for other in mine),
    )


def _append_whole(file: io.FileIO, line: bytes) -> None:
    """Appends all of `line`, or nothing and raises OSError."""
    end = file.seek(0, os.SEEK_END)
    try:
        if file.write(line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:  # a full disk may have taken the beginning
        file.truncate(end)
        raise


def _entries(text: bytes) -> Iterator[dict[str, Any]]:
    """The entries in a ledger; lines that a killed process left half-written are none."""
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            if isinstance(entry["accuracy"], float):
                yield entry
        except (ValueError, TypeError, KeyError):
            continue
