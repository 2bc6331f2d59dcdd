"""Which folder a run gets, and that nothing else works or lies in it."""

import contextlib
import datetime
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from plants import files, locks
from plants.errors import InputError
from plants.junk import is_junk
from plants.runs import provenance, run_folder
from plants.runs.changes import record_changes
from plants.runs.run_folder import Record

RUNS, LATEST = Path("runs"), "latest"


def begin_record(planned: Record, there: Record | None) -> Record:
    """run.json of a try that begins now, and goes on with `there`, that of an unfinished one.

    `earlier_tries` names the commits and versions of the tries before it, where they are not its own.
    """
    own = {"commit": provenance.commit(), "versions": provenance.versions()}
    if there is None:
        return planned | own
    tries = [*there.get("earlier_tries", []), {name: there.get(name) for name in own}]
    others = [code for index, code in enumerate(tries) if code != own and code not in tries[:index]]
    return planned | own | {"earlier_tries": others}


def default_folder(record: Record) -> Path:
    """The folder of an unfinished try at the same training, or else a free runs/<date>-<recipe>."""
    name = record["recipe"]["name"]
    for folder in sorted(RUNS.glob(f"*-{name}*"), reverse=True):
        there = run_folder.read_record(folder)
        if there and there["status"] != run_folder.FINISHED and not record_changes(there, record):
            return folder
    base, number = RUNS / f"{datetime.date.today()}-{name}", 1
    folder = base
    while folder.exists():
        number += 1
        folder = base.with_name(f"{base.name}-{number}")
    return folder


@contextlib.contextmanager
def reserve_folder(folder: Path, record: Record) -> Iterator[None]:
    """Makes `folder` this run's own while the block runs, and clears what a killed try left.

    If the block leaves nothing in it, it is removed, unless it was there before and empty then.
    Raises InputError if something else lies there (a finished run, another one, other files) or
    another process works in it.
    """
    refuse_other_content(folder, record)
    was_empty = folder.is_dir() and not any(folder.iterdir())
    folder.mkdir(parents=True, exist_ok=True)
    with locks.held(folder) as ours:
        if not ours:
            raise InputError(f"another train.py works in {folder}: wait for it, or choose another --out")
        files.sweep_partials(folder)
        try:
            yield
        finally:
            if not was_empty:
                with contextlib.suppress(OSError):  # it holds something: most often the run
                    folder.rmdir()


def refuse_other_content(folder: Path, record: Record) -> None:
    """Raises InputError if `folder` holds anything but an unfinished try at the same training."""
    if folder.name == LATEST:
        raise InputError(f"{folder} is the name of the link to the newest run: choose another --out")
    there = run_folder.read_record(folder)
    if there is None:
        refuse_other_files(folder)
    elif there["status"] == run_folder.FINISHED:
        raise InputError(f"{folder} holds a finished run: choose another --out, or delete it first")
    elif changed := record_changes(there, record):
        raise InputError(
            f"{folder} holds an unfinished run that differs in {', '.join(changed)}: choose another --out, "
            "or delete it first"
        )


def refuse_other_files(folder: Path) -> None:
    """Raises InputError if `folder`, where no run is, is a file or holds more than leftovers."""
    if folder.exists() and (not folder.is_dir() or _holds_files(folder)):
        raise InputError(f"{folder} exists and is not a run folder: choose another --out")


def _holds_files(folder: Path) -> bool:
    names = (path.name for path in folder.iterdir())
    return any(not name.endswith(files.PARTIAL) and not is_junk(name) for name in names)


def point_latest_to(folder: Path, *, say: Callable[[str], None] = print) -> None:
    """runs/latest -> the newest run that has ended, for runs that lie in a folder named runs."""
    folder, there = folder.resolve(), run_folder.read_record(folder)
    if folder.parent.name != RUNS.name or not there or there["status"] == run_folder.RUNNING:
        return
    link = folder.parent / LATEST
    fresh = link.with_name(LATEST + files.PARTIAL)
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(folder.name)
        os.replace(fresh, link)
    except OSError as error:  # Windows without the right to make links; the run itself is whole
        fresh.unlink(missing_ok=True)
        say(f"{link} could not be set ({error.strerror}); name {folder} instead")
