"""The files that `--json` and `--html` name: tried before minutes are spent, written at the end."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from plants import files
from plants.errors import InputError
from plants.harness.profiles import Profile
from plants.harness.verdict import Verdict

Paths = Mapping[str, Path | None]  # by option; None is no file


def refuse_unwritable(paths: Paths, inputs: Iterable[str | Path]) -> None:
    """Raises InputError unless each path can be written. Makes folders.

    `inputs` are the files that are read, which none of them may be.
    """
    wanted = {option: path for option, path in paths.items() if path}
    read = {Path(path).resolve() for path in inputs}
    for option, path in wanted.items():
        _refuse_unwritable(option, path)
        if path.resolve() in read:
            raise InputError(f"{option} {path}: is read, and would be lost; name another file")
    if len({path.resolve() for path in wanted.values()}) < len(wanted):
        raise InputError(f"{' and '.join(wanted)} name the same file; give each a name of its own")


def _refuse_unwritable(option: str, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise FileExistsError("it is a link or a device")  # which the file would take the place of
    except OSError as error:
        raise InputError(f"{option} {path}: cannot be written ({error}); name another file") from None


def write(paths: Paths, verdicts: Sequence[Verdict], profile: Profile) -> list[str]:
    """Writes each file whole or not at all; returns the problems in words.

    What cannot be written keeps nothing else from being written.
    """
    problems = []
    for option, path in paths.items():
        try:
            if path:
                WRITERS[option](path, verdicts, profile)
        except Exception as error:  # a defect of the page, too, must not cost the verdicts
            what = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            problems.append(f"{option} {path}: {what}")
    return problems


def _write_json(path: Path, verdicts: Sequence[Verdict], profile: Profile) -> None:
    """Writes the one record, or several under `entries`."""
    records = [verdict.to_dict() for verdict in verdicts]
    files.write_json(path, records[0] if len(records) == 1 else {"entries": records})


def _write_page(path: Path, verdicts: Sequence[Verdict], profile: Profile) -> None:
    from plants.harness.report import page  # here, because --check has no second for it

    page.write(path, verdicts, profile)


WRITERS = {"--json": _write_json, "--html": _write_page}
