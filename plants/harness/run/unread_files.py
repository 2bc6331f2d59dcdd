"""What lies in the zip and is never read: ZIP11."""

from plants.harness.faults import fault

UNREAD_COUNTS_FROM = 1 << 20  # bytes in all; a forgotten note does no harm
NOT_FOR_MODEL_PY = {"metadata", "metadata.yaml", "manifest.json"}  # others read these


def unread(archive, opened):
    """ZIP11 if files of the archive, together large enough to matter, are not among `opened`."""
    names = [
        name
        for name in archive.files
        if name not in opened and name not in NOT_FOR_MODEL_PY and not name.endswith(".py")
    ]
    size = sum(archive.files[name].file_size for name in names)
    if size < UNREAD_COUNTS_FROM:
        return []
    largest = max(names, key=lambda name: archive.files[name].file_size)
    files = f"{len(names)} {'file' if len(names) == 1 else 'files'}"
    return [
        fault("ZIP11", f"{size / 2**20:.1f} MB never read, in {files} such as {largest!r}.", file=largest)
    ]
