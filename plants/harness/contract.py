"""Static checks of what the server expects beside model.py: metadata, SavedModels, module names."""

import re
import sys

import yaml

from plants.harness import source
from plants.harness.faults import fault

METADATA_LIMIT = 64 << 10  # bytes looked at
KNOWN_KEYS = {  # those that CodaLab's worker does not take for the address of a bundle to fetch
    "description",
    "command",
    "exitCode",
    "elapsedTime",
    "stdout",
    "stderr",
    "submitted-by",
    "submitted-at",
}
INDEX = re.compile(r"(.*/|)variables/variables\.index$")
SHARD = re.compile(r"(.*/|)variables/variables\.data-(\d{5})-of-(\d{5})$")
EXTRAS = re.compile(r"(.*/|)(keras_metadata|fingerprint)\.pb$")
# Standard modules that nothing imports by itself: a student's file of that name does no harm.
UNUSED_MODULES = {"test", "this", "antigravity", "idlelib", "turtledemo", "turtle", "lib2to3"}


def faults_of(archive, profile):
    """All CON and ENV faults that show without running anything."""
    return [
        *_metadata_faults(archive, profile),
        *source.faults_of(archive, profile),
        *_saved_model_faults(archive),
        *_shadowing_faults(archive, profile),
    ]


def _metadata_faults(archive, profile):
    name = next((name for name in profile.metadata_names if name in archive.files), None)
    if name is None:
        return [fault("CON01", _missing_metadata(archive))]
    text = archive.read(name, METADATA_LIMIT)
    if text is None:
        return []
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if not profile.strict_metadata:
            return []
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        return [
            fault(
                "CON03",
                f"metadata is not valid YAML ({error}).",
                file=name,
                line=None if line is None else line + 1,
            )
        ]
    return _metadata_value_faults(value, name, text, profile)


def _missing_metadata(archive):
    if "metadata" in archive.folders:
        return "'metadata' is a folder, not a file."
    near = sorted(
        name for name in archive.files if "/" not in name and name.lower().split(".")[0] == "metadata"
    )
    return f"No 'metadata' in the root, only {near[0]!r}." if near else "No 'metadata' in the root."


def _metadata_value_faults(value, name, text, profile):
    if isinstance(value, dict) and "command" in value:
        return [fault("CON02", "metadata has a 'command'.", file=name, line=_line_of(text, b"command"))]
    if value is None or not profile.strict_metadata:
        return []
    if not isinstance(value, dict):
        return [
            fault("CON03", f"metadata is a YAML {type(value).__name__}, not 'key: value' lines.", file=name)
        ]
    # Other values than text are not followed.
    unknown = [key for key, item in value.items() if key not in KNOWN_KEYS and isinstance(item, str)]
    if not unknown:
        return []
    return [
        fault(
            "CON03",
            f"metadata has the unknown key {unknown[0]!r}, which the server would fetch.",
            file=name,
            line=_line_of(text, str(unknown[0]).encode()),
        )
    ]


def _line_of(text, word):
    """The first line that begins with `word`, counted from 1, or None."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip(b"\"' {").startswith(word):
            return number
    return None


def _saved_model_faults(archive):
    """CON09 for each folder that has parts of a SavedModel but not all."""
    names = set(archive.files)
    found = [pattern.match(name) for name in names for pattern in (INDEX, SHARD, EXTRAS)]
    folders = {match[1] for match in found if match}
    missing = [_missing_part(folder, names) for folder in sorted(folders)]
    return [fault("CON09", f"{name!r} is missing.", file=name) for name in missing if name]


def _missing_part(folder, names):
    """The first file that the SavedModel in `folder` (with a final slash, or "") lacks, or None."""
    if not names & {f"{folder}saved_model.pb", f"{folder}saved_model.pbtxt"}:
        return f"{folder}saved_model.pb"
    variables = f"{folder}variables/variables"
    shards = [match for name in names if (match := SHARD.match(name)) and match[1] == folder]
    if not shards and f"{variables}.index" in names:
        return f"{variables}.data-00000-of-00001"
    count = max((int(match[3]) for match in shards), default=0)
    wanted = {f"{variables}.data-{number:05d}-of-{count:05d}" for number in range(count)}
    return min(({f"{variables}.index"} | wanted) - names, default=None) if shards else None


def _shadowing_faults(archive, profile):
    """ENV06: a module in the root that Python or the libraries would find instead of their own."""
    hidden = set(sys.stdlib_module_names) - set(sys.builtin_module_names) - UNUSED_MODULES
    libraries = {library.split(".")[0] for library in profile.libraries}
    faults = []
    for name in sorted(archive.files):
        module = _module_of(name)
        if module in hidden:
            faults.append(fault("ENV06", f"{name!r} hides {module} of the standard library.", file=name))
        elif module in libraries:
            faults.append(fault("ENV06", f"{name!r} hides the library {module}.", file=name))
    return faults


def _module_of(name):
    """The top-level module that a file makes importable, or None.

    A folder without __init__.py hides nothing: a regular package wins wherever it stands.
    """
    folder, _, file = name.rpartition("/")
    if not folder:
        stem, _, suffix = file.partition(".")
        return stem if suffix in ("py", "pyc", "so") or suffix.endswith(".so") else None
    return folder if "/" not in folder and file in ("__init__.py", "__init__.pyc") else None
