"""Static checks of what the server expects beside model.py: metadata, SavedModels, module names."""

import re
import sys
from collections.abc import Iterator

import yaml

from plants.harness.checks import source
from plants.harness.checks.archive import MODEL_FILE, Archive
from plants.harness.faults import REJECT, WARNING, Fault, fault
from plants.harness.profiles import Profile

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
TEXT_WITH_COMMAND = "is text with the word 'command', which the server would look into"
YAML = "tag:yaml.org,2002:"  # before the names of YAML's own types
INDEX = re.compile(r"(.*/|)variables/variables\.index$")
SHARD = re.compile(r"(.*/|)variables/variables\.data-(\d{5})-of-(\d{5})$")
EXTRAS = re.compile(r"(.*/|)(keras_metadata|fingerprint)\.pb$")
LOADS_WEIGHTS = re.compile(rb"\bload_weights\b|\bCheckpoint\b|\bload_checkpoint\b|variables/variables")
# Standard modules that nothing imports by itself: a student's file of that name does no harm.
UNUSED_MODULES = {"test", "this", "antigravity", "idlelib", "turtledemo", "turtle", "lib2to3"}
# What `import numpy, tensorflow` loads in TensorFlow 2.9: without these it may not load at all.
LOADED_MODULES = frozenset(
    """
    abc argparse array ast asyncio base64 bdb binascii bisect bz2 calendar cmd codecs collections
    concurrent contextlib contextvars copy copyreg csv ctypes dataclasses datetime decimal difflib dis
    distutils email encodings enum fcntl fnmatch fractions functools genericpath gettext glob gzip hashlib
    heapq hmac http importlib inspect io ipaddress json keras keyword linecache locale logging lzma math
    mimetypes multiprocessing ntpath numbers numpy opcode operator os pathlib pdb pickle platform
    posixpath pprint queue quopri random re reprlib secrets select selectors shutil signal site socket ssl
    stat string struct subprocess tarfile tempfile tensorflow textwrap threading timeit token tokenize
    traceback types typing unittest urllib uuid warnings weakref xml zipfile zlib
    """.split()
)


def faults_of(archive: Archive, profile: Profile) -> list[Fault]:
    """All CON and ENV faults that show without running anything."""
    return [
        *_metadata_faults(archive, profile),
        *source.faults_of(archive, profile),
        *_saved_model_faults(archive),
        *_shadowing_faults(archive, profile),
    ]


def _metadata_faults(archive: Archive, profile: Profile) -> list[Fault]:
    name = next((name for name in profile.metadata_names if name in archive.files), None)
    if name is None:
        return _missing_metadata(archive) if profile.needs_metadata else []
    size = archive.files[name].file_size
    if size > METADATA_LIMIT and profile.strict_metadata:
        message = f"metadata has {size} bytes, where none are needed; "
        message += f"more than {METADATA_LIMIT} are not read."
        return [fault("CON03", message, file=name)]
    text = archive.read(name, METADATA_LIMIT)
    if text is None:
        return []
    try:
        # Nodes only: values may expand without end, and some tags fail on values.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
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
    return _metadata_node_faults(node, name, profile)


def _missing_metadata(archive: Archive) -> list[Fault]:
    in_root = [name for name in archive.files if "/" not in name]
    similar = [name for name in in_root if name.lower().split(".")[0] == "metadata"]
    return [fault("CON01", archive.describe_missing("metadata", similar))]


def _metadata_node_faults(node: yaml.Node | None, name: str, profile: Profile) -> list[Fault]:
    pairs = list(_pairs(node))
    for key, value in pairs:
        if key.value == "command" and not _is_no_command(value, profile):
            return [fault("CON02", "metadata has a 'command'.", file=name, line=_line(key))]
    if node is None or not profile.strict_metadata:
        return []
    if not isinstance(node, yaml.MappingNode):
        problem = _problem_of_a_value(node)
        return [fault("CON03", f"metadata {problem}.", file=name)] if problem else []
    if node.tag not in (YAML + "map", YAML + "set"):
        return [fault("CON03", "metadata is no plain YAML.", file=name, line=_line(node))]
    for key, value in pairs:
        if not isinstance(key, yaml.ScalarNode) or value.tag not in yaml.SafeLoader.yaml_constructors:
            return [fault("CON03", "metadata is no plain YAML.", file=name, line=_line(key))]
        # Other values than text are not followed, and no other text than ASCII: it is no str in Python 2.
        is_followed = value.tag == YAML + "str" and str(value.value).isascii()
        if key.value not in KNOWN_KEYS and is_followed and node.tag == YAML + "map":
            what = f"the unknown key {key.value!r}, which the server would fetch"
            return [fault("CON03", f"metadata has {what}.", file=name, line=_line(key))]
    return []


def _is_no_command(value: yaml.Node, profile: Profile) -> bool:
    """Whether a worker runs nothing for this value of 'command': none, an empty text or list."""
    if value.tag == YAML + "null":
        return not profile.strict_metadata  # CodaLab's would strip it, and fail
    return not value.value


def _problem_of_a_value(node: yaml.Node) -> str:
    """Why CodaLab's worker fails on metadata that is no mapping, "" where it goes on.

    It asks whether 'command' is in it, and if so, for that item. Text and lists can be asked the first,
    but not the second; what is false as a whole is not asked.
    """
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if any(item.tag not in yaml.SafeLoader.yaml_constructors for item in (node, *items)):
        return "is no plain YAML"
    if isinstance(node, yaml.SequenceNode):
        named = any(item.tag == YAML + "str" and item.value == "command" for item in items)
        return "is a list with the item 'command', which the server would look into" if named else ""
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except Exception as error:  # also what PyYAML lets through: !!timestamp of a word, 1:1: ... :1.5
        return f"is not valid YAML ({error})"
    if isinstance(value, str):
        return TEXT_WITH_COMMAND if "command" in value else ""
    kind = node.tag.removeprefix(YAML)
    return f"is a YAML {kind}, neither text nor 'key: value' lines" if value else ""


def _pairs(mapping: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """The (key, value) nodes of a YAML mapping and of those it merges in; each is entered once."""
    to_visit, visited = [mapping], set()
    while to_visit:
        node = to_visit.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.SequenceNode) and node is not mapping:
            to_visit += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.tag == YAML + "merge":
                    to_visit.append(value)
                else:
                    yield key, value


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _saved_model_faults(archive: Archive) -> list[Fault]:
    """CON09 for each folder with parts of a SavedModel but not all; if there is SubmissionModel, in there."""
    names = set(archive.files)
    matches = [pattern.match(name) for name in names for pattern in (INDEX, SHARD, EXTRAS)]
    folders = {match[1] for match in matches if match}
    if any(name.startswith("SubmissionModel/") for name in names):  # others may be left over
        folders = {folder for folder in folders if folder.startswith("SubmissionModel/")}
    code = archive.read(MODEL_FILE, source.SOURCE_LIMIT)
    loads_weights = LOADS_WEIGHTS.search(code or b"") is not None
    missing = [_missing_part(folder, names, loads_weights) for folder in sorted(folders)]
    return [fault("CON09", f"{name!r} is missing.", file=name) for name in missing if name]


def _missing_part(folder: str, names: set[str], loads_weights: bool) -> str | None:
    """The first file that the SavedModel in `folder` (with a final slash, or "") lacks, or None.

    Weights that are all there need no graph if the code loads them into a net of its own.
    """
    variables = f"{folder}variables/variables"
    lacking = _missing_weights(folder, variables, names)
    if names & {f"{folder}saved_model.pb", f"{folder}saved_model.pbtxt"}:
        return lacking
    is_checkpoint = loads_weights and f"{variables}.index" in names and lacking is None
    return None if is_checkpoint else f"{folder}saved_model.pb"


def _missing_weights(folder: str, variables: str, names: set[str]) -> str | None:
    shards = [match for name in names if (match := SHARD.match(name)) and match[1] == folder]
    if not shards and f"{variables}.index" in names:
        return f"{variables}.data-00000-of-00001"
    count = max((int(match[3]) for match in shards), default=0)
    wanted = {f"{variables}.data-{number:05d}-of-{count:05d}" for number in range(count)}
    return min(({f"{variables}.index"} | wanted) - names, default=None) if shards else None


def _shadowing_faults(archive: Archive, profile: Profile) -> list[Fault]:
    """ENV06: a module in the root that Python or the libraries would find instead of their own.

    A warning where the server may never look for the hidden one, or where the file may be a copy of it.
    """
    hidden = set(sys.stdlib_module_names) - set(sys.builtin_module_names) - UNUSED_MODULES
    libraries = {library.split(".")[0] for library in profile.libraries}
    faults = []
    for name in sorted(archive.files):
        module = _module_of(name)
        if module not in hidden | libraries:
            continue
        what = f"{module} of the standard library" if module in hidden else f"the library {module}"
        is_loaded = module in LOADED_MODULES
        message = f"{name!r} hides {what}."
        faults.append(fault("ENV06", message, file=name, level=REJECT if is_loaded else WARNING))
    return faults


def _module_of(name: str) -> str | None:
    """The top-level module that a file makes importable, or None.

    A folder without __init__.py hides nothing: a regular package wins wherever it stands.
    """
    folder, _, file = name.rpartition("/")
    if not folder:
        stem, _, suffix = file.partition(".")
        return stem if suffix in ("py", "pyc", "so") or suffix.endswith(".so") else None
    return folder if "/" not in folder and file in ("__init__.py", "__init__.pyc") else None
