"""Static checks of model.py: its syntax and its imports, and by other modules its class and its habits."""

import ast
import sys
import warnings
from collections.abc import Iterator

from plants.harness.checks import habits, model_class
from plants.harness.checks.archive import MODEL_FILE, Archive
from plants.harness.faults import REJECT, WARNING, Fault, fault
from plants.harness.faults.definition import Level
from plants.harness.profiles import Profile

SOURCE_LIMIT = 5 << 20  # bytes; a longer file holds data and is judged by running it
HELPERS_LIMIT = 512 << 10  # bytes of other Python files; parsing them takes up to a second
NEWER_MODULES = {"tomllib": (3, 11)}  # and the first Python to have them
# ast.parse knows these to be too new, too, but names the line where the statement ends.
NEWER_STATEMENTS = {
    "Match": ("match", (3, 10)),
    "TryStar": ("except*", (3, 11)),
    "TypeAlias": ("type", (3, 12)),
}


def faults_of(archive: Archive, profile: Profile) -> list[Fault]:
    """CON04, ENV01 as a warning, and the faults of the class and of habits, as far as the text is sure."""
    if MODEL_FILE not in archive.files:
        scripts = [name for name in archive.files if ".py" in name.lower()]
        similar = [name for name in scripts if "model" in name.lower().rpartition("/")[2]]
        return [fault("CON04", archive.describe_missing(MODEL_FILE, similar))]
    text = archive.read(MODEL_FILE, SOURCE_LIMIT)
    faults = [problem for name in _helpers(archive) for problem in _helper_faults(archive, name, profile)]
    if text is None:
        return faults
    try:
        tree = _parse(text, profile, MODEL_FILE)
        class_faults = model_class.faults_of(tree, profile)
        return faults + class_faults + _import_faults(tree, archive, profile) + habits.faults_of(tree)
    except SyntaxError as error:
        return faults + [_unreadable(error, MODEL_FILE, profile)]
    except (MemoryError, RecursionError, ValueError):  # too deep to judge from here
        return faults


def _helpers(archive: Archive) -> list[str]:
    """The other Python files that model.py may import; not all of a large package."""
    names = sorted(name for name in archive.files if name.endswith(".py") and name != MODEL_FILE)
    return names if sum(archive.files[name].file_size for name in names) <= HELPERS_LIMIT else []


def _helper_faults(archive: Archive, name: str, profile: Profile) -> list[Fault]:
    """CON04 as a warning: what is never imported does no harm."""
    try:
        _parse(archive.read(name, SOURCE_LIMIT) or b"", profile, name)
    except SyntaxError as error:
        return [_unreadable(error, name, profile, WARNING)]
    except (MemoryError, RecursionError, ValueError):
        pass
    return []


def _unreadable(error: SyntaxError, name: str, profile: Profile, level: Level = REJECT) -> Fault:
    version = "{}.{}".format(*profile.python)
    message = f"{name} line {error.lineno or '?'}: {error.msg} (server profile: Python {version})."
    return fault("CON04", message, file=name, line=error.lineno, level=level)


def _parse(text: bytes, profile: Profile, name: str) -> ast.Module:
    """The syntax tree. Raises SyntaxError for what the profile's Python cannot read, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes such as "\d": harmless, and not ours
        tree = ast.parse(text, filename=name)
        for node in ast.walk(tree):
            word, version = NEWER_STATEMENTS.get(type(node).__name__, ("", (3, 0)))
            if version > profile.python and isinstance(node, ast.stmt):
                needed = "{}.{}".format(*version)
                raise SyntaxError(f"{word!r} needs Python {needed}", (name, node.lineno, 0, None))
        ast.parse(text, filename=name, feature_version=profile.python)
    return tree


def _import_faults(tree: ast.Module, archive: Archive, profile: Profile) -> list[Fault]:
    """ENV01 as a warning: only an import that fails in the run rejects."""
    own = {name.split("/")[0].split(".")[0] for name in archive.files} | _standard_modules(profile)
    foreign: dict[str, int] = {}  # module -> the first line that imports it
    for module, line in _imports(tree):
        package = module.split(".")[0]
        if package not in own and not profile.lists(module):
            partly_listed = any(library.startswith(package + ".") for library in profile.libraries)
            foreign.setdefault(module if partly_listed else package, line)
    faults = []
    for module, line in foreign.items():
        message = f"model.py line {line}: {module!r} is not in profile {profile.name}."
        faults.append(fault("ENV01", message, file=MODEL_FILE, line=line, level=WARNING))
    return faults


def _standard_modules(profile: Profile) -> frozenset[str]:
    newer = {name for name, version in NEWER_MODULES.items() if version > profile.python}
    return sys.stdlib_module_names - newer


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(dotted module, line) of each absolute import that no `except` catches."""
    guarded = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and node.handlers
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # `from google import colab`: what is imported may be a module of its own.
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
