"""Static check of the upload's size, and what of it the server would not need."""

import re
from pathlib import PurePosixPath

from plants.harness.checks import checkpoint_index
from plants.harness.checks.archive import CODE_LIMIT
from plants.harness.faults import fault

INDEX = re.compile(r"(^|/)variables\.index$")
INDEX_LIMIT = 16 << 20  # bytes; a line for each variable
MODEL_PARTS = re.compile(r"(^|/)(variables|assets|keras_metadata\.pb|fingerprint\.pb)(/|$)")
NEEDED = {"metadata", "metadata.yaml", "manifest.json"}
WORTH_NAMING = 0.01  # of the zip's bytes


def faults_of(archive, size, profile):
    """ZIP10 for a zip of `size` bytes over the profile's limit, with the bytes that could go."""
    limit = profile.upload_limit_bytes
    if size <= limit:
        return []
    parts = [f"{_said(size)} (limit {_said(limit)})"]
    indices = [archive.read(name, INDEX_LIMIT) or b"" for name in archive.files if INDEX.search(name)]
    slots = sum(checkpoint_index.optimizer_bytes(content) for content in indices)
    if slots > WORTH_NAMING * size:
        parts.append(f"{_said(slots)} is the optimizer's state, such as Adam's")
    unnamed = _files_without_mention(archive)
    wasted = sum(archive.files[name].compress_size for name in unnamed)
    if wasted > WORTH_NAMING * size:
        largest = max(unnamed, key=lambda name: archive.files[name].file_size)
        files = f"{len(unnamed)} {'file' if len(unnamed) == 1 else 'files'}"
        parts.append(f"{_said(wasted)} in {files} that no code names, such as {largest!r}")
        return [fault("ZIP10", "; ".join(parts) + ".", file=largest)]
    return [fault("ZIP10", "; ".join(parts) + ".")]


def _files_without_mention(archive):
    """Files of which neither the name nor that of a folder above them stands in the zip's Python."""
    code = b"".join(archive.read(name, CODE_LIMIT) or b"" for name in archive.files if name.endswith(".py"))
    if b"listdir" in code or b"glob" in code or b"scandir" in code:
        return []  # which names files without their names
    return [
        name
        for name in archive.files
        if not name.endswith(".py")
        and name not in NEEDED
        and not any(part.encode() in code for part in _ways_to_name(name))
    ]


def _ways_to_name(name):
    path = PurePosixPath(name)
    return [part for part in (*path.parts[:-1], path.name, path.stem) if not MODEL_PARTS.fullmatch(part)]


def _said(size):
    return f"{size / 2**30:.2f} GB" if size >= 2**30 else f"{size / 2**20:.2f} MB"
