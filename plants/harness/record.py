"""The file that `--json` names: tried before minutes are spent, written at the end."""

import tempfile

from plants import files
from plants.errors import InputError


def refuse_unwritable(path):
    """Raises InputError unless a file can be written at `path`; makes its folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise FileExistsError("it is a link or a device")  # which the file would take the place of
    except OSError as error:
        raise InputError(f"--json {path}: cannot be written ({error}); name another file") from None


def write(path, verdicts):
    """Writes the one record, or several under `entries`, whole or not at all. Raises OSError."""
    records = [verdict.to_dict() for verdict in verdicts]
    files.write_json(path, records[0] if len(records) == 1 else {"entries": records})
